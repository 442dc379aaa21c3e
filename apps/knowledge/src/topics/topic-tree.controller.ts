import { knowledgeV1 } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf, type Caller } from '../access/caller.js';
import { topicMessage } from '../content/content-messages.js';
import { changing } from '../persistence/changing.js';
import { Database, type Sql } from '../persistence/database.js';
import { keysetPage } from '../persistence/keyset-page.js';
import { checkedParents } from '../questions/checked-text.js';
import { mergeTopics } from './merge-topics.js';
import { moveTopic } from './move-topic.js';
import { listChildTopics } from './read-topics.js';
import { splitTopic } from './split-topic.js';
import {
  listOperations,
  readOperation,
  type TopicOperationKind,
  type TopicOperationRecord,
} from './topic-operation.js';
import { undoOperation } from './undo-operation.js';

const { TopicOperationKind: Kind } = knowledgeV1;
const kindMessages: Record<TopicOperationKind, knowledgeV1.TopicOperationKind> = {
  move: Kind.TOPIC_OPERATION_KIND_MOVE,
  merge: Kind.TOPIC_OPERATION_KIND_MERGE,
  split: Kind.TOPIC_OPERATION_KIND_SPLIT,
};

/** The tree of topics, and its operations with their undoing. */
@Controller()
@knowledgeV1.TopicTreeServiceControllerMethods()
export class TopicTreeController implements knowledgeV1.TopicTreeServiceController {
  constructor(private readonly database: Database) {}

  async listChildTopics(
    { parentIds, includeArchived, withoutCounts }: knowledgeV1.ListChildTopicsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListChildTopicsResponse> {
    const caller = callerOf(metadata);
    const checked = checkedParents(parentIds, 'parentIds');
    // An id that is no id has no children; only the empty one stands for the top.
    const asked = checked.map((id, index) => (id === null && parentIds[index] !== '' ? nobody : id));
    const children = await listChildTopics(this.database, caller, asked, includeArchived, !withoutCounts);
    return { children: children.map((topics) => ({ topics: topics.map((topic) => topicMessage(topic, caller)) })) };
  }

  moveTopic(request: knowledgeV1.MoveTopicRequest, metadata?: Metadata): Promise<knowledgeV1.TopicOperation> {
    return this.operated(metadata, (sql, caller) => moveTopic(sql, caller, request));
  }

  mergeTopics(request: knowledgeV1.MergeTopicsRequest, metadata?: Metadata): Promise<knowledgeV1.TopicOperation> {
    return this.operated(metadata, (sql, caller) => mergeTopics(sql, caller, request));
  }

  splitTopic(request: knowledgeV1.SplitTopicRequest, metadata?: Metadata): Promise<knowledgeV1.TopicOperation> {
    return this.operated(metadata, (sql, caller) => splitTopic(sql, caller, request));
  }

  undoTopicOperation(
    { id }: knowledgeV1.UndoTopicOperationRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.TopicOperation> {
    return this.operated(metadata, async (sql, caller) => {
      await undoOperation(sql, caller, id);
      return id;
    });
  }

  async listTopicOperations(
    { topicId, page }: knowledgeV1.ListTopicOperationsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListTopicOperationsResponse> {
    const { rows, pageInfo } = await listOperations(this.database, callerOf(metadata), topicId, keysetPage(page));
    return { operations: rows.map(operationMessage), pageInfo };
  }

  private operated(
    metadata: Metadata | undefined,
    operate: (sql: Sql, caller: Caller) => Promise<string>,
  ): Promise<knowledgeV1.TopicOperation> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, async (sql) =>
      operationMessage(await readOperation(sql, await operate(sql, caller))),
    );
  }
}

const nobody = '00000000-0000-0000-0000-000000000000';

function operationMessage(operation: TopicOperationRecord): knowledgeV1.TopicOperation {
  return {
    id: operation.id,
    kind: kindMessages[operation.kind],
    topicId: operation.topicId,
    targetIds: operation.targetIds,
    labels: operation.labels,
    doneBy: operation.doneBy,
    doneAtMs: operation.createdAt.getTime(),
    undoneBy: operation.undoneBy ?? '',
    undoneAtMs: operation.undoneAt?.getTime() ?? 0,
  };
}

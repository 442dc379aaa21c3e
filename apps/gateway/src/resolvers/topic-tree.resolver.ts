import type { CallOptions, KnowledgeClients, knowledgeV1 } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { toTopicOperation } from '../mapping/editing.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ChangeArgs } from '../schema/change-args.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import {
  SplitTopicInput,
  TopicOperation,
  TopicOperationConnection,
  TopicOperationPayload,
} from '../schema/topic-operation.js';
import { Topic } from '../schema/topic.js';
import { UserErrorCode } from '../schema/user-error.js';

/** The labels of a large topic take their time. */
const operationDeadlineMs = 120_000;
/** Deepest branch there can be. */
const deepest = 20;

@Resolver(() => Topic)
export class TopicTreeResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Query(() => [Topic], { nullable: true, description: 'Topics at the top of the tree, oldest first.' })
  topLevelTopics(@Context() { loaders }: GatewayContext): Promise<Topic[]> {
    return loaders.childTopics.load('');
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic it lies below; absent at the top of the tree.' })
  parent(
    @Parent() { parentId }: Topic,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return parentId === undefined ? undefined : loaders.topics.load(parentId);
  }

  @ResolveField(() => [Topic], { description: 'Topics below it, oldest first.' })
  children(@Parent() { id }: Topic, @Context() { loaders }: GatewayContext): Promise<Topic[]> {
    return loaders.childTopics.load(id);
  }

  @ResolveField(() => [Topic], { description: 'The topics above it, from the top of the tree.' })
  async ancestors(@Parent() { parentId }: Topic, @Context() { loaders }: GatewayContext): Promise<Topic[]> {
    const above: Topic[] = [];
    for (let id = parentId; id !== undefined && above.length < deepest;) {
      const topic = await loaders.topics.load(id);
      if (topic === undefined) break;
      above.unshift(topic);
      id = topic.parentId;
    }
    return above;
  }

  @ResolveField(() => Topic, { nullable: true, description: 'Where its questions went, if it was merged away.' })
  mergedInto(
    @Parent() { mergedIntoId }: Topic,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return mergedIntoId === undefined ? undefined : loaders.topics.load(mergedIntoId);
  }

  @Requires('reader')
  @Query(() => TopicOperationConnection, {
    nullable: true,
    description: 'What was done with the tree of topics, newest first.',
  })
  async topicOperations(
    @Args('topicId', { type: () => ID, nullable: true, description: 'Only what was done with this topic.' })
    topicId: string | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<TopicOperation>> {
    const request = { topicId: given(topicId), page: pageRequest(page, info) };
    const { operations, pageInfo } = await this.knowledge.topicTree.listTopicOperations(request, context.call());
    return toConnection({ rows: operations, pageInfo }, page, toTopicOperation);
  }

  @Requires('admin')
  @Mutation(() => TopicOperationPayload, {
    nullable: true,
    description: 'Puts a topic, with all below it, below another one or at the top of the tree.',
  })
  moveTopic(
    @Args() change: ChangeArgs,
    @Args('parentId', { type: () => ID, nullable: true, description: 'The other topic; null: at the top.' })
    parentId: string | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<TopicOperationPayload> {
    const request = { ...change, parentId: given(parentId) };
    return this.operate(change.id, context, (call) => this.knowledge.topicTree.moveTopic(request, call));
  }

  @Requires('admin')
  @Mutation(() => TopicOperationPayload, {
    nullable: true,
    description:
      'Gives the questions and the children of a topic to another one and archives it; its address leads on.',
  })
  mergeTopics(
    @Args() change: ChangeArgs,
    @Args('intoId', { type: () => ID, description: 'The topic that stays.' }) intoId: string,
    @Context() context: GatewayContext,
  ): Promise<TopicOperationPayload> {
    const request = { ...change, intoId };
    return this.operate(change.id, context, (call) => this.knowledge.topicTree.mergeTopics(request, call));
  }

  @Requires('admin')
  @Mutation(() => TopicOperationPayload, {
    nullable: true,
    description: 'Makes new topics of a topic and labels some of its questions with them.',
  })
  splitTopic(
    @Args() change: ChangeArgs,
    @Args('input', { description: 'Which topics.' }) { parts, asChildren }: SplitTopicInput,
    @Context() context: GatewayContext,
  ): Promise<TopicOperationPayload> {
    const request = {
      ...change,
      asChildren,
      parts: parts.map((part) => ({ ...part, slug: given(part.slug), description: given(part.description) })),
    };
    return this.operate(change.id, context, (call) => this.knowledge.topicTree.splitTopic(request, call));
  }

  @Requires('admin')
  @Mutation(() => TopicOperationPayload, {
    nullable: true,
    description: 'Puts back what was done with topics, but for labels that somebody has changed since.',
  })
  undoTopicOperation(
    @Args('id', { type: () => ID, description: 'The operation.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<TopicOperationPayload> {
    return this.operate(undefined, context, (call) => this.knowledge.topicTree.undoTopicOperation({ id }, call));
  }

  private async operate(
    id: string | undefined,
    context: GatewayContext,
    run: (call: CallOptions) => Promise<knowledgeV1.TopicOperation>,
  ): Promise<TopicOperationPayload> {
    const done = await payload('operation', async () => toTopicOperation(await run(context.call(operationDeadlineMs))));
    const isConflict = done.userErrors.some(({ code }) => code === UserErrorCode.CONFLICT);
    return { ...done, current: isConflict && id !== undefined ? await reload(context.loaders.topics, id) : undefined };
  }
}

@Resolver(() => TopicOperation)
export class TopicOperationResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic it was done with.' })
  topic(@Parent() { topicId }: TopicOperation, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(topicId);
  }

  @ResolveField(() => [Topic], {
    description: 'The new parent (none: the top of the tree), the topic merged into, or the topics split off.',
  })
  async targets(@Parent() { targetIds }: TopicOperation, @Context() { loaders }: GatewayContext): Promise<Topic[]> {
    const topics = await Promise.all(targetIds.map((id) => loaders.topics.load(id)));
    return topics.filter((topic) => topic !== undefined);
  }
}

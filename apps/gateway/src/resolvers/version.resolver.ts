import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { contentKind, toVersion, toVersionDiff } from '../mapping/editing.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { AnswerPayload } from '../schema/answer.js';
import { ChangeArgs } from '../schema/change-args.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { QuestionPayload } from '../schema/question-payload.js';
import { TopicPayload } from '../schema/topic.js';
import { ContentKind, ContentVersion, ContentVersionConnection, VersionDiff } from '../schema/version.js';

const ofWhat = { type: () => ContentKind, description: 'What it is.' };
const whose = { type: () => ID, description: 'Its id.' };
const whichVersion = { type: () => Int, description: 'The version whose text is to hold again.' };

@Resolver()
export class VersionResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('reader')
  @Query(() => ContentVersionConnection, {
    nullable: true,
    description: 'How something was: its versions, the one that holds first.',
  })
  async versions(
    @Args('kind', ofWhat) kind: ContentKind,
    @Args('id', whose) id: string,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<ContentVersion>> {
    const request = { kind: contentKind.toProto(kind), id, page: pageRequest(page, info) };
    const { versions, pageInfo } = await this.knowledge.editing.listVersions(request, context.call());
    return toConnection({ rows: versions, pageInfo }, page, toVersion);
  }

  @Requires('reader')
  @Query(() => VersionDiff, { nullable: true, description: 'What is different between two versions of something.' })
  async versionDiff(
    @Args('kind', ofWhat) kind: ContentKind,
    @Args('id', whose) id: string,
    @Args('from', { type: () => Int, description: 'The earlier version.' }) fromVersion: number,
    @Args('to', { type: () => Int, nullable: true, description: 'The later version; the one that holds if absent.' })
    toVersion: number | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<VersionDiff> {
    const request = { kind: contentKind.toProto(kind), id, fromVersion, toVersion: toVersion ?? 0 };
    return toVersionDiff(await this.knowledge.editing.diffVersions(request, context.call()));
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, {
    nullable: true,
    description: 'Gives a question the text, tags and language of an earlier version, as a new one.',
  })
  restoreQuestionVersion(
    @Args() change: ChangeArgs,
    @Args('version', whichVersion) version: number,
    @Context() context: GatewayContext,
  ): Promise<QuestionPayload> {
    const read = () => reload(context.loaders.questions, change.id);
    return payload('question', () => this.restore(ContentKind.QUESTION, change, version, context, read), read);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, {
    nullable: true,
    description: 'Gives an answer the text of an earlier version, as a new one.',
  })
  restoreAnswerVersion(
    @Args() change: ChangeArgs,
    @Args('version', whichVersion) version: number,
    @Context() context: GatewayContext,
  ): Promise<AnswerPayload> {
    const read = () => reload(context.loaders.answers, change.id);
    return payload('answer', () => this.restore(ContentKind.ANSWER, change, version, context, read), read);
  }

  @Requires('admin')
  @Mutation(() => TopicPayload, {
    nullable: true,
    description: 'Gives a topic the title and description of an earlier version, as a new one.',
  })
  restoreTopicVersion(
    @Args() change: ChangeArgs,
    @Args('version', whichVersion) version: number,
    @Context() context: GatewayContext,
  ): Promise<TopicPayload> {
    const read = () => reload(context.loaders.topics, change.id);
    return payload('topic', () => this.restore(ContentKind.TOPIC, change, version, context, read), read);
  }

  private async restore<T>(
    kind: ContentKind,
    change: ChangeArgs,
    version: number,
    context: GatewayContext,
    read: () => Promise<T>,
  ): Promise<T> {
    const request = { ...change, version, kind: contentKind.toProto(kind) };
    await this.knowledge.editing.restoreVersion(request, context.call());
    return read();
  }
}

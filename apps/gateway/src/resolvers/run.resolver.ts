import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Float, ID, Info, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { pageRequest, pageSize, toConnection } from '../mapping/paging.js';
import { toCluster, toClusterChange, toComparison, toMap } from '../mapping/runs.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Question } from '../schema/question.js';
import {
  Cluster,
  ClusterChange,
  ClusterChangeConnection,
  ClusterConnection,
  ClusteringComparison,
  ClusteringMap,
  ClusteringTree,
  ClusterMember,
  ClusterMemberConnection,
  MovedQuestion,
  MovedQuestionConnection,
} from '../schema/run.js';
import { Suggestion } from '../schema/suggestion.js';
import { Topic } from '../schema/topic.js';

const clusteringId = { type: () => ID, description: 'Id of the clustering.' };
const otherId = { type: () => ID, description: 'Id of another one.' };
/** Counting over a million questions takes its time. */
const comparisonDeadlineMs = 120_000;
const maxPoints = 2_000;

/** What a run found, page by page, and how two runs differ. */
@Resolver(() => Cluster)
export class ClusterResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => ClusterConnection, { nullable: true, description: 'The clusters of a run, largest first.' })
  async clusters(
    @Args('clusteringId', clusteringId) id: string,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Cluster>> {
    const request = { clusteringId: id, page: pageRequest(page, info) };
    const { clusters, pageInfo } = await this.knowledge.discovery.listClusters(request, context.call());
    return toConnection({ rows: clusters, pageInfo }, page, toCluster);
  }

  @Requires('admin')
  @Query(() => ClusterMemberConnection, {
    nullable: true,
    description: 'The questions of a run with their clusters, oldest first.',
  })
  async clusterMembers(
    @Args('clusteringId', clusteringId) id: string,
    @Args('clusterIndex', { type: () => Int, nullable: true, description: 'Of this cluster; -1: noise.' })
    clusterIndex: number | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<ClusterMember>> {
    const request = { clusteringId: id, clusterIndex: given(clusterIndex), page: pageRequest(page, info) };
    const { members, pageInfo } = await this.knowledge.discovery.listClusterMembers(request, context.call());
    return toConnection({ rows: members, pageInfo }, page, (member) => member);
  }

  @Requires('admin')
  @Query(() => ClusterChangeConnection, {
    nullable: true,
    description: 'What became of the clusters of the run before: those that went on, then new ones, then ended ones.',
  })
  async clusterChanges(
    @Args('clusteringId', clusteringId) id: string,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<ClusterChange>> {
    const request = { clusteringId: id, page: pageRequest(page, info) };
    const { changes, pageInfo } = await this.knowledge.discovery.listClusterChanges(request, context.call());
    return toConnection({ rows: changes, pageInfo }, page, toClusterChange);
  }

  @Requires('admin')
  @Query(() => ClusteringComparison, { nullable: true, description: 'Two runs side by side.' })
  async compareClusterings(
    @Args('clusteringId', clusteringId) id: string,
    @Args('otherId', otherId) other: string,
    @Context() context: GatewayContext,
  ): Promise<ClusteringComparison> {
    const request = { clusteringId: id, otherId: other };
    return toComparison(await this.knowledge.discovery.compareClusterings(request, context.call(comparisonDeadlineMs)));
  }

  @Requires('admin')
  @Query(() => MovedQuestionConnection, {
    nullable: true,
    description: 'The questions that two runs put into clusters that do not correspond, oldest first.',
  })
  async movedQuestions(
    @Args('clusteringId', clusteringId) id: string,
    @Args('otherId', otherId) other: string,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<MovedQuestion>> {
    const request = { clusteringId: id, otherId: other, page: pageRequest(page, info) };
    const { questions, pageInfo } = await this.knowledge.discovery.listMovedQuestions(
      request,
      context.call(comparisonDeadlineMs),
    );
    return toConnection({ rows: questions, pageInfo }, page, (question) => question);
  }

  @Requires('admin')
  @Query(() => ClusteringMap, { nullable: true, description: 'Places of questions on the map of a run.' })
  async clusteringMap(
    @Args('clusteringId', clusteringId) id: string,
    @Args('first', { type: () => Int, defaultValue: 500, description: `Points to return, 1 to ${maxPoints}.` })
    first: number,
    @Args('after', { type: () => Int, nullable: true, description: '`nextAfter` of the part before.' })
    after: number | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<ClusteringMap> {
    const request = { clusteringId: id, first: pageSize(first, maxPoints), after: given(after) };
    return toMap(await this.knowledge.discovery.listMapPoints(request, context.call()));
  }

  @Requires('admin')
  @Query(() => ClusteringTree, {
    nullable: true,
    description: 'The clusters of a run gathered into fewer: its dendrogram, cut at a number of groups or at a height.',
  })
  clusteringTree(
    @Args('clusteringId', clusteringId) id: string,
    @Args('groups', { type: () => Int, nullable: true, description: 'Number of groups.' })
    groups: number | null | undefined,
    @Args('height', { type: () => Float, nullable: true, description: 'Nothing is merged above it.' })
    height: number | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<ClusteringTree> {
    const request = { clusteringId: id, groups: given(groups), height: given(height) };
    return this.knowledge.discovery.cutClustering(request, context.call());
  }

  @ResolveField(() => [Question], { description: 'Typical questions: the medoid first.' })
  async exemplars(@Parent() { exemplarIds }: Cluster, @Context() { loaders }: GatewayContext): Promise<Question[]> {
    const questions = await Promise.all(exemplarIds.map((id) => loaders.questions.load(id)));
    return questions.filter((question) => question !== undefined);
  }

  @ResolveField(() => Suggestion, { nullable: true, description: 'The suggestion it is; absent: too small for one.' })
  suggestion(
    @Parent() { suggestionId }: Cluster,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> | undefined {
    return suggestionId === undefined ? undefined : loaders.suggestions.load(suggestionId);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The known topic whose centroid it stands for.' })
  topic(
    @Parent() { topicId }: Cluster,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}

@Resolver(() => ClusterMember)
export class ClusterMemberResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question.' })
  question(
    @Parent() { questionId }: ClusterMember,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    return loaders.questions.load(questionId);
  }
}

@Resolver(() => MovedQuestion)
export class MovedQuestionResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question.' })
  question(
    @Parent() { questionId }: MovedQuestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    return loaders.questions.load(questionId);
  }
}

@Resolver(() => ClusterChange)
export class ClusterChangeResolver {
  @ResolveField(() => Suggestion, { nullable: true, description: 'The suggestion it is about.' })
  suggestion(
    @Parent() { suggestionId }: ClusterChange,
    @Context() { loaders }: GatewayContext,
  ): Promise<Suggestion | undefined> | undefined {
    return suggestionId === undefined ? undefined : loaders.suggestions.load(suggestionId);
  }
}

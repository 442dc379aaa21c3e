import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { changeKind, toEvaluation, toEvaluationChange } from '../mapping/evaluation.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import {
  ConfusionCell,
  EvaluatedHead,
  EvaluatedTopic,
  Evaluation,
  EvaluationChange,
  EvaluationChangeConnection,
  EvaluationChangeKind,
  EvaluationConnection,
} from '../schema/evaluation.js';
import { Head } from '../schema/head.js';
import { Job } from '../schema/job.js';
import { Question } from '../schema/question.js';
import { Topic } from '../schema/topic.js';

@Resolver(() => Evaluation)
export class EvaluationResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => EvaluationConnection, { nullable: true, description: 'How heads compare, newest first.' })
  async evaluations(
    @Args('headId', { type: () => ID, nullable: true, description: 'Of this head.' }) headId: string | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Evaluation>> {
    const request = { page: pageRequest(page, info), headId: headId ?? '' };
    const { evaluations, pageInfo } = await this.knowledge.training.listEvaluations(request, context.call());
    return toConnection({ rows: evaluations, pageInfo }, page, toEvaluation);
  }

  @Requires('admin')
  @Query(() => Evaluation, { nullable: true, description: 'One evaluation; null if it does not exist.' })
  evaluation(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() { loaders }: GatewayContext,
  ): Promise<Evaluation | undefined> {
    return loaders.evaluations.load(id);
  }

  @Requires('admin')
  @Query(() => EvaluationChangeConnection, {
    nullable: true,
    description: 'Questions that the two heads of an evaluation say different things of, the first 5,000.',
  })
  async evaluationChanges(
    @Args('evaluationId', { type: () => ID, description: 'The evaluation.' }) evaluationId: string,
    @Args('change', { type: () => EvaluationChangeKind, nullable: true, description: 'Only these; all if absent.' })
    change: EvaluationChangeKind | null | undefined,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<EvaluationChange>> {
    const request = {
      evaluationId,
      page: pageRequest(page, info),
      change: change == null ? '' : changeKind.toProto(change),
    };
    const { changes, pageInfo } = await this.knowledge.training.listEvaluationChanges(request, context.call());
    return toConnection({ rows: changes, pageInfo }, page, toEvaluationChange);
  }

  @ResolveField(() => Job, { nullable: true, description: 'The job that made it: its own, or the training.' })
  job(@Parent() { jobId }: Evaluation, @Context() { loaders }: GatewayContext): Promise<Job | undefined> {
    return loaders.jobs.load(jobId);
  }
}

const topicOf = (id: string | undefined, { loaders }: GatewayContext) =>
  id === undefined ? undefined : loaders.topics.load(id);
type FoundTopic = Promise<Topic | undefined> | undefined;

@Resolver(() => EvaluatedHead)
export class EvaluatedHeadResolver {
  @ResolveField(() => Head, { nullable: true, description: 'The head.' })
  head(@Parent() { headId }: EvaluatedHead, @Context() { loaders }: GatewayContext): Promise<Head | undefined> {
    return loaders.heads.load(headId);
  }
}

@Resolver(() => EvaluatedTopic)
export class EvaluatedTopicResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic; absent if it does not exist any more.' })
  topic(@Parent() { topicId }: EvaluatedTopic, @Context() context: GatewayContext): FoundTopic {
    return topicOf(topicId, context);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic it is most often taken for; absent if none.' })
  takenFor(@Parent() { takenForTopicId }: EvaluatedTopic, @Context() context: GatewayContext): FoundTopic {
    return topicOf(takenForTopicId, context);
  }
}

@Resolver(() => ConfusionCell)
export class ConfusionCellResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic by the labels.' })
  topic(@Parent() { topicId }: ConfusionCell, @Context() context: GatewayContext): FoundTopic {
    return topicOf(topicId, context);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic that was said.' })
  said(@Parent() { saidTopicId }: ConfusionCell, @Context() context: GatewayContext): FoundTopic {
    return topicOf(saidTopicId, context);
  }
}

@Resolver(() => EvaluationChange)
export class EvaluationChangeResolver {
  @ResolveField(() => Question, { nullable: true, description: 'The question; absent if it was archived meanwhile.' })
  question(
    @Parent() { questionId }: EvaluationChange,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    return loaders.questions.load(questionId);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'The topic by its label; absent if no head knows it.' })
  topic(@Parent() { topicId }: EvaluationChange, @Context() context: GatewayContext): FoundTopic {
    return topicOf(topicId, context);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'What the head says; absent for unknown.' })
  said(@Parent() { saidTopicId }: EvaluationChange, @Context() context: GatewayContext): FoundTopic {
    return topicOf(saidTopicId, context);
  }

  @ResolveField(() => Topic, { nullable: true, description: 'What the other head says; absent for unknown.' })
  saidAgainst(@Parent() { saidAgainstTopicId }: EvaluationChange, @Context() context: GatewayContext): FoundTopic {
    return topicOf(saidAgainstTopicId, context);
  }
}

import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { toHead } from '../mapping/training.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Head, HeadConnection, HeadPayload, HeadTopicFigures } from '../schema/head.js';
import { Job } from '../schema/job.js';
import { Topic } from '../schema/topic.js';

@Resolver(() => Head)
export class HeadResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => HeadConnection, { nullable: true, description: 'Trained versions of the head, newest first.' })
  async heads(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Head>> {
    const request = { page: pageRequest(page, info) };
    const { heads, pageInfo } = await this.knowledge.training.listHeads(request, context.call());
    return toConnection({ rows: heads, pageInfo }, page, toHead);
  }

  @Requires('admin')
  @Query(() => Head, { nullable: true, description: 'One head; null if it does not exist.' })
  head(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() { loaders }: GatewayContext,
  ): Promise<Head | undefined> {
    return loaders.heads.load(id);
  }

  @ResolveField(() => Head, { nullable: true, description: 'The head it was to replace.' })
  parent(@Parent() { parentId }: Head, @Context() { loaders }: GatewayContext): Promise<Head | undefined> | undefined {
    return parentId === undefined ? undefined : loaders.heads.load(parentId);
  }

  @ResolveField(() => Job, { nullable: true, description: 'The job that trained it.' })
  job(@Parent() { jobId }: Head, @Context() { loaders }: GatewayContext): Promise<Job | undefined> | undefined {
    return jobId === undefined ? undefined : loaders.jobs.load(jobId);
  }

  @Requires('admin')
  @Mutation(() => HeadPayload, { nullable: true, description: 'Puts a head in use. An older one: a rollback.' })
  promoteHead(
    @Args('id', { type: () => ID, description: 'The head.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<HeadPayload> {
    return payload('head', async () => toHead(await this.knowledge.training.promoteHead({ id }, context.call())));
  }
}

@Resolver(() => HeadTopicFigures)
export class HeadTopicFiguresResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic; absent if it does not exist any more.' })
  topic(@Parent() { topicId }: HeadTopicFigures, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(topicId);
  }
}

import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { suggestionState, toClustering } from '../mapping/discovery.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Clustering, ClusteringConnection } from '../schema/clustering.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { Job } from '../schema/job.js';
import { Suggestion, SuggestionConnection, SuggestionState } from '../schema/suggestion.js';
import { toSuggestionConnection } from './suggestion.resolver.js';

@Resolver(() => Clustering)
export class ClusteringResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => ClusteringConnection, { nullable: true, description: 'Clusterings, newest first.' })
  async clusterings(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Clustering>> {
    const request = { page: pageRequest(page, info) };
    const { clusterings, pageInfo } = await this.knowledge.discovery.listClusterings(request, context.call());
    return toConnection({ rows: clusterings, pageInfo }, page, toClustering);
  }

  @Requires('admin')
  @Query(() => Clustering, { nullable: true, description: 'One clustering; null if it does not exist.' })
  clustering(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() { loaders }: GatewayContext,
  ): Promise<Clustering | undefined> {
    return loaders.clusterings.load(id);
  }

  @ResolveField(() => Clustering, { nullable: true, description: 'The run before it, over the same questions.' })
  previous(
    @Parent() { previousId }: Clustering,
    @Context() { loaders }: GatewayContext,
  ): Promise<Clustering | undefined> | undefined {
    return previousId === undefined ? undefined : loaders.clusterings.load(previousId);
  }

  @ResolveField(() => SuggestionConnection, {
    nullable: true,
    description: 'The suggestions it made or found again, largest first.',
  })
  async suggestions(
    @Parent() { id }: Clustering,
    @Args('states', {
      type: () => [SuggestionState],
      nullable: true,
      description: 'In one of these states; in any state if absent.',
    })
    states: SuggestionState[] | null | undefined,
    @Args() page: PageArgs,
    @Context() { loaders }: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Suggestion>> {
    // To knowledge, no states means pending ones.
    const asked = (states ?? Object.values(SuggestionState)).map(suggestionState.toProto);
    const query = { page: pageRequest(page, info), states: asked };
    return toSuggestionConnection(await loaders.suggestionsOfClusterings.load(id, query), page);
  }

  @ResolveField(() => Job, { nullable: true, description: 'The job that made it.' })
  job(@Parent() { jobId }: Clustering, @Context() { loaders }: GatewayContext): Promise<Job | undefined> | undefined {
    return jobId === undefined ? undefined : loaders.jobs.load(jobId);
  }
}

import type { KnowledgeClients } from '@cairn/contracts';
import { Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { textOrAbsent } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Head } from '../schema/head.js';
import { Status } from '../schema/status.js';

@Resolver(() => Status)
export class StatusResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => Status, { nullable: true, description: 'Counts for an overview.' })
  async status(@Context() context: GatewayContext): Promise<Status> {
    const status = await this.knowledge.content.getStatus({}, context.call());
    return { ...status, encoderId: textOrAbsent(status.encoderId), headId: textOrAbsent(status.headId) };
  }

  @ResolveField(() => Head, { nullable: true, description: 'The head in use.' })
  head(@Parent() { headId }: Status, @Context() { loaders }: GatewayContext): Promise<Head | undefined> | undefined {
    return headId === undefined ? undefined : loaders.heads.load(headId);
  }
}

import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Info, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { InScope } from '../auth/scope-of-field.js';
import { toUserError } from '../errors/error-table.js';
import { payload } from '../errors/payload.js';
import { accessRole, keyScope, toApiKey, toAuditEntry, toSpace } from '../mapping/access.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import {
  ApiKeyConnection,
  ApiKeyPayload,
  CreateApiKeyInput,
  CreateApiKeyPayload,
  type ApiKey,
} from '../schema/api-key.js';
import { AuditEntryConnection, AuditFilter, type AuditEntry } from '../schema/audit-entry.js';
import { ChangeArgs } from '../schema/change-args.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import { CreateSpaceInput, SpaceConnection, SpacePayload, UpdateSpaceInput, type Space } from '../schema/space.js';

/** Who may do what where, and who did. */
@Resolver()
export class AccessResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @InScope('access')
  @Query(() => ApiKeyConnection, { nullable: true, description: 'Keys of the space, newest first.' })
  async apiKeys(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<ApiKey>> {
    const { keys, pageInfo } = await this.knowledge.access.listKeys({ page: pageRequest(page, info) }, context.call());
    return toConnection({ rows: keys, pageInfo }, page, toApiKey);
  }

  @Requires('admin')
  @InScope('access')
  @Mutation(() => CreateApiKeyPayload, { nullable: true, description: 'Makes a key for the space.' })
  async createApiKey(
    @Args('input', { description: 'The key.' }) input: CreateApiKeyInput,
    @Context() context: GatewayContext,
  ): Promise<CreateApiKeyPayload> {
    const request = {
      name: input.name,
      role: accessRole.toProto(input.role),
      scopes: input.scopes?.map(keyScope.toProto),
      expiresAt: input.expiresAt?.toISOString(),
      everySpace: input.everySpace,
    };
    try {
      const { key, secret } = await this.knowledge.access.createKey(request, context.call());
      return { apiKey: key == null ? undefined : toApiKey(key), secret, userErrors: [] };
    } catch (thrown) {
      const userError = toUserError(thrown);
      if (userError === undefined) throw thrown;
      return { userErrors: [userError] };
    }
  }

  @Requires('admin')
  @InScope('access')
  @Mutation(() => ApiKeyPayload, {
    nullable: true,
    description: 'Revokes a key: it is refused from now on, within 30 seconds where it was used just before.',
  })
  revokeApiKey(
    @Args('id', { type: () => ID, description: 'The key.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<ApiKeyPayload> {
    return payload('apiKey', async () => toApiKey(await this.knowledge.access.revokeKey({ id }, context.call())));
  }

  @Requires('reader')
  @InScope('access')
  @Query(() => SpaceConnection, {
    nullable: true,
    description: 'Spaces, newest first: all of them for admins of every space, else the one of the key.',
  })
  async spaces(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Space>> {
    const request = { page: pageRequest(page, info) };
    const { spaces, pageInfo } = await this.knowledge.access.listSpaces(request, context.call());
    return toConnection({ rows: spaces, pageInfo }, page, toSpace);
  }

  @Requires('admin')
  @InScope('access')
  @Mutation(() => SpacePayload, { nullable: true, description: 'Adds a space. For admins of every space.' })
  createSpace(
    @Args('input', { description: 'The space.' }) input: CreateSpaceInput,
    @Context() context: GatewayContext,
  ): Promise<SpacePayload> {
    return payload('space', async () => toSpace(await this.knowledge.access.createSpace(input, context.call())));
  }

  @Requires('admin')
  @InScope('access')
  @Mutation(() => SpacePayload, { nullable: true, description: 'Changes a space.' })
  updateSpace(
    @Args() change: ChangeArgs,
    @Args('input', { description: 'What changes.' }) { title, anonymousReading }: UpdateSpaceInput,
    @Context() context: GatewayContext,
  ): Promise<SpacePayload> {
    const request = { ...change, title: given(title), anonymousReading: given(anonymousReading) };
    return payload('space', async () => toSpace(await this.knowledge.access.updateSpace(request, context.call())));
  }

  @Requires('admin')
  @InScope('access')
  @Query(() => AuditEntryConnection, { nullable: true, description: 'What was changed in the space, newest first.' })
  async auditLog(
    @Args('filter', { nullable: true, description: 'Which changes; all if absent.' }) filter: AuditFilter,
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<AuditEntry>> {
    const request = {
      page: pageRequest(page, info),
      entityId: given(filter?.entityId),
      entity: given(filter?.entity),
      actor: given(filter?.actor),
      since: filter?.since?.toISOString(),
      until: filter?.until?.toISOString(),
    };
    const { entries, pageInfo } = await this.knowledge.access.listAuditEntries(request, context.call());
    return toConnection({ rows: entries, pageInfo }, page, toAuditEntry);
  }
}

import { DomainError, roles, type Role } from '@cairn/contracts';
import { Args, Context, ID, Query, Resolver } from '@nestjs/graphql';
import type { GatewayContext } from '../request/gateway-context.js';
import type { Loaders } from '../loaders/loaders.js';
import { Node } from '../schema/node.js';

type NodeType = 'Question' | 'Answer' | 'Topic' | 'Suggestion' | 'Clustering' | 'Job' | 'Head';

interface Source {
  readonly type: NodeType;
  /** The least role its own query needs. */
  readonly role?: Role;
  load(loaders: Loaders, id: string): Promise<{ id: string } | undefined>;
}

/** Ids are random, so each is of one type; whose, the services know. What a caller may not see is not there. */
const sources: readonly Source[] = [
  { type: 'Question', load: (loaders, id) => loaders.questions.load(id) },
  { type: 'Answer', load: (loaders, id) => loaders.answers.load(id) },
  { type: 'Topic', load: (loaders, id) => loaders.topics.load(id) },
  { type: 'Suggestion', role: 'admin', load: (loaders, id) => loaders.suggestions.load(id) },
  { type: 'Clustering', role: 'admin', load: (loaders, id) => loaders.clusterings.load(id) },
  { type: 'Job', role: 'admin', load: (loaders, id) => loaders.jobs.load(id) },
  { type: 'Head', role: 'admin', load: (loaders, id) => loaders.heads.load(id) },
];

export const maxNodes = 100;

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'What has an id, whatever its type; null if it does not exist or may not be seen.',
  })
  node(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<Node | undefined> {
    return find(context, id);
  }

  @Query(() => [Node], {
    nullable: 'itemsAndList',
    description: `What has these ids, in their order; null where there is nothing to be seen. At most ${maxNodes}.`,
  })
  nodes(
    @Args('ids', { type: () => [ID], description: 'Their ids.' }) ids: string[],
    @Context() context: GatewayContext,
  ): Promise<(Node | undefined)[]> {
    if (ids.length > maxNodes)
      throw DomainError.invalid('ids', `At most ${maxNodes} are read at once; ${ids.length} were asked for.`);
    return Promise.all(ids.map((id) => find(context, id)));
  }
}

/** Loaders gather the ids of one operation, so this costs a call a type, however many ids. */
async function find({ loaders, identity }: GatewayContext, id: string): Promise<Node | undefined> {
  const rank = identity === undefined ? -1 : roles.indexOf(identity.role);
  const mayManage = !identity?.scopes.length || identity.scopes.includes('manage');
  const visible = sources.filter(({ role }) => role === undefined || (mayManage && rank >= roles.indexOf(role)));
  const found = await Promise.all(
    visible.map(async ({ type, load }) => {
      const row = await load(loaders, id);
      return row === undefined ? [] : [{ ...row, __typename: type }];
    }),
  );
  return found.flat().at(0);
}

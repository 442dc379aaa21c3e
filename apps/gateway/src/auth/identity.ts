import { DomainError, type Role } from '@cairn/contracts';

/** What a key may be limited to, below what its role may do. */
export const scopes = ['read', 'ask', 'encode', 'write', 'manage', 'access'] as const;
export type Scope = (typeof scopes)[number];

/** Who a key or a token belongs to, before it is known which space is meant. */
export interface Principal {
  readonly name: string;
  /** Unique among principals: what rate limits count by. */
  readonly id: string;
  /** Of a key: its role, in one space or in all. */
  readonly role?: Role;
  /** Id of the only space it is for; absent: any. */
  readonly spaceId?: string;
  /** Of a token: its role by the slug of the space; "*" stands for every space. */
  readonly roles?: Readonly<Record<string, Role>>;
  /** Absent or empty: all that the role may do. */
  readonly scopes?: readonly string[];
  readonly expiresAt?: number;
}

/** Who calls, in the space that is meant. */
export interface Identity {
  readonly name: string;
  readonly id: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  /** Whether the role holds in every space. */
  readonly everySpace: boolean;
  /** Id of the space; absent: the default one. */
  readonly space?: string;
}

/** The slug of the space that is there from the start. */
const defaultSlug = 'default';

/**
 * A principal in one space.
 * @param slug the space that the request names, if it names one
 * @param spaceOf id of the space with a slug; throws NOT_FOUND
 * @throws FORBIDDEN if it has no role there
 */
export async function identityIn(
  principal: Principal,
  slug: string | undefined,
  spaceOf: (slug: string) => Promise<string>,
): Promise<Identity> {
  const { name, id, scopes: limited = [] } = principal;
  if (principal.roles !== undefined) {
    const own = Object.keys(principal.roles).filter((known) => known !== '*');
    const meant = slug ?? (own.length === 1 ? own[0] : defaultSlug);
    const role = ofOwn(principal.roles, meant) ?? ofOwn(principal.roles, '*');
    if (role === undefined) throw new DomainError('FORBIDDEN', `"${name}" has no role in the space "${meant}".`);
    const everySpace = ofOwn(principal.roles, '*') === role;
    return { name, id, role, scopes: limited, everySpace, space: await spaceOf(meant) };
  }
  const role = principal.role as Role;
  const space = slug === undefined ? principal.spaceId : await spaceOf(slug);
  if (principal.spaceId !== undefined && space !== principal.spaceId)
    throw new DomainError('FORBIDDEN', `The key "${name}" is not for the space "${slug}".`);
  return { name, id, role, scopes: limited, everySpace: principal.spaceId === undefined, space };
}

/** The roles come from a token: "constructor" must not be one of them. */
const ofOwn = (table: Readonly<Record<string, Role>>, key: string): Role | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

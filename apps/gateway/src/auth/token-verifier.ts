import { DomainError, roles, type Role } from '@cairn/contracts';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Principal } from './identity.js';

/** How tokens of an OpenID Connect issuer are taken. */
export interface TokenSettings {
  /** Exactly as in the claim `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are; absent: where its discovery document says. */
  readonly jwksUrl?: string;
  /** What tokens may be signed with. "none" and shared secrets never are. */
  readonly algorithms: readonly string[];
  /** The claim with the roles: `{ "support": "editor", "*": "reader" }`, or one role for the default space. */
  readonly rolesClaim: string;
  /** The claim that is written as actor; `sub` where it is absent. */
  readonly nameClaim: string;
}

/** Signatures that need no secret of ours. */
export const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

const clockToleranceSeconds = 5;
const fetchMs = 5_000;
/** An issuer's keys are fetched again after that, and at once for a key id that is not among them, if not just done. */
const keepKeysMs = 10 * 60_000;
const coolDownMs = 10_000;

/** Whether what is presented as a key is a signed token: three parts, the first a JSON object. */
export const isToken = (presented: string): boolean => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(presented);

/** Verifies the tokens of one issuer against its published keys. */
export class TokenVerifier {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(private readonly settings: TokenSettings) {}

  /**
   * @throws UNAUTHENTICATED for tokens that are expired, of another issuer or for another audience, not signed with a
   *   pinned algorithm by one of the issuer's keys, or that say nothing of roles
   * @throws UNAVAILABLE if the issuer's keys cannot be fetched
   */
  async verify(token: string): Promise<Principal> {
    const { issuer, audience, algorithms, nameClaim } = this.settings;
    const keys = await this.keySet();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      const name = payload[nameClaim];
      return {
        id: `token:${payload.sub}`,
        name: typeof name === 'string' && name !== '' ? name : (payload.sub as string),
        roles: this.rolesOf(payload),
        expiresAt: (payload.exp as number) * 1000,
      };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private rolesOf(payload: JWTPayload): Record<string, Role> {
    const claim = payload[this.settings.rolesClaim];
    const given = typeof claim === 'string' ? { default: claim } : Array.isArray(claim) ? undefined : claim;
    const known = Object.entries((typeof given === 'object' && given) || {}).flatMap(([space, role]) => {
      const found = roles.find((candidate) => candidate === role);
      return found === undefined ? [] : [[space, found] as const];
    });
    if (known.length > 0) return Object.fromEntries(known);
    throw new DomainError('FORBIDDEN', `The token's claim "${this.settings.rolesClaim}" gives no role.`);
  }

  private keySet(): Promise<JWTVerifyGetKey> {
    this.keys ??= this.find().catch((error: unknown) => {
      // The issuer may be back for the next token.
      this.keys = undefined;
      throw refusalOf(error);
    });
    return this.keys;
  }

  private async find(): Promise<JWTVerifyGetKey> {
    const url = this.settings.jwksUrl ?? (await discover(this.settings.issuer));
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: fetchMs,
      cacheMaxAge: keepKeysMs,
      cooldownDuration: coolDownMs,
      // A redirect could lead to keys of somebody else.
      [customFetch]: (address, options) => fetch(address, { ...options, redirect: 'error' }),
    });
  }
}

async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchMs), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const { issuer: said, jwks_uri: found } = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (said !== issuer || typeof found !== 'string') throw new Error(`${url} is of another issuer or names no keys`);
  return found;
}

/** Why a token is refused, said without repeating anything of it. */
function refusalOf(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const refuse = (why: string) => new DomainError('UNAUTHENTICATED', `This token ${why}; sign in again.`);
  if (error instanceof errors.JWTExpired) return refuse('has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refuse(`has a claim "${error.claim}" that is not taken here`);
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse('is not signed with an algorithm that is taken here');
  if (error instanceof errors.JWKSTimeout) return unreachable();
  if (error instanceof errors.JWKSInvalid) return unreachable();
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return refuse('is not signed with a key of the issuer');
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('has a signature that does not fit');
  // What jose calls generic is an answer of the issuer that is none.
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC') return refuse('cannot be read');
  return unreachable();
}

const unreachable = () =>
  new DomainError('UNAVAILABLE', 'The keys of the token issuer cannot be fetched; try again in a moment.');

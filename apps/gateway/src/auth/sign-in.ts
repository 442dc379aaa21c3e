import { DomainError } from '@cairn/contracts';
import type { RateLimiter } from '../limits/rate-limit.js';
import type { Principal } from './identity.js';
import type { KeyVerifier } from './key-verifier.js';
import { isToken, type TokenVerifier } from './token-verifier.js';

/** Tells who presents a key or a token. */
export class SignIn {
  /**
   * @param tokens absent: no issuer is configured
   * @param failures what one address may present in vain in a minute
   */
  constructor(
    private readonly keys: KeyVerifier,
    private readonly tokens: TokenVerifier | undefined,
    private readonly failures: RateLimiter,
  ) {}

  /**
   * @throws UNAUTHENTICATED if it is nobody's
   * @throws OVERLOADED after too many of those from one address
   * @throws UNAVAILABLE if it cannot be checked
   */
  async verify(presented: string, address: string, requestId: string): Promise<Principal> {
    const waitMs = this.failures.spend(address, 0);
    if (waitMs > 0) throw tooMany(waitMs);
    try {
      if (!isToken(presented)) return await this.keys.verify(presented, requestId);
      if (this.tokens !== undefined) return await this.tokens.verify(presented);
      throw new DomainError('UNAUTHENTICATED', 'No token issuer is set up here; send a key.');
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') this.failures.spend(address, 1);
      throw error;
    }
  }
}

const tooMany = (retryAfterMs: number) =>
  new DomainError('OVERLOADED', 'Too many keys were refused from this address; come back later.', { retryAfterMs });

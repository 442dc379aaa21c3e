import { createHash } from 'node:crypto';
import { DomainError, roles, type KnowledgeClients } from '@cairn/contracts';
import type { Principal } from './identity.js';

interface Entry {
  readonly principal: Promise<Principal>;
  readonly expiresAt: number;
}

/** A revoked key works at most this long. */
const keepMs = 30_000;
const maxEntries = 10_000;

/** Asks knowledge who a key belongs to, at most every 30 s per key. Keeps hashes, never keys. */
export class KeyVerifier {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly access: KnowledgeClients['access'],
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @throws UNAUTHENTICATED if there is no such key, or it is revoked or expired
   * @throws UNAVAILABLE if knowledge cannot be reached and the answer is not known
   */
  async verify(key: string, requestId: string): Promise<Principal> {
    const hash = createHash('sha256').update(key).digest('base64');
    const known = this.entries.get(hash);
    if (known !== undefined && known.expiresAt > this.now()) return this.unexpired(await known.principal);
    const principal = this.ask(key, requestId);
    // Oldest first out: a Map keeps the order of insertion.
    if (this.entries.size >= maxEntries) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.delete(hash);
    const entry = { principal, expiresAt: this.now() + keepMs };
    this.entries.set(hash, entry);
    // Refusals are not kept: a key made a moment ago must work.
    principal.catch(() => {
      if (this.entries.get(hash) === entry) this.entries.delete(hash);
    });
    return principal;
  }

  /** A key that expires while it is remembered. */
  private unexpired(principal: Principal): Principal {
    if (principal.expiresAt === undefined || principal.expiresAt > this.now()) return principal;
    throw new DomainError('UNAUTHENTICATED', `The key "${principal.name}" has expired; use another.`);
  }

  private async ask(key: string, requestId: string): Promise<Principal> {
    const found = await this.access.verifyKey({ key }, { context: { requestId }, deadlineMs: 5000 });
    const { name, keyId, spaceId, scopes, expiresAt } = found;
    const role = roles.find((candidate) => candidate === found.role);
    if (role === undefined) throw new DomainError('FORBIDDEN', `The key "${name}" has no role that is known here.`);
    return {
      name,
      id: `key:${keyId}`,
      role,
      spaceId: spaceId || undefined,
      scopes,
      expiresAt: expiresAt ? Date.parse(expiresAt) : undefined,
    };
  }
}

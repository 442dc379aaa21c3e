import { createHash } from 'node:crypto';
import { DomainError, roles, type KnowledgeClients, type Role } from '@cairn/contracts';

/** Who a key belongs to. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}

interface Entry {
  readonly identity: Promise<Identity>;
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
   * @throws UNAUTHENTICATED if there is no such key or it is revoked
   * @throws UNAVAILABLE if knowledge cannot be reached and the answer is not known
   */
  async verify(key: string, requestId: string): Promise<Identity> {
    const hash = createHash('sha256').update(key).digest('base64');
    const known = this.entries.get(hash);
    if (known !== undefined && known.expiresAt > this.now()) return known.identity;
    const identity = this.ask(key, requestId);
    // Oldest first out: a Map keeps the order of insertion.
    if (this.entries.size >= maxEntries) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.delete(hash);
    const entry = { identity, expiresAt: this.now() + keepMs };
    this.entries.set(hash, entry);
    // Refusals are not kept: a key made a moment ago must work.
    identity.catch(() => {
      if (this.entries.get(hash) === entry) this.entries.delete(hash);
    });
    return identity;
  }

  private async ask(key: string, requestId: string): Promise<Identity> {
    const { name, role } = await this.access.verifyKey({ key }, { context: { requestId }, deadlineMs: 5000 });
    const known = roles.find((candidate) => candidate === role);
    if (known === undefined) throw new DomainError('FORBIDDEN', `The key "${name}" has no role that is known here.`);
    return { name, role: known };
  }
}

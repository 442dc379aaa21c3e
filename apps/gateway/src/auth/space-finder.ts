import type { KnowledgeClients } from '@cairn/contracts';

interface Entry {
  readonly id: Promise<string>;
  readonly expiresAt: number;
}

/** A space has its slug for ever, but may be deleted. */
const keepMs = 60_000;
const maxEntries = 1_000;

/** Ids of spaces by their slugs, asked of knowledge once a minute at most. */
export class SpaceFinder {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly access: KnowledgeClients['access']) {}

  /** @throws NOT_FOUND if there is no such space */
  async find(slug: string, requestId: string): Promise<string> {
    const known = this.entries.get(slug);
    if (known !== undefined && known.expiresAt > Date.now()) return known.id;
    const id = this.access.getSpace({ slug }, { context: { requestId }, deadlineMs: 5000 }).then((space) => space.id);
    if (this.entries.size >= maxEntries) this.entries.clear();
    this.entries.set(slug, { id, expiresAt: Date.now() + keepMs });
    id.catch(() => this.entries.delete(slug));
    return id;
  }
}

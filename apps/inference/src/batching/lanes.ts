/** Interactive: somebody waits. Bulk: a job. */
export type Lane = 'interactive' | 'bulk';

/** Interactive work may cost this many times as much as bulk work while bulk work waits. */
const interactiveShare = 4;

/**
 * Decides which lane is served next: interactive first, but while bulk work waits it gets a fifth of the cost, so
 * that it never starves.
 */
export class LaneOrder {
  private credit = 0;

  /** @param quantum cost of a full batch; bulk is served once interactive work has had four of them */
  constructor(private readonly quantum: number) {}

  next(interactiveWaits: boolean, bulkWaits: boolean): Lane | undefined {
    if (!interactiveWaits) return bulkWaits ? 'bulk' : undefined;
    return bulkWaits && this.credit >= interactiveShare * this.quantum ? 'bulk' : 'interactive';
  }

  /** Books the cost of a turn; `bulkWaits`: whether bulk work waited while it was taken. */
  charge(lane: Lane, cost: number, bulkWaits: boolean): void {
    if (lane === 'bulk') this.credit = Math.max(0, this.credit - interactiveShare * cost);
    else if (bulkWaits) this.credit += cost;
  }
}

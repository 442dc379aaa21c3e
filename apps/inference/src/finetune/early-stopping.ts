export interface EarlyStoppingState {
  /** Absent before the first measurement: JSON has no infinity. */
  readonly best?: number;
  /** Measurements since the best one. */
  readonly since: number;
}

/** Ends a training once the held-out part has not improved for a while. Lower is better. */
export class EarlyStopping {
  private best: number;
  private since: number;

  /** @param patience measurements without a gain that are waited for; 0: the training runs to its end */
  constructor(
    private readonly patience: number,
    state?: EarlyStoppingState,
  ) {
    this.best = state?.best ?? Infinity;
    this.since = state?.since ?? 0;
  }

  /**
   * Looks at a measurement.
   * @returns whether it is the best so far; one that is no number never is
   */
  isBest(measured: number): boolean {
    const isBetter = measured < this.best;
    if (isBetter) this.best = measured;
    this.since = isBetter ? 0 : this.since + 1;
    return isBetter;
  }

  /** Whether to stop. */
  get isOver(): boolean {
    return this.patience > 0 && this.since >= this.patience;
  }

  state(): EarlyStoppingState {
    return { since: this.since, ...(this.best < Infinity && { best: this.best }) };
  }
}

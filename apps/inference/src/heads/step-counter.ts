export interface StepPlan<S> {
  readonly stage: S;
  /** Most steps it may take. */
  readonly steps: number;
}

/** Counts steps over a plan whose parts may end early, so that progress never goes back and ends at its total. */
export class StepCounter<S> {
  private part = 0;
  private inPart = 0;
  private loss = 0;

  constructor(
    private readonly plan: readonly StepPlan<S>[],
    private readonly report: (progress: { stage: S; done: number; total: number; loss: number }) => void,
  ) {}

  /** One step of the current part. */
  step(loss: number): void {
    this.loss = loss;
    this.inPart = Math.min(this.inPart + 1, this.plan[this.part].steps);
    this.tell();
  }

  /** The current part has ended. */
  next(): void {
    this.inPart = this.plan[this.part].steps;
    this.tell();
    if (this.part + 1 < this.plan.length) {
      this.part++;
      this.inPart = 0;
    }
  }

  /** The parts of `stage` that are left are not needed. */
  leave(stage: S): void {
    while (this.plan[this.part].stage === stage) this.next();
  }

  private tell(): void {
    const total = this.plan.reduce((sum, { steps }) => sum + steps, 0);
    const before = this.plan.slice(0, this.part).reduce((sum, { steps }) => sum + steps, 0);
    this.report({ stage: this.plan[this.part].stage, done: before + this.inPart, total, loss: this.loss });
  }
}

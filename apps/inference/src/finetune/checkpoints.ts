import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../threads/refusal.js';
import { BrokenFile, readArrayFile, writeArrayFile } from './checkpoint-file.js';
import type { EarlyStoppingState } from './early-stopping.js';
import type { Moments } from './optimizer.js';
import type { Steps } from './steps.js';

/** What checkpoints keep, and put back. */
type Kept = Pick<Steps<never>, 'parameters' | 'moments' | 'restore'>;

/** Where a training is, beside parameters and moments. What is random follows from seed, epoch and batch. */
export interface TrainingState {
  /** What is trained on what with what; a training goes on only from a checkpoint of its own. */
  readonly fingerprint: string;
  readonly seed: number;
  /** Optimizer steps taken, which is where the schedule is. */
  readonly step: number;
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly batch: number;
  readonly earlyStopping: EarlyStoppingState;
  /** Step whose parameters were best on the held-out part; they are in a file of their own. */
  readonly bestStep: number | undefined;
  readonly history: readonly Measurement[];
  /** Sum of the training losses since the last measurement, and their number; what its targets differ in, if they move. */
  readonly since: { readonly loss: number; readonly steps: number; readonly changed?: number };
  /** Time that the steps took, in all runs together. */
  readonly seconds: number;
}

/** What the held-out part said after a step. */
export interface Measurement {
  readonly step: number;
  readonly epoch: number;
  /** Mean training loss since the last measurement. */
  readonly trainLoss: number;
  /** Of the held-out part; absent without one. */
  readonly heldOut?: { readonly loss: number; readonly accuracy?: number };
  /** Share of the examples that had other targets in the epoch before, where they move. */
  readonly changed?: number;
}

export interface FoundCheckpoint {
  readonly state: TrainingState;
  /** Everything in the file. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
  /** Files that were broken, newest first. */
  readonly skipped: readonly string[];
}

const statePattern = /^step-(\d{9})\.checkpoint$/;
const bestPattern = /^best-(\d{9})\.parameters$/;
const kept = 2;
const numbered = (step: number) => String(step).padStart(9, '0');

/** The checkpoints of one training: the last two, and the best parameters that they speak of. */
export class Checkpoints {
  /** @param folder of this training alone; made if it is not there */
  constructor(
    private readonly folder: string,
    private readonly fingerprint: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /**
   * Writes where the training is; then the one before the last goes. Blocks.
   * @param more arrays beside those of parameters
   */
  save(state: TrainingState, optimizer: Kept, more: readonly (readonly [string, Float32Array])[] = []): void {
    const arrays = [...more];
    for (const { name, values } of optimizer.parameters) arrays.push([`w:${name}`, values]);
    for (const { name, mean, square } of optimizer.moments()) arrays.push([`m:${name}`, mean], [`v:${name}`, square]);
    writeArrayFile(join(this.folder, `step-${numbered(state.step)}.checkpoint`), state, arrays);
    this.clearUp(state);
  }

  /** Keeps the parameters of a step as the best ones so far; to be called before `save` names the step. */
  saveBest(step: number, optimizer: Kept): void {
    const arrays = optimizer.parameters.map(({ name, values }) => [name, values] as const);
    writeArrayFile(this.bestFile(step), { fingerprint: this.fingerprint, step }, arrays);
  }

  /**
   * Puts parameters and moments back to where the newest whole checkpoint has them; broken ones are passed over.
   * @returns undefined if there is none, and then nothing has changed
   * @throws Refusal if the folder holds those of another training
   */
  restore(optimizer: Kept): FoundCheckpoint | undefined {
    const skipped: string[] = [];
    for (const step of this.steps(statePattern).reverse()) {
      const name = `step-${numbered(step)}.checkpoint`;
      try {
        const { header, arrays } = readArrayFile<TrainingState>(join(this.folder, name));
        if (header.fingerprint !== this.fingerprint)
          throw new Refusal(
            'checkpoints',
            `${this.folder} holds checkpoints of another training (other texts, encoder or settings); name another folder, or delete them.`,
          );
        if (header.bestStep !== undefined) readArrayFile(this.bestFile(header.bestStep));
        const moments = momentsIn(arrays, optimizer);
        copyParameters(optimizer, arrays, 'w:');
        optimizer.restore(moments, header.step);
        return { state: header, arrays, skipped };
      } catch (error) {
        if (!(error instanceof BrokenFile) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        skipped.push(name);
      }
    }
    return undefined;
  }

  /** Puts the parameters back to those that were best. */
  restoreBest(step: number, optimizer: Kept): void {
    copyParameters(optimizer, readArrayFile(this.bestFile(step)).arrays, '');
  }

  /** Step of the newest checkpoint. */
  lastStep(): number | undefined {
    return this.steps(statePattern).pop();
  }

  /** The training is over and its result is safe. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private bestFile(step: number): string {
    return join(this.folder, `best-${numbered(step)}.parameters`);
  }

  private steps(pattern: RegExp): number[] {
    return readdirSync(this.folder)
      .flatMap((name) => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** The checkpoint before may speak of other best parameters: those between the two are kept as well. */
  private clearUp({ step, bestStep }: TrainingState): void {
    const states = this.steps(statePattern).filter((other) => other <= step);
    const old = states.slice(0, -kept);
    for (const other of old) rmSync(join(this.folder, `step-${numbered(other)}.checkpoint`), { force: true });
    const oldest = states[states.length - Math.min(kept, states.length)];
    const bests = this.steps(bestPattern);
    // The newest at or before the oldest checkpoint is the one that it speaks of.
    const needed = bests.filter((other) => other <= oldest).pop() ?? 0;
    for (const other of bests) if (other < needed && other !== bestStep) rmSync(this.bestFile(other), { force: true });
  }
}

function copyParameters(optimizer: Kept, arrays: ReadonlyMap<string, Float32Array>, prefix: string): void {
  const stored = optimizer.parameters.map(({ name, values }) => {
    const found = arrays.get(prefix + name);
    if (found?.length !== values.length) throw new BrokenFile(`The checkpoint has other parameters: ${name}.`);
    return found;
  });
  optimizer.parameters.forEach(({ values }, i) => values.set(stored[i]));
}

function momentsIn(arrays: ReadonlyMap<string, Float32Array>, optimizer: Kept): Moments[] {
  return optimizer.parameters.map(({ name }) => {
    const mean = arrays.get(`m:${name}`);
    const square = arrays.get(`v:${name}`);
    if (mean === undefined || square === undefined) throw new BrokenFile(`The checkpoint has no moments of ${name}.`);
    return { name, mean, square };
  });
}

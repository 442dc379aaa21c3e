import { adamWLoop, addScaled, sumOfSquares, type AdamWSettings } from './adamw.js';
import { RowGradients } from './row-gradients.js';

/** A parameter that is trained. */
export interface TrainedParameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Changed in place by every step. */
  readonly values: Float32Array;
  /** Whether weight decay holds for it: not for biases and norms. */
  readonly decays: boolean;
  /** Its learning rate is this times that of the step. */
  readonly rateScale: number;
  /** `rows`: a table of which a step reads some rows, and whose gradient comes row by row. */
  readonly gradient: 'dense' | 'rows';
}

/** Gradient of one parameter: dense, as long as the parameter; or of gathered rows, `[count, columns]`, with their ids. */
export type Gradient =
  | { readonly dense: Float32Array }
  | { readonly rows: Float32Array; readonly ids: ArrayLike<bigint> | ArrayLike<number> };

/** Gradients of one forward and backward pass, by name of the parameter. */
export type Gradients = ReadonlyMap<string, Gradient>;

interface State {
  readonly parameter: TrainedParameter;
  readonly mean: Float32Array;
  readonly square: Float32Array;
  readonly rows: RowGradients | undefined;
  /** What accumulates over several passes; the pass's own array while there was only one. */
  sum: Float32Array | undefined;
  ownsSum: boolean;
}

/** The moments of one parameter, as checkpoints keep them. */
export interface Moments {
  readonly name: string;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/**
 * AdamW over all parameters, with gradients accumulated over several passes and clipped by their global norm.
 *
 * Word embeddings are updated lazily: only rows that have a gradient move, and only their moments decay, as in PyTorch's
 * SparseAdam. Without weight decay the first step is that of dense AdamW, bit for bit; later ones differ, as dense
 * moments fade in steps that do not read a row.
 */
export class Optimizer {
  private readonly states: readonly State[];
  private readonly byName: ReadonlyMap<string, State>;
  private taken = 0;

  constructor(
    readonly parameters: readonly TrainedParameter[],
    private readonly settings: AdamWSettings,
    /** Gradients whose global norm is larger are scaled down to it; 0: never. */
    private readonly maxNorm: number,
  ) {
    this.states = parameters.map((parameter) => ({
      parameter,
      mean: new Float32Array(parameter.values.length),
      square: new Float32Array(parameter.values.length),
      rows: parameter.gradient === 'rows' ? new RowGradients(parameter.dims[0], parameter.dims[1]) : undefined,
      sum: undefined,
      ownsSum: false,
    }));
    this.byName = new Map(this.states.map((state) => [state.parameter.name, state]));
  }

  /** Steps taken. */
  get steps(): number {
    return this.taken;
  }

  /** Adds `weight` times the gradients of a pass to those of the step to come. */
  accumulate(gradients: Gradients, weight = 1): void {
    for (const [name, gradient] of gradients) {
      const state = this.byName.get(name);
      if (state === undefined) throw new RangeError(`There is a gradient of "${name}", which is not trained.`);
      if ('rows' in gradient) {
        if (state.rows === undefined) throw new RangeError(`The gradient of "${name}" must be dense.`);
        state.rows.add(gradient.ids, gradient.rows, weight);
      } else addDense(state, gradient.dense, weight);
    }
  }

  /** Global norm of what is accumulated, over dense and row gradients; not finite if any of them is not. */
  norm(): number {
    let squares = 0;
    for (const { sum, rows } of this.states) {
      if (sum !== undefined) squares += sumOfSquares(sum, 0, sum.length);
      if (rows !== undefined) squares += rows.sumOfSquares();
    }
    return Math.sqrt(squares);
  }

  /**
   * One step along what is accumulated, which is then forgotten.
   * @param norm as `norm` gave it; a caller has looked whether it is finite
   */
  step(learningRate: number, norm = this.norm()): void {
    this.taken++;
    // As PyTorch's clip_grad_norm_ does.
    const scale = this.maxNorm > 0 ? Math.min(1, this.maxNorm / (norm + 1e-6)) : 1;
    for (const state of this.states) {
      if (state.rows !== undefined) this.stepRows(state, state.rows, learningRate, scale);
      if (state.sum !== undefined)
        this.update(state, 0, state.sum, 0, state.parameter.values.length, learningRate, scale);
    }
    this.forget();
  }

  /** Forgets what is accumulated. */
  forget(): void {
    for (const state of this.states) {
      state.rows?.clear();
      if (state.ownsSum) state.sum?.fill(0);
      else state.sum = undefined;
    }
  }

  /** The arrays themselves, not copies. */
  moments(): Moments[] {
    return this.states.map(({ parameter, mean, square }) => ({ name: parameter.name, mean, square }));
  }

  /** Takes over where another optimizer of the same parameters was. */
  restore(moments: readonly Moments[], steps: number): void {
    if (moments.length !== this.states.length)
      throw new RangeError(`There are moments of ${moments.length} parameters; ${this.states.length} are trained.`);
    for (const { name, mean, square } of moments) {
      const state = this.byName.get(name);
      if (state?.mean.length !== mean.length || state.square.length !== square.length)
        throw new RangeError(`The moments of "${name}" do not fit the parameter.`);
      state.mean.set(mean);
      state.square.set(square);
    }
    this.taken = steps;
    this.forget();
  }

  private stepRows(state: State, rows: RowGradients, learningRate: number, scale: number): void {
    const columns = state.parameter.dims[1];
    const ids = rows.rowIds();
    const values = rows.values();
    for (let i = 0; i < ids.length; i++)
      this.update(state, ids[i] * columns, values, i * columns, columns, learningRate, scale);
  }

  private update(
    { parameter, mean, square }: State,
    at: number,
    gradient: Float32Array,
    gradientAt: number,
    count: number,
    learningRate: number,
    scale: number,
  ): void {
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    const rate = learningRate * parameter.rateScale;
    const keep = parameter.decays ? 1 - rate * weightDecay : 1;
    const corrected = rate / (1 - beta1 ** this.taken);
    const correction = 1 / Math.sqrt(1 - beta2 ** this.taken);
    adamWLoop(
      parameter.values,
      at,
      gradient,
      gradientAt,
      mean,
      square,
      count,
      scale,
      keep,
      corrected,
      correction,
      beta1,
      beta2,
      epsilon,
    );
  }
}

/** A single pass is used as it comes; from the second on there is a sum of one's own, which is kept for later steps. */
function addDense(state: State, gradient: Float32Array, weight: number): void {
  const { parameter } = state;
  if (gradient.length !== parameter.values.length)
    throw new RangeError(`The gradient of "${parameter.name}" does not fit the parameter.`);
  if (state.sum === undefined && weight === 1) {
    state.sum = gradient;
    return;
  }
  if (!state.ownsSum) {
    const first = state.sum;
    state.sum = new Float32Array(gradient.length);
    state.ownsSum = true;
    if (first !== undefined) state.sum.set(first);
  }
  addScaled(state.sum!, 0, gradient, 0, gradient.length, weight);
}

import { int } from '../graph-builder.js';
import { GraphIndex, isOperator } from '../graph-index.js';
import type { ModelProto, NodeProto } from '../model.js';
import { importDomain, microsoft } from '../nodes.js';
import { GraphWriter } from './graph-writer.js';
import { NotTrainableError } from './not-trainable.js';
import { ruleOf } from './rules/rules.js';
import type { ValueShape } from './value-shapes.js';

/** A gradient is `scale` times a value of the graph: factors travel along until a product takes them up for nothing. */
export interface Gradient {
  readonly value: string;
  readonly scale: number;
}

/** Gradient of the rows of a table that a run reads: rows `[count, columns]` and their ids `[count]`. Ids may repeat. */
export interface RowGradient {
  readonly rows: string;
  readonly ids: string;
}

/** How one operator passes the gradients of its outputs on to its inputs. Undefined: an output without a gradient. */
export type GradientRule = (node: NodeProto, gradients: (Gradient | undefined)[], back: Backward) => void;

export interface BackwardOptions {
  /** Tables whose gradient is wanted by rows, where it is not also needed as a whole. */
  readonly byRows?: ReadonlySet<string>;
}

/** What a backward pass gives for each parameter; undefined: the loss does not depend on it. */
export type ParameterGradient = { readonly dense: string } | RowGradient | undefined;

/**
 * Reverse-mode differentiation (Griewank and Walther 2008, "Evaluating Derivatives", ch. 3): adds to a graph the operators
 * that compute the gradients of a scalar, or of whatever gradients are given to begin with.
 */
export class Backward {
  readonly index: GraphIndex;
  readonly write: GraphWriter;
  private readonly gradients = new Map<string, Gradient[]>();
  private readonly rows = new Map<string, RowGradient[]>();
  private readonly needed: Set<string>;
  private readonly forward: readonly NodeProto[];

  /**
   * @param shapes of all values of the graph, see valueShapes
   * @param parameters values, inputs or initializers, whose gradients are wanted
   */
  constructor(
    private readonly model: ModelProto,
    private readonly shapes: ReadonlyMap<string, ValueShape>,
    private readonly parameters: readonly string[],
    private readonly options: BackwardOptions = {},
  ) {
    const graph = model.graph!;
    this.index = new GraphIndex(graph);
    this.write = new GraphWriter(model, 'gradient');
    this.needed = new Set(parameters);
    this.forward = graph.node.filter((node) => {
      if (!node.input.some((input) => this.needed.has(input))) return false;
      for (const output of node.output) if (this.isFloat(output)) this.needed.add(output);
      return node.output.some((output) => this.needed.has(output));
    });
  }

  /**
   * Runs backwards from values whose gradients are given.
   * @throws NotTrainableError naming the operator and the node if one has no rule
   */
  run(seeds: ReadonlyMap<string, Gradient>): Map<string, ParameterGradient> {
    importDomain(this.model, microsoft, 1);
    for (const [value, gradient] of seeds) this.add(value, gradient);
    for (const node of [...this.forward].reverse()) {
      const gradients = node.output.map((output) => this.gradient(output));
      if (gradients.every((gradient) => gradient === undefined)) continue;
      const rule = ruleOf(node);
      // What else an operator gives, such as a mean, has no rule but where there are parts.
      const others = gradients.slice(1).some((gradient) => gradient !== undefined);
      if (rule === undefined || (others && node.opType !== 'Split')) throw noRule(node);
      rule(node, gradients, this);
    }
    return new Map(this.parameters.map((name) => [name, this.ofParameter(name)]));
  }

  /** The number that a value always is; undefined if it is none, or one that is trained. */
  constant(value: string): number | undefined {
    return this.needs(value) ? undefined : this.index.scalar(value);
  }

  /** Whether the gradient of a value leads to one that is wanted. */
  needs(value: string | undefined): value is string {
    return value !== undefined && this.needed.has(value);
  }

  /** Adds to the gradient of a value; nothing happens if it is not needed. */
  add(value: string, gradient: Gradient): void {
    if (!this.needs(value)) return;
    const known = this.gradients.get(value);
    if (known === undefined) this.gradients.set(value, [gradient]);
    else known.push(gradient);
  }

  /** Whether the gradient of a table is taken by rows. */
  takesRows(table: string): boolean {
    return this.options.byRows?.has(table) === true && this.needs(table);
  }

  addRows(table: string, gradient: RowGradient): void {
    const known = this.rows.get(table);
    if (known === undefined) this.rows.set(table, [gradient]);
    else known.push(gradient);
  }

  /** The gradient of a value as it is known so far: complete when the node that makes the value is reached. */
  gradient(value: string): Gradient | undefined {
    const parts = this.gradients.get(value);
    if (parts === undefined || parts.length === 1) return parts?.[0];
    const { scale } = parts[0];
    const alike = parts.every((part) => part.scale === scale);
    const values = parts.map((part) => (alike ? part.value : this.whole(part)));
    const sum = values.reduce((a, b) => this.write.op('Add', [a, b]));
    const gradient = { value: sum, scale: alike ? scale : 1 };
    this.gradients.set(value, [gradient]);
    return gradient;
  }

  /** A gradient with its factor multiplied in. */
  whole({ value, scale }: Gradient): string {
    if (scale === 1) return value;
    return scale === -1 ? this.write.op('Neg', [value]) : this.write.op('Mul', [value, this.write.float(scale)]);
  }

  dims(value: string): readonly (number | undefined)[] {
    const shape = this.shapes.get(value);
    if (shape === undefined) throw new NotTrainableError(`Nothing is known of the shape of "${value}".`);
    return shape.dims;
  }

  rank(value: string): number {
    return this.dims(value).length;
  }

  type(value: string): string | undefined {
    return this.shapes.get(value)?.type;
  }

  /** The shape of a value as a list of integers in the graph, for Reshape only: one size may be -1. */
  reshapeTo(value: string): string {
    const dims = this.dims(value);
    const open = dims.filter((size) => size === undefined).length;
    if (open > 1 || dims.includes(0)) return this.write.op('Shape', [value]);
    return this.write.ints(...dims.map((size) => size ?? -1));
  }

  /** The shape of a value as a list of integers in the graph. */
  shapeOf(value: string): string {
    const dims = this.dims(value);
    return dims.includes(undefined) ? this.write.op('Shape', [value]) : this.write.ints(...dims.map((size) => size!));
  }

  reshaped(gradient: Gradient, like: string): Gradient {
    return { value: this.write.op('Reshape', [gradient.value, this.reshapeTo(like)]), scale: gradient.scale };
  }

  /** A gradient of shape `[..., size]` as a matrix `[rows, size]`. */
  asMatrix(value: string, rank: number, columns: number | undefined): string {
    if (rank === 2) return value;
    if (columns === undefined) return this.write.op('Flatten', [value], { axis: int(rank - 1) });
    return this.write.op('Reshape', [value, this.write.ints(-1, columns)]);
  }

  /** The gradient of what was broadcast: summed over the axes along which it was repeated. */
  unbroadcast(
    gradient: Gradient,
    from: readonly (number | undefined)[],
    to: readonly (number | undefined)[],
  ): Gradient {
    const missing = from.length - to.length;
    const leading = Array.from({ length: missing }, (_, axis) => axis);
    const inner = to.flatMap((size, i) => (size === 1 && from[i + missing] !== 1 ? [i + missing] : []));
    let { value } = gradient;
    if (inner.length > 0) value = this.write.sumOver(value, inner, true);
    if (leading.length > 0) value = this.sumOverLeading(value, from, missing);
    return { value, scale: gradient.scale };
  }

  /** A short list of integers that is the same for every batch. */
  integers(value: string): readonly number[] | undefined {
    return this.shapes.get(value)?.integers;
  }

  private sumOverLeading(value: string, from: readonly (number | undefined)[], count: number): string {
    const columns = from[from.length - 1];
    // A matrix summed over its rows is the quickest form that a sum has.
    if (from.length - count === 1 && count > 1 && columns !== undefined)
      return this.write.sumOver(this.asMatrix(value, from.length, columns), [0], false);
    return this.write.sumOver(
      value,
      Array.from({ length: count }, (_, axis) => axis),
      false,
    );
  }

  private isFloat(value: string): boolean {
    const type = this.type(value);
    return type === 'float32' || type === 'float64';
  }

  private ofParameter(name: string): ParameterGradient {
    const dense = this.gradient(name);
    const rows = this.rows.get(name);
    if (rows === undefined) return dense && { dense: this.whole(dense) };
    const all = {
      rows:
        rows.length === 1
          ? rows[0].rows
          : this.write.op(
              'Concat',
              rows.map((part) => part.rows),
              { axis: int(0) },
            ),
      ids:
        rows.length === 1
          ? rows[0].ids
          : this.write.op(
              'Concat',
              rows.map((part) => part.ids),
              { axis: int(0) },
            ),
    };
    return dense === undefined ? all : { dense: this.write.addRows(this.whole(dense), all.ids, all.rows, 2) };
  }
}

function noRule(node: NodeProto): NotTrainableError {
  const operator = node.opType ?? '';
  const name = node.name || node.output[0];
  const advice = isOperator(
    node,
    'Attention',
    'MultiHeadAttention',
    'SkipLayerNormalization',
    'EmbedLayerNormalization',
  )
    ? 'it was fused by an optimiser. Use the model as it was exported, before it was optimised.'
    : 'the model cannot be trained further back than that. Train only its last layers, or a head.';
  return new NotTrainableError(
    `There is no gradient of the operator ${operator} (node "${name}"): ${advice}`,
    operator,
    name,
  );
}

import type { GraphProto, ModelProto, TensorProto } from './model.js';
import { opsetOf } from './nodes.js';
import { kindOf, ruleOf, type Known } from './probe-rules.js';
import { elementCount } from './small-tensors.js';
import { isReadable, tensorValues } from './tensor.js';

/** A batch that a graph is given in thought. */
export interface ProbeBatch {
  readonly texts: number;
  readonly tokens: number;
  /** `[texts, tokens]`, 0 or 1. */
  readonly attentionMask: readonly number[];
}

/**
 * Larger constants, and any that are no integers, could tell positions apart (a window, a triangle): what depends on them
 * has no known numbers.
 */
const longestList = 8;

/** Far above what an encoder makes of such a batch: what has more elements is nonsense. */
const largestOutput = 2 ** 22;

/**
 * What can be said of the values of a graph for a batch of known size: shapes, and the numbers of those that depend on
 * nothing but the attention mask, shapes and small constants. So one need not know how an exporter wrote a mask or a
 * shape, only what comes out. Operators without a rule give values of which nothing is known.
 *
 * Operators that would tell positions apart (Range, CumSum, NonZero, Trilu) have no numbers on purpose, at most a shape: a mask whose
 * numbers are known treats all positions alike, so that what holds for a small batch holds for every batch.
 */
export function probeGraph(model: ModelProto, graph: GraphProto, batch: ProbeBatch): Map<string, Known> {
  const known = new Map<string, Known>();
  const dims = [batch.texts, batch.tokens];
  for (const { name, type } of graph.input) {
    const kind = kindOf(Number(type?.tensorType?.elemType));
    if (kind === undefined || type?.tensorType?.shape?.dim.length !== 2) continue;
    known.set(name ?? '', { kind, dims, ...(name === 'attention_mask' && { values: batch.attentionMask }) });
  }
  // Old exports list initializers among the inputs.
  for (const tensor of graph.initializer) known.set(tensor.name ?? '', constant(tensor));
  const opset = opsetOf(model);
  for (const node of graph.node) {
    const inputs = node.input.map((input) => known.get(input));
    ruleOf(node)?.(node, inputs, opset).forEach((output, i) => {
      if (output !== undefined && node.output[i] && isSound(output.dims)) known.set(node.output[i], output);
    });
  }
  return known;
}

const isSound = (dims: readonly number[]): boolean =>
  dims.every((dim) => Number.isInteger(dim) && dim >= 0) && elementCount(dims) <= largestOutput;

function constant(tensor: TensorProto): Known {
  const dims = tensor.dims.map(Number);
  const kind = kindOf(Number(tensor.dataType)) ?? 'other';
  const isList = kind === 'int' && dims.length === 1 && dims[0] <= longestList;
  if (!(isList || elementCount(dims) === 1) || !isReadable(tensor)) return { kind, dims };
  return { kind, dims, values: Array.from(tensorValues(tensor), Number) };
}

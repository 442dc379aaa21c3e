import { elementTypes, float, GraphBuilder, int, ints, type ModelProto } from '@cairn/onnx-graph';

/** The sizes of a BERT encoder, as its config.json names them. */
export interface BertShape {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
}

/** The encoder of this recipe, with its usual vocabulary. */
export const shape: BertShape = {
  vocab_size: 16_000,
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 1024,
  max_position_embeddings: 256,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
};

/** The same with another vocabulary. */
export const shapeWith = (tokens: number): BertShape => ({ ...shape, vocab_size: tokens });

/** Values by name; matrices of dense layers as ONNX multiplies with them, `[in, out]`, row-major. */
export type Weights = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** Names and dims of all weights of an encoder, in the order of Hugging Face's BertModel. */
export function weightsOf(bert: BertShape): Map<string, number[]> {
  const { hidden_size: hidden, intermediate_size: intermediate } = bert;
  const dims = new Map<string, number[]>([
    ['embeddings.word_embeddings.weight', [bert.vocab_size, hidden]],
    ['embeddings.position_embeddings.weight', [bert.max_position_embeddings, hidden]],
    ['embeddings.token_type_embeddings.weight', [bert.type_vocab_size, hidden]],
  ]);
  const norm = (name: string) => dims.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  const dense = (name: string, from: number, to: number) =>
    dims.set(`${name}.weight`, [from, to]).set(`${name}.bias`, [to]);
  norm('embeddings.LayerNorm');
  for (let i = 0; i < bert.num_hidden_layers; i++) {
    const layer = `encoder.layer.${i}`;
    for (const part of ['query', 'key', 'value']) dense(`${layer}.attention.self.${part}`, hidden, hidden);
    dense(`${layer}.attention.output.dense`, hidden, hidden);
    norm(`${layer}.attention.output.LayerNorm`);
    dense(`${layer}.intermediate.dense`, hidden, intermediate);
    dense(`${layer}.output.dense`, intermediate, hidden);
    norm(`${layer}.output.LayerNorm`);
  }
  return dims;
}

/** Name of the value behind a layer, `[batch, seq, hidden]`; 0: behind the embeddings. */
export const stateAfter = (bert: BertShape, layer: number): string =>
  layer === bert.num_hidden_layers ? 'last_hidden_state' : `state_${layer}`;

/**
 * A BERT encoder (Devlin et al. 2019, arXiv:1810.04805) as Hugging Face's exporter gives it: `input_ids`,
 * `attention_mask` and `token_type_ids` `[batch, seq]` (int64) in, `last_hidden_state` `[batch, seq, hidden]` out.
 */
export function bertGraph(bert: BertShape, weights: Weights): ModelProto {
  const graph = new GraphBuilder('cairn-encoder', 17);
  const { hidden_size: hidden, num_attention_heads: heads } = bert;
  for (const name of ['input_ids', 'attention_mask', 'token_type_ids']) graph.input(name, 'int64', ['batch', 'seq']);
  for (const [name, dims] of weightsOf(bert)) {
    const values = weights.get(name);
    if (values === undefined) throw new RangeError(`There are no values for "${name}".`);
    graph.constant(name, 'float32', dims, values);
  }
  const whole = (name: string, ...values: number[]) =>
    graph.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  const scalar = (name: string, value: number) => graph.constant(name, 'float32', [], Float32Array.of(value));
  const op = (type: string, inputs: string[], attributes = {}, output?: string) =>
    graph.node(type, inputs, { attributes, ...(output !== undefined && { outputs: [output] }) })[0];
  const epsilon = { axis: int(-1), epsilon: float(bert.layer_norm_eps) };
  const norm = (value: string, name: string, output?: string) =>
    op('LayerNormalization', [value, `${name}.weight`, `${name}.bias`], epsilon, output);
  const dense = (value: string, name: string) => op('Add', [op('MatMul', [value, `${name}.weight`]), `${name}.bias`]);

  const [zero, one, apart] = [whole('zero', 0), whole('one', 1), whole('middle_axes', 1, 2)];
  const seq = op('Slice', [op('Shape', ['input_ids']), one, whole('two', 2)]);
  const range = op('Range', [
    ...[graph.constant('from', 'int64', [], BigInt64Array.of(0n)), op('Squeeze', [seq, zero])],
    graph.constant('step', 'int64', [], BigInt64Array.of(1n)),
  ]);
  const positions = op('Unsqueeze', [range, zero]);
  const rows = (table: string, ids: string) => op('Gather', [`embeddings.${table}_embeddings.weight`, ids]);
  const words = op('Add', [rows('word', 'input_ids'), rows('token_type', 'token_type_ids')]);
  let state = norm(op('Add', [words, rows('position', positions)]), 'embeddings.LayerNorm', stateAfter(bert, 0));
  const mask = op('Cast', [op('Unsqueeze', ['attention_mask', apart])], { to: int(elementTypes.float32) });
  const bias = op('Mul', [op('Sub', [scalar('unmasked', 1), mask]), scalar('masked', -10_000)]);
  const [split, joined] = [whole('by_heads', 0, 0, heads, hidden / heads), whole('together', 0, 0, hidden)];
  const scale = scalar('attention_scale', 1 / Math.sqrt(hidden / heads));
  const [half, rootHalf] = [scalar('half', 0.5), scalar('root_half', Math.SQRT1_2)];
  for (let i = 0; i < bert.num_hidden_layers; i++) {
    const layer = `encoder.layer.${i}`;
    const part = (name: string, perm: number[]) =>
      op('Transpose', [op('Reshape', [dense(state, `${layer}.attention.self.${name}`), split])], { perm: ints(perm) });
    const scores = op('Mul', [op('MatMul', [part('query', [0, 2, 1, 3]), part('key', [0, 2, 3, 1])]), scale]);
    const shares = op('Softmax', [op('Add', [scores, bias])], { axis: int(-1) });
    const seen = op('Transpose', [op('MatMul', [shares, part('value', [0, 2, 1, 3])])], { perm: ints([0, 2, 1, 3]) });
    const attended = dense(op('Reshape', [seen, joined]), `${layer}.attention.output.dense`);
    state = norm(op('Add', [attended, state]), `${layer}.attention.output.LayerNorm`);
    const inner = dense(state, `${layer}.intermediate.dense`);
    // Gelu as exporters write it.
    const bell = op('Add', [op('Erf', [op('Mul', [inner, rootHalf])]), scalar(`one_${i}`, 1)]);
    const activated = op('Mul', [op('Mul', [inner, bell]), half]);
    const out = op('Add', [dense(activated, `${layer}.output.dense`), state]);
    state = norm(out, `${layer}.output.LayerNorm`, stateAfter(bert, i + 1));
  }
  graph.output('last_hidden_state', 'float32', ['batch', 'seq', hidden]);
  return graph.model();
}

/**
 * Token vectors alone, of which each counts as much as a table says: `states [batch, seq, hidden]` = content x weight.
 * What the static stage trains.
 * @param content `[tokens, hidden]`
 * @param counts `[tokens]`, what a token counts in the mean
 */
export function staticGraph(
  hidden: number,
  content: Float32Array<ArrayBuffer>,
  counts: Float32Array<ArrayBuffer>,
): ModelProto {
  const graph = new GraphBuilder('static', 17);
  for (const name of ['input_ids', 'attention_mask']) graph.input(name, 'int64', ['batch', 'seq']);
  graph.constant('content', 'float32', [counts.length, hidden], content);
  graph.constant('counts', 'float32', [counts.length, 1], counts);
  const [rows] = graph.node('Gather', ['content', 'input_ids']);
  const [shares] = graph.node('Gather', ['counts', 'input_ids']);
  const [states] = graph.node('Mul', [rows, shares], { outputs: ['states'] });
  graph.output(states, 'float32', ['batch', 'seq', hidden]);
  return graph.model();
}

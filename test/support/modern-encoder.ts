import { Random } from '@cairn/numerics';
import { float, GraphBuilder, int, ints, type AttributeValue } from '@cairn/onnx-graph';

export interface ModernEncoderOptions {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly vocab: number;
  readonly seed: number;
}

/**
 * The bytes of an encoder with random weights built as ModernBERT is (arXiv:2412.13663) and exported as PyTorch exports it:
 * normalisation before each half of a layer, no biases, rotary positions, one projection for queries, keys and values,
 * gated Gelu, and in every second layer attention to near tokens only.
 */
export function modernEncoderModel(options: ModernEncoderOptions): Uint8Array {
  const { layers, hidden, vocab } = options;
  const graph = new GraphBuilder('main_graph', 17);
  const modern = new ModernGraph(graph, options);
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  graph.input('attention_mask', 'int64', ['batch_size', 'sequence_length']);
  const words = modern.op('Gather', [modern.weight('embeddings.tok_embeddings.weight', [vocab, hidden]), ids]);
  let x = modern.norm('embeddings.norm', words);
  modern.tracePositions(ids);
  for (let i = 0; i < layers; i++) {
    const normed = i === 0 ? x : modern.norm(`layers.${i}.attn_norm`, x);
    x = modern.op('Add', [x, modern.attend(`layers.${i}.attn`, normed, i % 2 === 1)]);
    x = modern.op('Add', [x, modern.feedForward(`layers.${i}.mlp`, modern.norm(`layers.${i}.mlp_norm`, x))]);
  }
  modern.norm('final_norm', x, 'last_hidden_state');
  graph.output('last_hidden_state', 'float32', ['batch_size', 'sequence_length', hidden]);
  return graph.bytes();
}

class ModernGraph {
  private readonly size: number;
  private cos = '';
  private sin = '';
  private masks: { all: string; near: string } = { all: '', near: '' };
  private constants = 0;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly options: ModernEncoderOptions,
  ) {
    this.size = options.hidden / options.heads;
  }

  op(opType: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.graph.node(opType, inputs, { attributes })[0];
  }

  weight(name: string, dims: number[]): string {
    const random = new Random(this.options.seed, name.length, name.charCodeAt(7), name.charCodeAt(name.length - 8));
    const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
    const [mean, deviation] = dims.length === 1 ? [1, 0.1] : [0, 0.3];
    for (let i = 0; i < values.length; i++) values[i] = mean + deviation * random.normal();
    return this.graph.constant(name, 'float32', dims, values);
  }

  norm(name: string, x: string, output?: string): string {
    const attributes = { axis: int(-1), epsilon: float(1e-5) };
    const gain = this.weight(`${name}.weight`, [this.options.hidden]);
    return this.graph.node('LayerNormalization', [x, gain], { attributes, ...(output && { outputs: [output] }) })[0];
  }

  /** Cosines and sines of positions, and both masks, which all layers share. */
  tracePositions(ids: string): void {
    const length = this.op('Gather', [this.op('Shape', [ids]), this.integer(1)]);
    const range = this.op('Range', [this.integer(0), length, this.integer(1)]);
    const row = this.op('Cast', [this.op('Unsqueeze', [range, this.integers(0, 1)])], { to: int(1) });
    const frequencies = Float32Array.from({ length: this.size / 2 }, (_, i) => 10_000 ** ((-2 * i) / this.size));
    const inverse = this.graph.constant('rotary_emb.inv_freq', 'float32', [1, this.size / 2, 1], frequencies);
    const half = this.op('Transpose', [this.op('MatMul', [inverse, row])], { perm: ints([0, 2, 1]) });
    const angles = this.op('Concat', [half, half], { axis: int(-1) });
    this.cos = this.op('Unsqueeze', [this.op('Cos', [angles]), this.integers(1)]);
    this.sin = this.op('Unsqueeze', [this.op('Sin', [angles]), this.integers(1)]);

    const padding = this.op('Cast', [this.op('Unsqueeze', ['attention_mask', this.integers(1, 2)])], { to: int(9) });
    const distance = this.op('Abs', [
      this.op('Sub', [
        this.op('Unsqueeze', [range, this.integers(0)]),
        this.op('Unsqueeze', [range, this.integers(1)]),
      ]),
    ]);
    const isNear = this.op('LessOrEqual', [distance, this.integer(1)]);
    const added = (seen: string): string => this.op('Where', [seen, this.float(0), this.float(-3.4028234663852886e38)]);
    this.masks = { all: added(padding), near: added(this.op('And', [padding, isNear])) };
  }

  attend(name: string, x: string, near: boolean): string {
    const { hidden, heads } = this.options;
    const shape = this.op('Shape', [x]);
    const dimension = (axis: number): string => this.op('Gather', [shape, this.integers(axis)]);
    const [batch, tokens] = [dimension(0), dimension(1)];
    const projected = this.op('MatMul', [x, this.weight(`${name}.Wqkv.weight`, [hidden, 3 * hidden])]);
    const sizes = this.op('Concat', [batch, tokens, this.integers(3, heads, this.size)], { axis: int(0) });
    const parts = this.op('Transpose', [this.op('Reshape', [projected, sizes])], { perm: ints([0, 3, 2, 1, 4]) });
    const [query, key, value] = near ? this.splitOff(parts) : [0, 1, 2].map((i) => this.taken(parts, i));
    const root = this.float(this.size ** -0.25);
    const keys = this.op('Transpose', [this.rotated(key)], { perm: ints([0, 1, 3, 2]) });
    const scores = this.op('MatMul', [this.op('Mul', [this.rotated(query), root]), this.op('Mul', [keys, root])]);
    const weights = this.op('Softmax', [this.op('Add', [scores, near ? this.masks.near : this.masks.all])], {
      axis: int(-1),
    });
    // A row without anything to look at is not a number in PyTorch, which sets it to zero.
    const safe = this.op('Where', [this.op('IsNaN', [weights]), this.float(0), weights]);
    const context = this.op('Transpose', [this.op('MatMul', [safe, value])], { perm: ints([0, 2, 1, 3]) });
    const whole = this.op('Concat', [batch, tokens, this.integers(hidden)], { axis: int(0) });
    return this.op('MatMul', [
      this.op('Reshape', [context, whole]),
      this.weight(`${name}.Wo.weight`, [hidden, hidden]),
    ]);
  }

  feedForward(name: string, x: string): string {
    const { hidden, intermediate } = this.options;
    const both = this.op('MatMul', [x, this.weight(`${name}.Wi.weight`, [hidden, 2 * intermediate])]);
    const sizes = this.integers(intermediate, intermediate);
    const outputs = [`${name}/input`, `${name}/gate`];
    const [input, gate] = this.graph.node('Split', [both, sizes], { attributes: { axis: int(-1) }, outputs });
    const erf = this.op('Erf', [this.op('Div', [input, this.float(Math.SQRT2)])]);
    const gelu = this.op('Mul', [this.op('Mul', [input, this.op('Add', [erf, this.float(1)])]), this.float(0.5)]);
    return this.op('MatMul', [this.op('Mul', [gelu, gate]), this.weight(`${name}.Wo.weight`, [intermediate, hidden])]);
  }

  private taken = (parts: string, i: number): string => this.op('Gather', [parts, this.integer(i)], { axis: int(2) });

  private splitOff(parts: string): string[] {
    const outputs = ['q', 'k', 'v'].map((part) => `${parts}/${part}`);
    const split = this.graph.node('Split', [parts, this.integers(1, 1, 1)], { attributes: { axis: int(2) }, outputs });
    return split.map((part) => this.op('Squeeze', [part, this.integers(2)]));
  }

  /** x cos + (-second half, first half) sin. */
  private rotated(x: string): string {
    const half = this.size / 2;
    const part = (from: number, to: number): string =>
      this.op('Slice', [x, this.integers(from), this.integers(to), this.integers(3), this.integers(1)]);
    const turned = this.op('Concat', [this.op('Neg', [part(half, Number.MAX_SAFE_INTEGER)]), part(0, half)], {
      axis: int(-1),
    });
    return this.op('Add', [this.op('Mul', [x, this.cos]), this.op('Mul', [turned, this.sin])]);
  }

  private name = (): string => `constant_${this.constants++}`;
  private float(value: number): string {
    return this.graph.constant(this.name(), 'float32', [], Float32Array.of(value));
  }
  private integer(value: number): string {
    return this.graph.constant(this.name(), 'int64', [], BigInt64Array.of(BigInt(value)));
  }
  private integers(...values: number[]): string {
    return this.graph.constant(this.name(), 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }
}

/** @jest-environment ./test/environments/onnx.js */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { farthest } from '../../../test/support/random-encoder/run-golden.js';
import { fuseAttention } from './fuse-attention.js';
import { GraphBuilder, int, ints, type AttributeValue } from './graph-builder.js';
import { removeUnused } from './graph-index.js';
import { elementTypes, encodeModel, type ModelProto } from './model.js';
import { prepareEncoder } from './prepare-encoder.js';

const [heads, size, hidden, vocab, longest] = [2, 4, 8, 11, 16];

/** Writes a graph as exporters do; values are passed on by their names. */
class Writer {
  readonly builder = new GraphBuilder('attention', 17);
  private readonly constants = new Map<string, string>();
  private seed = 1;

  op(opType: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.builder.node(opType, inputs, { attributes })[0];
  }

  number(value: number): string {
    return this.known(`number ${value}`, (name) => this.builder.constant(name, 'float32', [], Float32Array.of(value)));
  }

  integers(...values: number[]): string {
    return this.known(`integers ${values.join()}`, (name) =>
      this.builder.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt)),
    );
  }

  /** Weights `[...dims]` without a pattern. */
  weights(...dims: number[]): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: count }, () => Math.sin(this.seed++ * 7.3));
    return this.builder.constant(`weights_${this.seed}`, 'float32', dims, values);
  }

  linear(x: string): string {
    return this.op('Add', [this.op('MatMul', [x, this.weights(hidden, hidden)]), this.weights(hidden)]);
  }

  transpose(x: string, ...perm: number[]): string {
    return this.op('Transpose', [x], { perm: ints(perm) });
  }

  split(x: string): string {
    return this.op('Reshape', [x, this.integers(0, 0, heads, size)]);
  }

  /** 1 and 0 as a float `[texts, 1, 1, tokens]`. */
  seen(): string {
    const rows = this.op('Unsqueeze', ['attention_mask', this.integers(1, 2)]);
    return this.op('Cast', [rows], { to: int(elementTypes.float32) });
  }

  private known(key: string, make: (name: string) => string): string {
    const name = this.constants.get(key) ?? make(key);
    this.constants.set(key, name);
    return name;
  }
}

/** The parts of attention that exporters write in different ways. */
interface Parts {
  /** `[texts, tokens, hidden]` of x. */
  readonly queries?: (w: Writer, x: string) => string;
  /** `[texts, heads, size, tokens]` of `[texts, tokens, hidden]`. */
  readonly keys?: (w: Writer, keys: string) => string;
  /** `[texts, heads, tokens, size]` of `[texts, tokens, hidden]`. */
  readonly values?: (w: Writer, values: string) => string;
  readonly scale?: (w: Writer, scores: string) => string;
  readonly mask?: (w: Writer, scores: string) => string;
  readonly weights?: (w: Writer, weights: string) => string;
  readonly axis?: number;
  /** `[texts, tokens, hidden]` of `[texts, heads, tokens, size]`. */
  readonly join?: (w: Writer, context: string) => string;
  /** Whether runs give the attention weights back, too. */
  readonly outputWeights?: boolean;
}

const addedMask = (w: Writer, scores: string) =>
  w.op('Add', [scores, w.op('Mul', [w.op('Sub', [w.number(1), w.seen()]), w.number(-10_000)])]);

/** y = attention(embeddings of input_ids), `[texts, tokens, hidden]`. */
function modelOf(parts: Parts = {}): ModelProto {
  const w = new Writer();
  const { builder } = w;
  const ids = builder.input('input_ids', 'int64', ['texts', 'tokens']);
  builder.input('attention_mask', 'int64', ['texts', 'tokens']);
  const x = w.op('Gather', [w.weights(vocab, hidden), ids]);
  const queries = w.transpose(w.split((parts.queries ?? ((_, of) => w.linear(of)))(w, x)), 0, 2, 1, 3);
  const keys = (parts.keys ?? ((_, of) => w.transpose(w.split(of), 0, 2, 3, 1)))(w, w.linear(x));
  const values = (parts.values ?? ((_, of) => w.transpose(w.split(of), 0, 2, 1, 3)))(w, w.linear(x));
  const product = w.op('MatMul', [queries, keys]);
  const scores = (parts.scale ?? ((_, of) => w.op('Div', [of, w.number(Math.sqrt(size))])))(w, product);
  const masked = (parts.mask ?? addedMask)(w, scores);
  const softmax = w.op('Softmax', [masked], { axis: int(parts.axis ?? -1) });
  const weights = (parts.weights ?? ((_, of) => of))(w, softmax);
  const context = w.op('MatMul', [weights, values]);
  const join = (of: string) => w.op('Reshape', [w.transpose(of, 0, 2, 1, 3), w.integers(0, 0, hidden)]);
  const joined = (parts.join ?? ((_, of) => join(of)))(w, context);
  builder.node('MatMul', [joined, w.weights(hidden, hidden)], { outputs: ['y'] });
  builder.output('y', 'float32', ['texts', 'tokens', hidden]);
  if (parts.outputWeights) builder.output(softmax, 'float32', ['texts', heads, 'tokens', 'tokens']);
  return builder.model();
}

/** Lengths of texts; the longest has no padding. */
const batches = [[3], [5, 2, 1], [7, 7], [4, 9, 1, 2]];

async function run(model: ModelProto): Promise<Float32Array[]> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results: Float32Array[] = [];
  for (const lengths of batches) {
    const dims = [lengths.length, Math.max(...lengths)];
    const [ids, mask] = [new BigInt64Array(dims[0] * dims[1]), new BigInt64Array(dims[0] * dims[1])];
    lengths.forEach((length, row) => {
      mask.fill(1n, row * dims[1], row * dims[1] + length);
      for (let i = 0; i < length; i++) ids[row * dims[1] + i] = BigInt(1 + ((row * 5 + i * 3) % (vocab - 1)));
    });
    const feeds: Record<string, Tensor> = {
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', mask, dims),
    };
    const { y } = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])), ['y']);
    results.push(Float32Array.from(y.data as Float32Array));
  }
  await session.release();
  return results;
}

const operators = (model: ModelProto) => model.graph!.node.map(({ opType }) => opType);

describe('attention spelt out becomes one operator, with the same values', () => {
  const minusInfinity = (w: Writer) => {
    const isSeen = w.op('Cast', [w.op('Unsqueeze', ['attention_mask', w.integers(1, 2)])], {
      to: int(elementTypes.bool),
    });
    return w.op('Where', [isSeen, w.number(0), w.number(-Infinity)]);
  };
  const forms: Record<string, Parts> = {
    'as BERT is exported': {},
    'with keys transposed twice': {
      keys: (w, keys) => w.transpose(w.transpose(w.split(keys), 0, 2, 1, 3), 0, 1, 3, 2),
    },
    'with keys transposed in three dimensions, as torch.export writes sdpa': {
      keys: (w, keys) => {
        const split = w.transpose(w.split(keys), 0, 2, 1, 3);
        const shape = w.op('Shape', [split]);
        const part = (from: number, to: number) => w.op('Slice', [shape, w.integers(from), w.integers(to)]);
        const flat = w.op('Concat', [w.integers(-1), part(-2, -1), part(-1, 2 ** 53)], { axis: int(0) });
        const turned = w.transpose(w.op('Reshape', [split, flat]), 0, 2, 1);
        const back = w.op('Concat', [part(0, -2), part(-1, 2 ** 53), part(-2, -1)], { axis: int(0) });
        return w.op('Reshape', [turned, back]);
      },
    },
    'with scaled queries': {
      queries: (w, x) => w.op('Div', [w.linear(x), w.number(Math.sqrt(size))]),
      scale: (_, scores) => scores,
    },
    'with a scale of its own': { scale: (w, scores) => w.op('Mul', [w.number(0.3), scores]) },
    'with no scale at all': { scale: (_, scores) => scores },
    'scaled behind the mask': {
      scale: (_, scores) => scores,
      mask: (w, scores) => w.op('Mul', [addedMask(w, scores), w.number(0.5)]),
    },
    'with minus infinity added': { mask: (w, scores) => w.op('Add', [scores, minusInfinity(w)]) },
    'with NaN turned to 0, as newer sdpa is': {
      mask: (w, scores) => w.op('Add', [minusInfinity(w), scores]),
      weights: (w, weights) => w.op('Where', [w.op('IsNaN', [weights]), w.number(0), weights]),
    },
    'with scores replaced': {
      mask: (w, scores) => {
        const isPadded = w.op('Equal', [w.seen(), w.number(0)]);
        return w.op('Where', [isPadded, w.number(-1e30), scores]);
      },
    },
    'with scores kept': {
      mask: (w, scores) => {
        const isSeen = w.op('Not', [w.op('Equal', [w.seen(), w.number(0)])]);
        return w.op('Where', [isSeen, scores, w.number(-1e30)]);
      },
    },
    'with a mask of all scores': {
      mask: (w, scores) => {
        const padded = w.op('Mul', [w.op('Sub', [w.number(1), w.seen()]), w.number(-1e9)]);
        return w.op('Add', [scores, w.op('Expand', [padded, w.op('Shape', [scores])])]);
      },
    },
    'without a mask': { mask: (_, scores) => scores },
    'over the last of four axes': { axis: 3 },
    'joined by its own shape': {
      join: (w, context) => {
        const moved = w.transpose(context, 0, 2, 1, 3);
        const shape = w.op('Slice', [w.op('Shape', [moved]), w.integers(0), w.integers(2)]);
        return w.op('Reshape', [moved, w.op('Concat', [shape, w.integers(-1)], { axis: int(0) })]);
      },
    },
  };

  it.each(Object.entries(forms))('%s', async (_name, parts) => {
    const expected = await run(modelOf(parts));
    const model = modelOf(parts);
    expect(fuseAttention(model)).toBe(1);
    removeUnused(model.graph!);
    expect(operators(model)).toContain('MultiHeadAttention');
    expect(operators(model)).not.toContain('Softmax');
    expect(operators(model)).not.toContain('Transpose');
    (await run(model)).forEach((actual, i) => expect(farthest(actual, expected[i])).toBeLessThan(1e-5));
  });
});

describe('what only looks like attention under a padding mask is left alone', () => {
  const causal = (w: Writer, tokens: string) => {
    const range = w.op('Range', [
      w.builder.constant('zero', 'int64', [], BigInt64Array.of(0n)),
      w.op('Squeeze', [tokens]),
      w.builder.constant('one', 'int64', [], BigInt64Array.of(1n)),
    ]);
    const [rows, columns] = [0, 1].map((axis) => w.op('Unsqueeze', [range, w.integers(axis)]));
    return w.op('Where', [w.op('Less', [rows, columns]), w.number(-1e9), w.number(0)]);
  };
  const tokenCount = (w: Writer) => w.op('Slice', [w.op('Shape', ['input_ids']), w.integers(1), w.integers(2)]);
  const forms: Record<string, Parts> = {
    'a causal mask': { mask: (w, scores) => w.op('Add', [scores, causal(w, tokenCount(w))]) },
    'a window kept as a constant': {
      mask: (w, scores) => {
        const near = Float32Array.from({ length: longest * longest }, (_, i) =>
          Math.abs((i % longest) - Math.floor(i / longest)) < 6 ? 0 : -1e9,
        );
        const window = w.builder.constant('window', 'float32', [longest, longest], near);
        const cut = (of: string, axis: number) => w.op('Slice', [of, w.integers(0), tokenCount(w), w.integers(axis)]);
        return w.op('Add', [addedMask(w, scores), cut(cut(window, 0), 1)]);
      },
    },
    'a bias for each head': {
      mask: (w, scores) => w.op('Add', [addedMask(w, scores), w.weights(heads, 1, 1)]),
    },
    'a mask that depends on the tokens': {
      mask: (w, scores) => {
        const unknown = w.op('Equal', ['input_ids', w.integers(0)]);
        const rows = w.op('Unsqueeze', [w.op('Cast', [unknown], { to: int(elementTypes.float32) }), w.integers(1, 2)]);
        return w.op('Add', [scores, w.op('Mul', [rows, w.number(-1e9)])]);
      },
    },
    'a mask upside down': {
      mask: (w, scores) => w.op('Add', [scores, w.op('Mul', [w.seen(), w.number(-10_000)])]),
    },
    'a mask of queries': {
      mask: (w, scores) => {
        const columns = w.op('Cast', [w.op('Unsqueeze', ['attention_mask', w.integers(1, 3)])], {
          to: int(elementTypes.float32),
        });
        return w.op('Add', [scores, w.op('Mul', [w.op('Sub', [w.number(1), columns]), w.number(-10_000)])]);
      },
    },
    'a number in the place of a score that hides none': {
      mask: (w, scores) => w.op('Where', [w.op('Equal', [w.seen(), w.number(0)]), w.number(-1), scores]),
    },
    'a mask that depends on the number of tokens': {
      mask: (w, scores) => {
        const count = w.op('Cast', [tokenCount(w)], { to: int(elementTypes.float32) });
        const padded = w.op('Sub', [w.number(1), w.seen()]);
        return w.op('Add', [scores, w.op('Mul', [padded, w.op('Mul', [count, w.number(-1000)])])]);
      },
    },
    'weights over queries': { axis: 2 },
    'weights that runs give back': { outputWeights: true },
    'weights that are scaled': { weights: (w, weights) => w.op('Mul', [weights, w.number(0.5)]) },
    'values that are scaled': {
      values: (w, values) => w.op('Mul', [w.transpose(w.split(values), 0, 2, 1, 3), w.number(2)]),
    },
    'values of mixed heads': {
      values: (w, values) => w.transpose(w.op('Reshape', [values, w.integers(0, 0, size, heads)]), 0, 3, 1, 2),
    },
    'a result of mixed heads': {
      join: (w, context) => w.op('Reshape', [w.transpose(context, 0, 2, 3, 1), w.integers(0, 0, hidden)]),
    },
    'a result of mixed tokens': {
      join: (w, context) => {
        const shape = w.op('Concat', [w.op('Shape', ['input_ids']), w.integers(hidden)], { axis: int(0) });
        return w.op('Reshape', [context, shape]);
      },
    },
  };

  it.each(Object.entries(forms))('%s', async (_name, parts) => {
    const model = modelOf(parts);
    const before = encodeModel(model);
    expect(fuseAttention(model)).toBe(0);
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
    expect(await run(model)).toHaveLength(batches.length);
  });

  it('a mask that is no integer', () => {
    const model = modelOf();
    model.graph!.input[1].type!.tensorType!.elemType = elementTypes.float32;
    expect(fuseAttention(model)).toBe(0);
  });

  it('float16', () => {
    const model = modelOf();
    for (const tensor of model.graph!.initializer)
      if (tensor.dataType === elementTypes.float32 && tensor.dims.length > 0) tensor.dataType = elementTypes.float16;
    expect(fuseAttention(model)).toBe(0);
  });

  it('attention, if the caller wants it left', () => {
    const model = modelOf();
    prepareEncoder(model, { layers: 1, hidden, attention: false });
    expect(operators(model)).toContain('Softmax');
  });
});

/** @jest-environment ./test/environments/onnx.js */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { randomEncoderModel, type RandomEncoderOptions } from '../../../test/support/random-encoder.js';
import { hoistConstants } from './constants.js';
import { fuseGelus } from './fuse-gelu.js';
import { fuseLayerNorms } from './fuse-layer-norm.js';
import { GraphBuilder, int, ints } from './graph-builder.js';
import { exposeHiddenStates, hiddenStateName } from './hidden-states.js';
import { decodeModel, elementTypes, encodeModel, type ModelProto } from './model.js';
import { quantizeDynamic, type QuantizeOptions } from './quantize.js';
import { tensorValues } from './tensor.js';

/** Without VNNI, x64 processors add pairs of 8-bit products in 16 bits: results of full 8-bit weights may be wrong. */
const exactInt8 =
  process.arch !== 'x64' ||
  (existsSync('/proc/cpuinfo') && /avx512_vnni|avx_vnni/.test(readFileSync('/proc/cpuinfo', 'utf8')));

/** y = x · weights [rows, columns]. */
function productModel(weights: Float32Array<ArrayBuffer>, rows: number, columns: number): ModelProto {
  const builder = new GraphBuilder('product');
  const x = builder.input('x', 'float32', ['n', rows]);
  const w = builder.constant('weights', 'float32', [rows, columns], weights);
  builder.node('MatMul', [x, w], { outputs: ['y'] });
  builder.output('y', 'float32', ['n', columns]);
  return builder.model();
}

async function run(model: ModelProto, feeds: Record<string, Tensor>, output: string): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const given = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
  const { [output]: tensor } = await session.run(given, [output]);
  await session.release();
  return Float32Array.from(tensor.data as Float32Array);
}

const constants = (model: ModelProto) => new Map(model.graph!.initializer.map((tensor) => [tensor.name, tensor]));
const operators = (model: ModelProto) => model.graph!.node.map(({ opType }) => opType);

/** A matrix whose columns have very different sizes, zeros and subnormal numbers among them. */
const anyMatrix = fc
  .record({ rows: fc.integer({ min: 1, max: 24 }), columns: fc.integer({ min: 1, max: 12 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      values: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
      sizes: fc.array(fc.constantFrom(1, 1e-3, 1e-38, 1e-42, 0), { minLength: columns, maxLength: columns }),
    }),
  )
  .map(({ rows, columns, values, sizes }) => ({
    rows,
    columns,
    values: Float32Array.from(values, (value, i) =>
      sizes[i % columns] === 1 ? value : Math.tanh(value) * sizes[i % columns],
    ),
  }));

describe('int8 weights', () => {
  it.each([false, true])('are within half a step of the weights, column by column (7 bits: %s)', (reduceRange) => {
    const limit = reduceRange ? 63 : 127;
    fc.assert(
      fc.property(anyMatrix, ({ rows, columns, values }) => {
        const model = productModel(values, rows, columns);
        expect(quantizeDynamic(model, { minWeights: 0, reduceRange })).toEqual({ products: 1, embeddings: 0 });
        const stored = constants(model);
        const integers = tensorValues(stored.get('weights_quantized')!) as Int8Array;
        const scales = tensorValues(stored.get('weights_scale')!) as Float32Array;
        // In units of half a step.
        const errors = Array.from(integers, (integer, i) => {
          const scale = scales[i % columns];
          return Math.abs(integer * scale - values[i]) / (0.5 * scale);
        });
        expect(Math.max(...errors)).toBeLessThanOrEqual(1 + 1e-4);
        expect(Math.max(...integers.map(Math.abs))).toBeLessThanOrEqual(limit);
      }),
      { seed: 41, numRuns: 200 },
    );
  });

  it('use their whole range: a column of one size has no error', () => {
    const model = productModel(Float32Array.of(0.5, -3, 0.5, 3), 2, 2);
    quantizeDynamic(model, { minWeights: 0 });
    expect(tensorValues(constants(model).get('weights_quantized')!)).toEqual(Int8Array.of(127, -127, 127, 127));
  });

  const within = async (reduceRange: boolean, numRuns: number) => {
    const anyProduct = fc.tuple(anyMatrix, fc.integer({ min: 1, max: 5 })).chain(([matrix, n]) =>
      fc.record({
        matrix: fc.constant({ ...matrix, values: matrix.values.map((value) => Math.max(-1e6, Math.min(1e6, value))) }),
        n: fc.constant(n),
        x: fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), {
          minLength: n * matrix.rows,
          maxLength: n * matrix.rows,
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyProduct, async ({ matrix: { rows, columns, values }, n, x }) => {
        const model = productModel(values, rows, columns);
        quantizeDynamic(model, { minWeights: 0, reduceRange });
        const scales = tensorValues(constants(model).get('weights_scale')!) as Float32Array;
        const y = await run(model, { x: new Tensor('float32', Float32Array.from(x), [n, rows]) }, 'y');
        const step = (Math.max(0, ...x) - Math.min(0, ...x)) / 255;
        for (let i = 0; i < n; i++)
          for (let j = 0; j < columns; j++) {
            let exact = 0;
            let bound = 0;
            for (let k = 0; k < rows; k++) {
              const [a, w] = [x[i * rows + k], values[k * columns + j]];
              exact += a * w;
              // Half a step of the weight times the activation, half a step of the activation times the weight, both.
              bound += (Math.abs(a) * scales[j] + Math.abs(w) * step + (step * scales[j]) / 2) / 2;
            }
            expect(Math.abs(y[i * columns + j] - exact)).toBeLessThanOrEqual(bound * (1 + 1e-3) + 1e-37);
          }
      }),
      { seed: 42, numRuns },
    );
  };

  it('give products within the bound of the scales of a float64 reference (7 bits, any processor)', () =>
    within(true, 60));
  (exactInt8 ? it : it.skip)('and so do 8 bits, on processors that add exactly', () => within(false, 60));
});

describe('quantizeDynamic', () => {
  const weights = (size: number, seed = 1) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + seed));

  it('quantises what several products read once, and weights that several products share once', () => {
    const builder = new GraphBuilder('shared');
    const x = builder.input('x', 'float32', ['n', 8]);
    const w = builder.constant('w', 'float32', [8, 8], weights(64));
    const v = builder.constant('v', 'float32', [8, 8], weights(64, 2));
    const [a] = builder.node('MatMul', [x, w]);
    const [b] = builder.node('MatMul', [x, v]);
    const [c] = builder.node('Tanh', [a]);
    const [d] = builder.node('MatMul', [c, w]);
    builder.node('Sum', [b, d], { outputs: ['y'] });
    builder.output('y', 'float32', ['n', 8]);
    const model = builder.model();
    expect(quantizeDynamic(model, { minWeights: 0 }).products).toBe(3);
    expect(operators(model).filter((type) => type === 'DynamicQuantizeLinear')).toHaveLength(2);
    expect([...constants(model).keys()].sort()).toEqual(
      ['v_quantized', 'v_scale', 'v_zero_point', 'w_quantized', 'w_scale', 'w_zero_point'].sort(),
    );
  });

  it('gives every new value a name of its own: products of products, looked up rows that are multiplied', async () => {
    const builder = new GraphBuilder('chain');
    const ids = builder.input('ids', 'int64', ['n']);
    const table = builder.constant('table', 'float32', [2048, 8], weights(2048 * 8));
    const [rows] = builder.node('Gather', [table, ids], { attributes: { axis: int(0) } });
    const [first] = builder.node('MatMul', [rows, builder.constant('w', 'float32', [8, 8], weights(64))]);
    // A name that a new value would like to have.
    const [taken] = builder.node('Tanh', [rows], { outputs: ['w_scale'] });
    const [second] = builder.node('MatMul', [first, builder.constant('v', 'float32', [8, 8], weights(64, 2))]);
    builder.node('Add', [second, taken], { outputs: ['y'] });
    builder.output('y', 'float32', ['n', 8]);
    const float32 = builder.model();
    const model = decodeModel(encodeModel(float32));
    expect(quantizeDynamic(model, { minWeights: 0, reduceRange: true })).toEqual({ products: 2, embeddings: 1 });
    const feeds = { ids: new Tensor('int64', BigInt64Array.of(0n, 2047n, 5n), [3]) };
    const [expected, found] = [await run(float32, feeds, 'y'), await run(model, feeds, 'y')];
    expect(cosine(expected, found)).toBeGreaterThan(0.999);
  });

  it('keeps rows of a table within half a step of their own scale', async () => {
    const builder = new GraphBuilder('table');
    const ids = builder.input('ids', 'int64', ['n']);
    const values = weights(3000 * 16).map((value, i) => value * 10 ** ((Math.floor(i / 16) % 7) - 3));
    builder.node('Gather', [builder.constant('table', 'float32', [3000, 16], values), ids], { outputs: ['y'] });
    builder.output('y', 'float32', ['n', 16]);
    const model = builder.model();
    expect(quantizeDynamic(model)).toEqual({ products: 0, embeddings: 1 });
    const all = BigInt64Array.from({ length: 3000 }, (_, i) => BigInt(i));
    const found = await run(model, { ids: new Tensor('int64', all, [3000]) }, 'y');
    // In units of half a step.
    const errors = found.map((value, i) => {
      const row = values.subarray(i - (i % 16), i - (i % 16) + 16);
      return Math.abs(value - values[i]) / (Math.max(...row.map(Math.abs)) / 254);
    });
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1 + 1e-4);
  });

  it('finds weights that an exporter left to be transposed', async () => {
    const builder = new GraphBuilder('transposed');
    const x = builder.input('x', 'float32', ['n', 6]);
    const w = builder.constant('w', 'float32', [4, 6], weights(24));
    const [t] = builder.node('Transpose', [w], { attributes: { perm: ints([1, 0]) } });
    builder.node('MatMul', [x, t], { outputs: ['y'] });
    builder.output('y', 'float32', ['n', 4]);
    const float32 = builder.model();
    const model = decodeModel(encodeModel(float32));
    expect(quantizeDynamic(model, { minWeights: 0, reduceRange: true }).products).toBe(1);
    expect(operators(model)).not.toContain('Transpose');
    expect(constants(model).has('w')).toBe(false);
    const feeds = { x: new Tensor('float32', weights(12, 5), [2, 6]) };
    expect(cosine(await run(float32, feeds, 'y'), await run(model, feeds, 'y'))).toBeGreaterThan(0.999);
  });

  it('demands nothing new of who runs it: weights that were listed as inputs are gone from there', async () => {
    const model = productModel(weights(64), 8, 8);
    const dim = [{ dimValue: 8 }, { dimValue: 8 }];
    const type = { tensorType: { elemType: elementTypes.float32, shape: { dim } } };
    model.graph!.input.push({ name: 'weights', type, metadataProps: [] });
    quantizeDynamic(model, { minWeights: 0 });
    expect(model.graph!.input.map(({ name }) => name)).toEqual(['x']);
    await run(model, { x: new Tensor('float32', weights(8), [1, 8]) }, 'y');
  });

  it('leaves what it cannot make smaller: small weights, computed ones, columns looked up, tables of few rows', () => {
    const builder = new GraphBuilder('others');
    const x = builder.input('x', 'float32', [64, 64]);
    const ids = builder.input('ids', 'int64', ['n']);
    const table = (name: string, rows: number) => builder.constant(name, 'float32', [rows, 8], weights(rows * 8));
    const outputs = [
      builder.node('MatMul', [x, builder.constant('small', 'float32', [64, 2], weights(128))]),
      builder.node('MatMul', [x, x]),
      builder.node('Gather', [table('columns', 4096), ids], { attributes: { axis: int(1) } }),
      builder.node('Gather', [table('positions', 512), ids]),
    ];
    for (const [output] of outputs) builder.output(output, 'float32', ['a', 'b']);
    const model = builder.model();
    const before = encodeModel(model);
    expect(quantizeDynamic(model)).toEqual({ products: 0, embeddings: 0 });
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });

  it('refuses operator sets without the operators it writes', () => {
    const model = productModel(weights(64), 8, 8);
    model.opsetImport[0].version = 10;
    expect(() => quantizeDynamic(model, { minWeights: 0 })).toThrow('version 10');
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb);
}

describe('encoders as exporters write them, in int8', () => {
  const lengths = [9, 4, 12];
  const batch = (vocab: number, padId: number): Record<string, Tensor> => {
    const [rows, seq] = [lengths.length, Math.max(...lengths)];
    const at = (value: (row: number, i: number) => number) =>
      new Tensor(
        'int64',
        BigInt64Array.from({ length: rows * seq }, (_, i) => BigInt(value(Math.floor(i / seq), i % seq))),
        [rows, seq],
      );
    return {
      input_ids: at((row, i) => (i < lengths[row] ? 5 + ((row * 131 + i * 37) % (vocab - 5)) : padId)),
      attention_mask: at((row, i) => (i < lengths[row] ? 1 : 0)),
      token_type_ids: at(() => 0),
    };
  };
  const shape = { layers: 3, hidden: 64, heads: 4, intermediate: 256, vocab: 2100, maxPosition: 32, weightScale: 0.1 };

  const cases: { name: string; style: RandomEncoderOptions; options?: QuantizeOptions }[] = [
    { name: 'BERT, all spelt out', style: { layerNorm: 'decomposed', gelu: 'erf-decomposed' } },
    {
      name: 'BERT, numbered names, constants shared, sdpa',
      style: { names: 'numbered', constants: 'initializers', attention: 'sdpa' },
    },
    { name: 'BERT, Gelu and LayerNormalization as operators', style: { gelu: 'op', layerNorm: 'fused' } },
    { name: 'DistilBERT', style: { family: 'distilbert', gelu: 'erf-half-first', reshape: 'static' } },
    { name: 'RoBERTa, tanh', style: { family: 'roberta', gelu: 'tanh-decomposed', layerNorm: 'decomposed' } },
    { name: 'BERT, 7 bits', style: { layerNorm: 'decomposed' }, options: { reduceRange: true } },
  ];

  it.each(cases)('$name', async ({ style, options }) => {
    const bytes = randomEncoderModel({ ...shape, ...style });
    const model = decodeModel(bytes);
    hoistConstants(model.graph!);
    fuseLayerNorms(model);
    fuseGelus(model);
    // Six products a layer: queries, keys, values, the output of attention, two of the feed-forward part.
    expect(quantizeDynamic(model, options)).toEqual({ products: 18, embeddings: 1 });
    expect(encodeModel(model).byteLength).toBeLessThan(bytes.byteLength / 3);

    // Whatever the exporter called it, the last hidden state keeps its name.
    const feeds = batch(shape.vocab, style.family === 'roberta' ? 1 : 0);
    const expected = await run(decodeModel(bytes), feeds, 'last_hidden_state');
    const found = await run(model, feeds, 'last_hidden_state');
    const seq = Math.max(...lengths);
    lengths.forEach((length, row) => {
      const tokens = (states: Float32Array) => states.subarray(row * seq * 64, (row * seq + length) * 64);
      expect(cosine(tokens(expected), tokens(found))).toBeGreaterThan(0.99);
      // Not the same file again.
      expect(tokens(found)).not.toEqual(tokens(expected));
    });

    // Those who want every layer find them in an int8 graph too.
    expect(exposeHiddenStates(model, 3, 64)).toBe(true);
    const middle = await run(model, feeds, hiddenStateName(1, 3));
    expect(middle).toHaveLength(lengths.length * seq * 64);
  });
});

/** @jest-environment ./test/environments/onnx.js */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession } from 'onnxruntime-node';
import {
  activationOf,
  choices,
  randomEncoderModel,
  shapes,
  type RandomEncoderOptions,
} from '../../../test/support/random-encoder.js';
import { goldenEncoders, goldenTolerance, type GoldenEncoder } from '../../../test/support/random-encoder/golden.js';
import { farthest, runGolden } from '../../../test/support/random-encoder/run-golden.js';
import { repository } from '../../../test/support/repository.js';
import { hiddenStateName } from './hidden-states.js';
import { decodeModel, encodeModel, type ModelProto } from './model.js';
import { prepareEncoder, type PreparedEncoder } from './prepare-encoder.js';
import { quantizeDynamic } from './quantize.js';
import { OnnxFormatError } from './wire.js';

const cases = goldenEncoders();
const erfCases = cases.filter(({ activation }) => activation === 'erf');
const folder = mkdtempSync(join(tmpdir(), 'cairn-prepare-encoder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizesOf = ({ options: { layers, hidden } }: GoldenEncoder) => ({ layers, hidden });

function prepared(golden: GoldenEncoder, style: RandomEncoderOptions): { model: ModelProto; result: PreparedEncoder } {
  const model = decodeModel(randomEncoderModel({ ...golden.options, ...style }));
  return { model, result: prepareEncoder(model, sizesOf(golden)) };
}

async function expectGoldenStates(model: ModelProto, golden: GoldenEncoder, optimize = true): Promise<void> {
  const outputs = await runGolden(encodeModel(model), golden, {
    graphOptimizationLevel: optimize ? 'all' : 'disabled',
  });
  const { layers } = golden.options;
  golden.hiddenStates.forEach((state, layer) => {
    expect(farthest(outputs[hiddenStateName(layer, layers)], state)).toBeLessThan(goldenTolerance);
  });
  if ('logits' in outputs) expect(farthest(outputs.logits, golden.logits)).toBeLessThan(goldenTolerance);
}

const operators = (model: ModelProto): Set<string> => new Set(model.graph?.node.map(({ opType }) => opType ?? ''));

const styles = choices.layerNorm.flatMap((layerNorm) =>
  choices.reshape.flatMap((reshape) => choices.attention.map((attention) => ({ layerNorm, reshape, attention }))),
);

describe.each(cases)('a $options.family with $activation, prepared', (golden) => {
  const gelus = choices.gelu.filter((gelu) => activationOf(gelu) === golden.activation);
  const combinations = gelus.flatMap((gelu) => styles.map((style) => ({ gelu, ...style })));
  // What else a style can be takes turns: each with each would be thousands.
  const turns = combinations.map((style, i) => {
    const turn = <T>(values: readonly T[], by: number) => values[(i >> by) % values.length];
    return {
      ...style,
      constants: turn(choices.constants, 0),
      names: turn(choices.names, 1),
      task: turn(choices.task, 2),
    };
  });

  it.each(turns)(
    'gives every golden hidden state: $gelu, $layerNorm, $reshape, $attention, $constants, $names, $task',
    async (style) => {
      const other = {
        constants: choices.constants.find((constants) => constants !== style.constants),
        names: choices.names.find((names) => names !== style.names),
      };
      for (const varied of [style, { ...style, ...other }]) {
        const { model, result } = prepared(golden, varied);
        expect(result.hiddenStates).toBe(true);
        expect(result.fused).toEqual({
          layerNorms: style.layerNorm === 'fused' ? 0 : 5,
          gelus: style.gelu.startsWith('op') ? 0 : 2,
          attentions: 2,
        });
        await expectGoldenStates(model, golden);
      }
    },
  );
});

describe.each(erfCases)('a $options.family, prepared', (golden) => {
  it.each([11, 12, 13, 14, 17, 18, 20])(
    'is the same in opset %i, with and without ONNX Runtime rewriting it',
    async (opset) => {
      for (const attention of choices.attention) {
        const { model, result } = prepared(golden, { opset, attention, layerNorm: 'decomposed' });
        expect(result.description).toBe('hidden states 0..2 exposed; 5 layer norms, 2 gelus, 2 attentions fused');
        await expectGoldenStates(model, golden, false);
        await expectGoldenStates(model, golden, true);
      }
    },
  );

  it('keeps nothing of what attention was', () => {
    for (const attention of choices.attention) {
      const { model } = prepared(golden, { attention, layerNorm: 'decomposed', reshape: 'dynamic' });
      const left = operators(model);
      for (const gone of ['Softmax', 'Transpose', 'Constant', 'Erf', 'ReduceMean', 'Div', 'Sqrt', 'Pow'])
        expect(left).not.toContain(gone);
      // RoBERTa's token types are zeros in the shape of the input.
      if (golden.options.family !== 'roberta')
        for (const gone of ['Reshape', 'Where', 'Expand', 'Equal']) expect(left).not.toContain(gone);
    }
  });

  it('gives numbers for a text that is all padding, near those of the graph as it was', async () => {
    const attentionMask = golden.attentionMask.map((seen, i) => (i < golden.dims[1] ? 0 : seen));
    const batch = { ...golden, attentionMask };
    for (const attention of choices.attention) {
      const exported = randomEncoderModel({ ...golden.options, attention });
      const { model } = prepared(golden, { attention });
      const { last_hidden_state: before } = await runGolden(exported, batch);
      const { last_hidden_state: after } = await runGolden(encodeModel(model), batch);
      expect(farthest(after, before)).toBeLessThan(goldenTolerance);
    }
  });

  it('is quantised as well as the graph as it was: the operator hides no product', () => {
    const options = { ...golden.options, hidden: 64, intermediate: 64, layers: 2 };
    const counts = [true, false].map((attention) => {
      const model = decodeModel(randomEncoderModel({ ...options, layerNorm: 'decomposed' }));
      prepareEncoder(model, { ...options, attention });
      return quantizeDynamic(model).products;
    });
    expect(counts).toEqual([12, 12]);
  });

  it('is prepared as well if it is int8 already', async () => {
    const model = decodeModel(randomEncoderModel({ ...golden.options, layerNorm: 'decomposed' }));
    expect(quantizeDynamic(model, { minWeights: 1 }).products).toBe(12);
    const expected = await runGolden(encodeModel(model), golden);
    expect(prepareEncoder(model, sizesOf(golden)).description).toBe(
      'hidden states 0..2 exposed; 5 layer norms, 2 gelus, 2 attentions fused',
    );
    const outputs = await runGolden(encodeModel(model), golden);
    expect(farthest(outputs.last_hidden_state, expected.last_hidden_state)).toBeLessThan(0.05);
    expect(farthest(outputs.hidden_state_0, golden.hiddenStates[0])).toBeLessThan(goldenTolerance);
  });

  it('can be prepared again, also after ONNX Runtime wrote it down as it optimised it', async () => {
    const { model } = prepared(golden, { layerNorm: 'decomposed', reshape: 'static' });
    const again = decodeModel(encodeModel(model));
    expect(prepareEncoder(again, sizesOf(golden)).description).toBe('hidden states 0..2 exposed');
    expect(Buffer.compare(encodeModel(again), encodeModel(model))).toBe(0);
    for (const level of ['basic', 'extended', 'all'] as const) {
      const file = join(folder, `${level}.onnx`);
      const exported = randomEncoderModel({ ...golden.options, layerNorm: 'decomposed', reshape: 'static' });
      const session = await InferenceSession.create(exported, {
        graphOptimizationLevel: level,
        optimizedModelFilePath: file,
        logSeverityLevel: 4,
      });
      await session.release();
      const optimized = decodeModel(readFileSync(file));
      expect(prepareEncoder(optimized, sizesOf(golden)).hiddenStates).toBe(true);
      await expectGoldenStates(optimized, golden);
    }
  });
});

it('DistilBERT and sdpa exports with minus infinity for padded tokens: no text gives NaN any more', async () => {
  for (const golden of erfCases) {
    if (golden.options.family !== 'distilbert') continue;
    const { model, result } = prepared(golden, { maskValue: -Infinity });
    expect(result.fused.attentions).toBe(2);
    await expectGoldenStates(model, golden);
    const none = { ...golden, attentionMask: golden.attentionMask.map(() => 0) };
    const exported = randomEncoderModel({ ...golden.options, maskValue: -Infinity });
    expect((await runGolden(exported, none)).last_hidden_state.some(Number.isNaN)).toBe(true);
    expect((await runGolden(encodeModel(model), none)).last_hidden_state.some(Number.isNaN)).toBe(false);
  }
});

describe('the bundled encoder, prepared', () => {
  const file = readFileSync(join(repository, 'models/cairn-encoder-v2/onnx/model.onnx'));
  const batch: Pick<GoldenEncoder, 'dims' | 'inputIds' | 'attentionMask' | 'tokenTypeIds'> = {
    dims: [2, 5],
    inputIds: [2, 40, 41, 42, 3, 2, 77, 3, 0, 0],
    attentionMask: [1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    tokenTypeIds: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  };

  it('computes what it did, in two thirds of the operators', async () => {
    const model = decodeModel(file);
    const before = model.graph?.node.length ?? 0;
    const { description } = prepareEncoder(model, { layers: 2, hidden: 256 });
    expect(description).toBe('hidden states 0..2 exposed; 2 gelus, 2 attentions fused');
    expect(model.graph?.node.length).toBeLessThan((before * 2) / 3);
    const outputs = await runGolden(encodeModel(model), batch);
    expect(Object.keys(outputs)).toHaveLength(3);
    const { last_hidden_state: expected } = await runGolden(file, batch);
    expect(farthest(outputs.last_hidden_state, expected)).toBeLessThan(goldenTolerance);
  });
});

describe('damaged and foreign files', () => {
  const tiny = { ...shapes.tiny, layers: 1, hidden: 4, heads: 2, intermediate: 4, vocab: 8, maxPosition: 4 };
  const files = choices.family.flatMap((family) =>
    choices.attention.map((attention) =>
      randomEncoderModel({ ...tiny, family, attention, layerNorm: 'decomposed', constants: 'initializers' }),
    ),
  );
  const sizes = { layers: 1, hidden: 4 };

  const refusal = (change: (model: ModelProto) => void): string => {
    const model = decodeModel(files[0]);
    change(model);
    try {
      prepareEncoder(model, sizes);
    } catch (error) {
      expect(error).toBeInstanceOf(OnnxFormatError);
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  };

  it('without a graph, with a missing value, a cycle or a value made twice are refused', () => {
    expect(refusal((model) => delete model.graph)).toBe('The model has no graph.');
    expect(refusal(({ graph }) => (graph!.initializer = []))).toMatch(/uses ".*", which nothing before it gives/);
    expect(refusal(({ graph }) => graph!.node.reverse())).toMatch(/which nothing before it gives/);
    expect(refusal(({ graph }) => graph!.node.push(graph!.node[0]))).toMatch(/which is there already/);
    expect(refusal(({ graph }) => (graph!.node = graph!.node.slice(0, -1)))).toBe(
      'Nothing gives the output "last_hidden_state": the graph is damaged.',
    );
  });

  it('whose constants are cut short are refused', () => {
    const model = decodeModel(files[0]);
    for (const tensor of model.graph!.initializer) tensor.rawData = tensor.rawData?.subarray(1);
    expect(() => prepareEncoder(model, sizes)).toThrow(RangeError);
  });

  it('with operators of other domains are left as they are', () => {
    const model = decodeModel(files[0]);
    for (const node of model.graph!.node) node.domain = 'example.org';
    const before = encodeModel(model);
    const { hiddenStates, description } = prepareEncoder(model, sizes);
    expect({ hiddenStates, description }).toEqual({
      hiddenStates: false,
      description: 'structure not known, last hidden state only',
    });
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });

  /** Anything but these two would be a mistake of the code, not of the file. */
  const expectNoMistake = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OnnxFormatError || error instanceof RangeError)) throw error;
    }
  };

  it('never fail in another way, whatever bytes are flipped', () => {
    const flip = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(flip, { minLength: 1, maxLength: 4 }), (file, flips) => {
        const bytes = Uint8Array.from(file);
        for (const { at, to } of flips) bytes[Math.floor(at * bytes.length)] = to;
        expectNoMistake(() => {
          const model = decodeModel(bytes);
          prepareEncoder(model, sizes);
          encodeModel(model);
        });
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  // Flipped bytes mostly hit names. These hit what the rewriting looks at.
  it('never fail in another way, whatever inputs, attributes, shapes and types are', () => {
    const anyInt = fc.constantFrom(0, -1, 1, 3, 100, 2 ** 31, -(2 ** 40), 2n ** 62n, -(2n ** 62n));
    const change = fc.record({ kind: fc.nat(9), node: fc.nat(), other: fc.nat(), int: anyInt });
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 3 }), (file, changes) => {
        const model = decodeModel(file);
        const { node: nodes, initializer, input } = model.graph!;
        for (const { kind, node: at, other, int } of changes) {
          const node = nodes[at % nodes.length];
          const tensor = initializer[at % initializer.length];
          const attribute = node.attribute.at(0);
          if (kind === 0) node.input.splice(other % (node.input.length + 1), 1);
          else if (kind === 1) node.output = [];
          else if (kind === 2) node.opType = nodes[other % nodes.length].opType;
          else if (kind === 3) node.attribute = [];
          else if (kind === 4 && attribute) Object.assign(attribute, { i: int, ints: [int, int], t: undefined });
          else if (kind === 5) tensor.dims = tensor.dims.map(() => int);
          else if (kind === 6) tensor.dataType = other % 20;
          else if (kind === 7) tensor.rawData = tensor.rawData?.map((_, i) => (i * other) % 256);
          else if (kind === 8) input[at % input.length].type = undefined;
          else if (kind === 9) node.input = node.input.map(() => nodes[other % nodes.length].input[0] ?? '');
        }
        expectNoMistake(() => {
          prepareEncoder(model, sizes);
          encodeModel(model);
        });
      }),
      { seed: 4, numRuns: 600 },
    );
  });
});

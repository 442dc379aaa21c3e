/** @jest-environment ./test/environments/onnx.js */
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { randomEncoderModel, type RandomEncoderOptions } from '../../../../test/support/random-encoder.js';
import { resolveOptions } from '../../../../test/support/random-encoder/options.js';
import { randomWeights } from '../../../../test/support/random-encoder/random-weights.js';
import { float32 as float, gradientOf, int64 } from '../../../../test/support/training-run.js';
import { decodeModel, encodeModel } from '../model.js';
import golden from './golden-gradients.json';
import {
  buildTrainingGraph,
  classTargets,
  labelTargets,
  pairTargets,
  sameClassTargets,
  type Loss,
  type TrainableParameter,
} from './index.js';

type Case = (typeof golden.cases)[number];
const [rows, classes] = [4, 3];

/** The loss of a case, and what it is fed. */
function lossOf({ loss, given, added }: Case): { loss: Loss; feeds: Record<string, Tensor> } {
  const numbers = (name: keyof typeof added) => Float32Array.from(added[name] ?? []);
  const head = { classes, weight: numbers('head.weight'), bias: numbers('head.bias') };
  const contrastive = ({ targets, candidates }: ReturnType<typeof pairTargets>) => ({
    targets: float(targets, [rows, rows]),
    candidates: float(candidates, [rows, rows]),
  });
  switch (loss) {
    case 'cross_entropy': {
      const targets = classTargets(given.labels as number[], classes, given);
      return {
        loss: { kind: 'cross-entropy', pooling: 'mean', head },
        feeds: { targets: float(targets, [rows, classes]) },
      };
    }
    case 'binary_cross_entropy': {
      const { targets, weights } = labelTargets(given.labels as number[][], classes);
      const feeds = { targets: float(targets, [rows, classes]), weights: float(weights, [rows, classes]) };
      return { loss: { kind: 'binary-cross-entropy', pooling: 'cls', head }, feeds };
    }
    case 'same_class':
      return {
        loss: { kind: 'contrastive', pooling: 'mean', temperature: given.temperature! },
        feeds: contrastive(sameClassTargets(given.labels as number[])),
      };
    case 'pairs':
      return {
        loss: { kind: 'contrastive', pooling: 'mean', temperature: given.temperature! },
        feeds: contrastive(pairTargets(rows / 2)),
      };
    default: {
      const count = given.labels!.length;
      const feeds = {
        positions: int64(given.positions!, [count]),
        labels: int64(given.labels as number[], [count]),
        weights: float(new Float32Array(count).fill(1 / count), [count]),
      };
      return { loss: { kind: 'masked-language-model', bias: numbers('decoder.bias') }, feeds };
    }
  }
}

/** The golden gradient of a parameter: of the weight of its name or, of matrices that exporters turn, of the same values. */
function expectedOf({ options, gradients }: Case, { name, dims, values }: TrainableParameter): number[] {
  const byName: Readonly<Record<string, number[] | undefined>> = gradients;
  const own = byName[name];
  if (own !== undefined) return own;
  const weights = randomWeights(resolveOptions(options as RandomEncoderOptions));
  const [k, n] = dims;
  const turned = (at: ArrayLike<number>) => Array.from(values, (_, i) => at[(i % n) * k + Math.floor(i / n)]);
  for (const [weight, { dims: size, values: data }] of weights)
    if (size.length === 2 && size[0] === n && size[1] === k && turned(data).every((value, i) => value === values[i]))
      return turned(byName[weight]!);
  throw new Error(`There is no golden gradient of ${name}.`);
}

const cases = golden.cases.flatMap((one) =>
  [
    { style: 'as exported', options: {} },
    { style: 'opset 11, normalisation spelt out', options: { layerNorm: 'decomposed', opset: 11 } as const },
    { style: 'otherwise exported', options: { attention: 'sdpa', reshape: 'static', names: 'numbered' } as const },
    { style: 'opset 20', options: { gelu: one.options.gelu.startsWith('erf') ? 'op' : 'op-tanh', opset: 20 } as const },
  ].map(({ style, options }) => ({ ...one, style, exported: options, family: one.options.family })),
);

describe('gradients of whole encoders agree with float64 to 1e-5', () => {
  it.each(cases)('$family, $loss, $style', async (test) => {
    const options = { ...test.options, ...test.exported } as RandomEncoderOptions;
    const { loss, feeds } = lossOf(test);
    const training = await buildTrainingGraph(decodeModel(randomEncoderModel(options)), { loss, parameters: 'all' });
    const session = await InferenceSession.create(encodeModel(training.model), { logSeverityLevel: 3 });
    const given: Record<string, Tensor> = {
      input_ids: int64(test.inputIds, test.dims),
      attention_mask: int64(test.attentionMask, test.dims),
      token_type_ids: int64(test.tokenTypeIds, test.dims),
      ...feeds,
      ...Object.fromEntries(training.parameters.map(({ name, values, dims }) => [name, float(values, [...dims])])),
    };
    const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, given[name]])));
    await session.release();

    expect(outputs[training.loss].data[0]).toBeCloseTo(test.value, 5);
    // Every weight has one: none is left out.
    expect(training.parameters).toHaveLength(Object.keys(test.gradients).length);
    for (const parameter of training.parameters) {
      const expected = expectedOf(test, parameter);
      const actual = gradientOf(parameter, outputs);
      const difference = Math.hypot(...expected.map((value, i) => value - actual[i]));
      // Keys' biases change no attention: their gradient is zero, and in float32 a few roundings.
      const size = Math.hypot(...expected);
      const tolerance = size < 1e-9 ? 1e-6 : 1e-5 * size;
      if (!(difference < tolerance)) throw new Error(`${parameter.name}: ${difference} of ${size}`);
    }
  });
});

/** The stages of the training, and what each is trained with. */
import { join } from 'node:path';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { Random } from '@cairn/numerics';
import { encodeModel, tensorValues, type ModelProto } from '@cairn/onnx-graph';
import { readOnnx } from '../../apps/inference/src/quantization/rewrite-model.js';
import { bertGraph, staticGraph, type BertShape, type Weights } from './bert-graph.js';
import { distil } from './distill-stage.js';
import { readingOf, trainMasked } from './masked-stage.js';
import { PairBatches, type PairBatchSettings } from './pair-batches.js';
import type { TrainingTexts } from './prepare.js';
import { nameWith, type RecipeOptions } from './recipe-options.js';
import { rotateContent } from './rotate.js';
import { similarPairs, type SimilarPairs } from './similar-pairs.js';
import { ballast, beginAsMean, randomContent, tokenWeights } from './token-vectors.js';
import { trainStage, type StageSettings } from './train-stage.js';

export interface Run {
  readonly texts: TrainingTexts;
  readonly shape: BertShape;
  /** tokenizer.json that gave the ids of the texts. */
  readonly tokenizer: string;
  /** Folder that keeps what stages have made, and their checkpoints. */
  readonly work: string;
  readonly seed: number;
  /** Steps of every stage are divided by it: to see in minutes that all of it works. */
  readonly hurry: number;
  readonly options: RecipeOptions;
  readonly say: (text: string) => void;
}

type Stage = Omit<StageSettings, 'seed' | 'rateScale'> & {
  readonly batches: PairBatchSettings;
  readonly temperature: number;
  /** Learning rate of the embeddings, in those of the stage. */
  readonly embeddings: number;
};

const staticStage: Stage = {
  ...{
    name: 'static',
    steps: 5000,
    learningRate: 0.02,
    embeddings: 1,
    warmUp: 0.03,
    weightDecay: 0,
    dropout: 0,
    maxNorm: 0,
  },
  temperature: 0.05,
  batches: { pairs: 512, block: 128, maxTokens: [32], erase: 0.1, paraphrases: 0.3, similar: 0 },
};

/** What the transformer learns: mostly on questions that are short. */
const transformerStage: Stage = {
  ...{ name: 'transformer', steps: 800, learningRate: 4e-4, embeddings: 0.3, warmUp: 0.05, weightDecay: 0.01 },
  ...{ dropout: 0, maxNorm: 1, temperature: 0.05 },
  batches: { pairs: 128, block: 64, maxTokens: [12, 16, 20, 24, 32], erase: 0.05, paraphrases: 0.4, similar: 0.3 },
};

/** Without dropout two views of a text would hardly differ. */
const dropoutOfViews = 0.1;

export function transformerWith({ dropoutViews }: RecipeOptions): Stage {
  if (dropoutViews === 0) return transformerStage;
  return {
    ...transformerStage,
    ...{ dropout: dropoutOfViews, batches: { ...transformerStage.batches, dropoutViews } },
  };
}

/**
 * How far the encoder goes from the start of the last stage to its end: weights in between are better on texts of other
 * kinds than the trained ones (Wortsman et al. 2022, arXiv:2109.01903). Chosen on dev splits.
 */
export const kept = 0.3;

/** All stages, from texts to the encoder; what an earlier run has finished is read, not trained again. */
export async function runStages(run: Run): Promise<ModelProto> {
  const { texts, shape, seed, options } = run;
  const counts = tokenWeights(texts, shape.vocab_size);
  const statics = await stage(run, staticStage.name, async () => {
    const width = shape.hidden_size - ballast;
    const model = staticGraph(width, randomContent(shape.vocab_size, width, seed), counts);
    await train(run, model, staticStage, undefined);
    return model;
  });
  const content = tensorValues(statics.graph!.initializer.find(({ name }) => name === 'content')!) as Float32Array;
  const encoder = await stage(run, nameWith('encoder', options), async () => {
    const mean = beginAsMean(shape, options.rotate ? turned(run, content, counts) : content, counts, seed);
    const start = options.mlmSteps > 0 ? await reading(run, mean) : mean;
    const trained = await stage(run, nameWith('transformer', options), async () => {
      const model = bertGraph(shape, start);
      await train(run, model, transformerWith(options), await mine(run, content, counts));
      return model;
    });
    return bertGraph(shape, between(start, weightsIn(trained), kept));
  });
  if (options.teachers.length === 0) return encoder;
  return stage(run, nameWith('distilled', options), () => distil(run, weightsIn(encoder)));
}

async function reading(run: Run, mean: Weights): Promise<Weights> {
  const masked = await stage(run, nameWith('masked', run.options), () => trainMasked(run, mean));
  return readingOf(run.shape, mean, weightsIn(masked));
}

/** `a + share (b - a)`. */
function between(a: Weights, b: Weights, share: number): Weights {
  return new Map(
    Array.from(a, ([name, values]) => [name, values.map((value, i) => value + share * (b.get(name)![i] - value))]),
  );
}

/** The weights of a model, by name. */
const weightsIn = (model: ModelProto): Weights =>
  new Map(
    model
      .graph!.initializer.map((tensor) => [tensor.name!, tensor] as const)
      .filter(([name]) => /^(embeddings|encoder)\./.test(name))
      .map(([name, tensor]) => [name, tensorValues(tensor) as Float32Array<ArrayBuffer>]),
  );

const axesBatches = 20;

/** Vectors whose first components hold most of the texts that the static stage was trained on. */
function turned(run: Run, content: Float32Array, counts: Float32Array): Float32Array {
  run.say('token vectors are turned along the principal axes of texts');
  const source = new PairBatches(run.texts, staticStage.batches);
  const texts = function* () {
    for (let i = 0; i < axesBatches; i++) yield source.batch(new Random(run.seed, 31, i)).padded;
  };
  return rotateContent(content, counts, texts());
}

async function mine(run: Run, content: Float32Array, counts: Float32Array): Promise<SimilarPairs> {
  run.say('pairs that the static vectors find alike are put together');
  return similarPairs(run.texts, content, counts, run.seed);
}

async function stage(run: Run, name: string, make: () => Promise<ModelProto>): Promise<ModelProto> {
  const file = join(run.work, `${name}.onnx`);
  if (existsSync(file)) return readOnnx(file);
  const model = await make();
  mkdirSync(run.work, { recursive: true });
  writeFileSync(`${file}.part`, encodeModel(model));
  renameSync(`${file}.part`, file);
  return model;
}

async function train(run: Run, model: ModelProto, given: Stage, similar: SimilarPairs | undefined): Promise<void> {
  const { batches, temperature, embeddings, ...settings } = given;
  const source = new PairBatches(run.texts, batches, similar);
  const isStatic = given === staticStage;
  await trainStage(
    model,
    {
      ...settings,
      steps: Math.max(2, Math.round(settings.steps / run.hurry)),
      seed: run.seed,
      rateScale: (name) => (name.startsWith('embeddings.') ? embeddings : 1),
    },
    {
      ...(isStatic && { output: 'states' }),
      loss: { kind: 'contrastive', pooling: 'mean', temperature },
      parameters: isStatic ? { names: ['content'] } : 'all',
      batch: (random) => source.batch(random),
      checkpoints: join(run.work, `${isStatic ? given.name : nameWith('transformer', run.options)}.checkpoints`),
      say: run.say,
    },
  );
}

/** Settings of the stages that learn from pairs, for the card. */
export const stagesWith = (options: RecipeOptions): readonly Stage[] => [staticStage, transformerWith(options)];

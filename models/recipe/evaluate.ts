/** What an encoder is worth without being trained further. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitKMeans, Products, SoloCrew, Workbench } from '@cairn/kmeans';
import { adjustedRandIndex, hungarianAccuracy, normalizedMutualInformation, Random } from '@cairn/numerics';
import { embedWith } from '../../apps/inference/src/finetune/embed-with.js';
import { openTokenizer } from '../../apps/inference/src/finetune/tokenize-examples.js';
import { fitSoftmax } from '../../apps/inference/src/heads/fit-linear.js';
import { RegressionEngine } from '../../apps/inference/src/heads/regression-engine.js';
import { readModelFolder } from '../../apps/inference/src/model-store/model-folder.js';
import { firstComponents, remembered, type Embed } from './first-components.js';
import { spearman } from './spearman.js';

/** Figures by name, in percent. */
export type Figures = Record<string, number>;

/** `dev`: to choose between encoders; `test`: once, for the card. */
export type Split = 'dev' | 'test';

interface Labelled {
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

export interface EvaluationFolders {
  readonly bench: string;
  readonly probes: string;
  /** Questions of the starter content, which are searched. */
  readonly content: string;
}

/**
 * @param folder of the encoder, in the Hugging Face layout
 * @param dimensions figures of the first so many components of the vectors as well, named `NAME at DIMENSION`
 */
export async function evaluate(
  folder: string,
  folders: EvaluationFolders,
  split: Split,
  say: (figure: string, value: number) => void,
  dimensions: readonly number[] = [],
): Promise<Figures> {
  const files = await readModelFolder(folder);
  const embedder = await embedWith(files);
  const tokenizer = openTokenizer(files);
  const embed: Embed = (texts) => embedder.embed(tokenizer.encode(texts));
  refuseTooMany(dimensions, files.dimension);
  const figures: Figures = {};
  const measure = async (dimension: number, own: Embed, suffix: string) => {
    const add = (name: string, value: number) => {
      figures[name + suffix] = 100 * value;
      say(name + suffix, 100 * value);
    };
    await similarity(folders, own, add);
    await probes(folders.probes, own, add);
    await search(folders, own, add);
    for (const name of ['banking77', 'clinc150']) await classification(folders, name, split, own, dimension, add);
    for (const name of ['banking', 'clinc', 'stackoverflow'])
      await clustering(folders, name, split, own, dimension, add);
  };
  const whole = dimensions.length > 0 ? remembered(embed) : embed;
  await measure(files.dimension, whole, '');
  for (const dimension of dimensions)
    await measure(dimension, firstComponents(whole, files.dimension, dimension), ` at ${dimension}`);
  return figures;
}

/** @throws RangeError for components that vectors do not have */
export function refuseTooMany(dimensions: readonly number[], dimension: number): void {
  const tooMany = dimensions.find((one) => one >= dimension);
  if (tooMany !== undefined)
    throw new RangeError(`--dimensions: vectors have ${dimension} components, so ${tooMany} are no part of them.`);
}

type Add = (name: string, value: number) => void;

/** Spearman's correlation of cosines with the ratings of people. */
async function similarity({ bench }: EvaluationFolders, embed: Embed, add: Add): Promise<void> {
  const rows = table(join(bench, 'stsb/pairs_dev.tsv'));
  const cosines = await pairCosines(
    embed,
    rows.map(([a]) => a),
    rows.map(([, b]) => b),
  );
  add(
    'stsb dev spearman',
    spearman(
      cosines,
      Float64Array.from(rows, ([, , rating]) => Number(rating)),
    ),
  );
}

/** Whether a rewording is nearer than a question that only looks alike. */
async function probes(folder: string, embed: Embed, add: Add): Promise<void> {
  for (const name of ['negation', 'word-order', 'numbers']) {
    const rows = jsonLines<{ anchor: string; same: string; different: string }>(join(folder, `${name}.jsonl`));
    const same = await pairCosines(
      embed,
      rows.map(({ anchor }) => anchor),
      rows.map((row) => row.same),
    );
    const different = await pairCosines(
      embed,
      rows.map(({ anchor }) => anchor),
      rows.map((row) => row.different),
    );
    add(`probe ${name}`, same.filter((cosine, i) => cosine > different[i]).length / rows.length);
  }
}

/** Where the right question of the starter content comes among all of them, by its title alone. */
async function search({ probes: folder, content }: EvaluationFolders, embed: Embed, add: Add): Promise<void> {
  const names = (readdirSync(content, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
    .sort();
  const titles = names.map(
    (name) => /^question: (.*)$/m.exec(readFileSync(join(content, `${name}.md`), 'utf8'))?.[1] ?? name,
  );
  const queries = jsonLines<{ query: string; question: string }>(join(folder, 'starter-search.jsonl'));
  const [found, asked] = [await embed(titles), await embed(queries.map(({ query }) => query))];
  const dimension = found.length / names.length;
  let [first, three] = [0, 0];
  queries.forEach(({ question }, q) => {
    const scores = names.map((_, n) => dot(asked, q, found, n, dimension));
    const right = scores[names.indexOf(question)];
    const rank = scores.filter((score) => score > right).length;
    if (rank < 1) first++;
    if (rank < 3) three++;
  });
  add('search first', first / queries.length);
  add('search in three', three / queries.length);
}

/** Logistic regression (C = 1) on unit vectors times 16; 10 examples a class as well. */
async function classification(
  { bench }: EvaluationFolders,
  name: string,
  split: Split,
  embed: Embed,
  dimension: number,
  add: Add,
): Promise<void> {
  const [train, test] = splitOf(bench, name, split);
  const classes = [...new Set(train.labels)].sort();
  const [given, asked] = [await embed(train.texts), await embed(test.texts)];
  for (const vectors of [given, asked]) for (let i = 0; i < vectors.length; i++) vectors[i] *= 16;
  const engine = new RegressionEngine();
  const accuracy = async (chosen: Int32Array) => {
    const vectors = new Float32Array(chosen.length * dimension);
    chosen.forEach((row, i) => vectors.set(given.subarray(row * dimension, (row + 1) * dimension), i * dimension));
    const labels = Int32Array.from(chosen, (row) => classes.indexOf(train.labels[row]));
    const fitted = await fitSoftmax(
      engine,
      { vectors, dimension, labels, classCount: classes.length },
      { l2: 1 / chosen.length, classWeights: false, maxIterations: 300, tolerance: 1e-7 },
    );
    const logits = await engine.logits(fitted.weights, fitted.biases, { vectors: asked, dimension });
    const right = test.labels.filter((label, i) => {
      const row = logits.subarray(i * classes.length, (i + 1) * classes.length);
      return classes[row.indexOf(row.reduce((most, value) => Math.max(most, value)))] === label;
    });
    return right.length / test.labels.length;
  };
  add(`${name} probe`, await accuracy(Int32Array.from(train.texts.keys())));
  const random = new Random(42);
  const shots = classes.flatMap((label) => {
    const own = Array.from(train.labels.keys()).filter((i) => train.labels[i] === label);
    return random.shuffle(own).slice(0, 10);
  });
  add(`${name} 10-shot`, await accuracy(Int32Array.from(shots)));
  await engine.close();
}

/** k-means with the true number of classes, 10 restarts, fitted on train and dev, measured on the split. */
async function clustering(
  { bench }: EvaluationFolders,
  name: string,
  split: Split,
  embed: Embed,
  dimension: number,
  add: Add,
): Promise<void> {
  const read = (file: string) => labelled(join(bench, `textoir_${name}`, `${file}.tsv`));
  const [train, dev, test] = [read('train'), read('dev'), read('test')];
  const measured = split === 'dev' ? dev : test;
  const fitted = [...train.texts, ...(split === 'dev' ? [] : dev.texts)];
  const classes = [...new Set(test.labels)].sort();
  const products = await Products.create();
  const workbench = new Workbench(products);
  const vectors = await embed([...fitted, ...measured.texts]);
  const rows = vectors.slice(0, fitted.length * dimension);
  const { centroids } = await fitKMeans(
    rows,
    dimension,
    { clusters: classes.length, restarts: split === 'dev' ? 3 : 10, seed: 0 },
    new SoloCrew(workbench, () => {}),
  );
  await products.release();
  const labels = measured.labels.map((label) => classes.indexOf(label));
  const clusters = labels.map((_, i) => nearest(vectors, fitted.length + i, centroids, dimension));
  add(`kmeans ${name} nmi`, normalizedMutualInformation(labels, clusters));
  add(`kmeans ${name} ari`, adjustedRandIndex(labels, clusters));
  add(`kmeans ${name} acc`, hungarianAccuracy(labels, clusters));
}

/** Of a train file without a dev file, every fifth text is one. */
function splitOf(bench: string, name: string, split: Split): [Labelled, Labelled] {
  const train = labelled(join(bench, name, 'train.tsv'));
  if (split === 'test') return [train, labelled(join(bench, name, 'test.tsv'))];
  const dev = join(bench, name, 'dev.tsv');
  if (existsSync(dev)) return [train, labelled(dev)];
  const part = (wanted: boolean): Labelled => ({
    texts: train.texts.filter((_, i) => (i % 5 === 4) === wanted),
    labels: train.labels.filter((_, i) => (i % 5 === 4) === wanted),
  });
  return [part(false), part(true)];
}

function nearest(vectors: Float32Array, row: number, centroids: Float32Array, dimension: number): number {
  let [best, least] = [0, Infinity];
  for (let c = 0; c < centroids.length / dimension; c++) {
    let distance = 0;
    for (let j = 0; j < dimension; j++) distance += (vectors[row * dimension + j] - centroids[c * dimension + j]) ** 2;
    if (distance < least) [best, least] = [c, distance];
  }
  return best;
}

async function pairCosines(embed: Embed, a: readonly string[], b: readonly string[]): Promise<Float64Array> {
  const [first, second] = [await embed(a), await embed(b)];
  const dimension = first.length / a.length;
  return Float64Array.from(a, (_, i) => dot(first, i, second, i, dimension));
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += a[i * dimension + d] * b[j * dimension + d];
  return sum;
}

const table = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));

function labelled(file: string): Labelled {
  const rows = table(file);
  return { texts: rows.map(([text]) => text), labels: rows.map(([, label]) => label) };
}

const jsonLines = <T>(file: string): T[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

/** The card of an encoder: what it is, what it was trained on and with, and what it is worth. */
import type { BertShape } from './bert-graph.js';
import { distilledStage } from './distill-stage.js';
import type { Figures, Split } from './evaluate.js';
import type { PreparedCounts } from './prepare.js';
import { licences } from './licences.js';
import { maskedStage } from './masked-stage.js';
import type { RecipeOptions } from './recipe-options.js';
import { kept, stagesWith } from './stages.js';

/** Figures of an encoder; its seed, if this recipe made it. */
export interface Measured {
  readonly split: Split;
  readonly seed?: number;
  readonly figures: Figures;
}

export interface CardFacts {
  /** That of the encoder first, then those of the same recipe with other seeds. */
  readonly runs: readonly Measured[];
  /** An encoder before it. */
  readonly before: Measured | undefined;
  readonly counts: PreparedCounts;
  readonly shape: BertShape;
  readonly options: RecipeOptions;
  /** Whether the vocabulary was learned from the corpus in this run. */
  readonly isTrained: boolean;
}

/** @returns Markdown */
export function writeCard(facts: CardFacts): string {
  const { runs, before, counts, shape, options } = facts;
  const [{ figures, split, seed }] = runs;
  const columns = [
    ['figure', 'this encoder'],
    ...(runs.length > 1 ? [[`mean of ${runs.length} seeds`, 'standard deviation']] : []),
    ...(before === undefined ? [] : [['the one before']]),
  ].flat();
  const isPart = (name: string) => / at \d+$/.test(name);
  const whole = Object.entries(figures).filter(([name]) => !isPart(name));
  const rows = whole.map(([name, value]) => {
    const all = runs.map((run) => run.figures[name]);
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    const spread = Math.sqrt(all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (all.length - 1));
    const cells = [value, ...(runs.length > 1 ? [mean, spread] : []), ...(before ? [before.figures[name]] : [])];
    return `| ${name} | ${cells.map((cell) => cell?.toFixed(1) ?? '').join(' | ')} |`;
  });
  const parts = partsTable(figures);
  const steps = stagesWith(options).map(
    ({ name, steps, learningRate, temperature, batches }) =>
      `| ${name} | ${steps} | ${batches.pairs} | ${batches.maxTokens.join(', ')} | ${learningRate} | ${temperature} | ${batches.paraphrases} | ${batches.similar} |`,
  );
  const sources = [...new Set(Object.keys(counts.pairs).map((name) => name.split(':')[1]))].filter(
    (name) => name !== 'reworded',
  );
  const ofSource = (name: string) =>
    ['p', 'n', 'h', 'q'].map((kind) => counts.pairs[`${kind}:${name}`] ?? 0).map((count) => (count > 0 ? count : ''));
  const data = sources.map((name) => `| ${name} | ${ofSource(name).join(' | ')} | ${licences[name] ?? ''} |`);
  return `---
language: en
pipeline_tag: sentence-similarity
tags: [sentence-embeddings, bert, onnx]
license: apache-2.0
---

# A small English encoder for questions

BERT architecture (\`model_type: bert\`): ${shape.num_hidden_layers} layers, hidden ${shape.hidden_size}, ${shape.num_attention_heads} heads, intermediate ${shape.intermediate_size}, ${shape.max_position_embeddings} positions,
ordinary LayerNorm (epsilon ${shape.layer_norm_eps}), uncased WordPiece vocabulary of ${shape.vocab_size}. Trained from scratch with Cairn's own
training engine: no pretrained weights and no output of another model were used.

**Use.** \`onnx/model.onnx\` takes \`input_ids\`, \`attention_mask\`, \`token_type_ids\` (int64, [batch, seq]) and returns
\`last_hidden_state\` (float32, [batch, seq, ${shape.hidden_size}]). Average over the attention mask ([CLS] and [SEP] included), then
L2-normalise; compare by cosine. \`golden.json\` has texts with ids and vectors to check a runtime against.

## Figures

In percent, ${split} splits, seed ${seed}. \`npm run train:encoder -- BENCH --evaluate FOLDER --split ${split}\` prints them.

| ${columns.join(' | ')} |
|${columns.map(() => '---|').join('')}
${rows.join('\n')}
${parts}
Probes: logistic regression (C = 1) on frozen unit vectors times 16, and with 10 examples a class. k-means: true number of
classes, NMI, ARI and accuracy (Hungarian), fitted on train and dev, measured on ${split}. \`probe\`: of pairs written for Cairn
(models/probes), the share where a rewording is nearer than a question in the same words that means something else.
Search: the right question of the starter content among all of them, by the vectors of their titles alone; the product
searches answers and words too (\`npm run bench:search\`).

The paraphrases ask about the subjects of BANKING77 and CLINC150 among others, though none is taken from them: their figures are
those of a subject the encoder has read about. StackOverflow's titles are further from what it was trained on.

The vectors of the static stage alone reach nearly all of it: STS-B 79.8, BANKING77 87.7, CLINC150 90.2 (dev). 800 steps of
the transformer stage with 14,794 groups gave as much as 2,000 with 9,998; what moved the figures was each doubling of the
groups (search by titles 26, 29, 39, 48 % first with 0, 6,700, 9,998 and 14,794), then pairs that are written for what must be told apart.
Whitening the vectors, and a share of three quarters for paraphrases at a higher rate, gave nothing. Order of words needs
layers that have seen far more text than two cores read in an hour.

## Recipe

\`npm run train:encoder -- CORPUS BENCH OUTPUT\`; see models/recipe. Seeded and resumable.

${recipeSteps(facts)}

| stage | steps | pairs a step | tokens | learning rate | temperature | paraphrases | mined |
|---|---|---|---|---|---|---|---|
${steps.join('\n')}

## Data

Pairs used: given, neighbouring sentences, halves of a sentence, a question and what follows; ${counts.pairs['c:reworded'] ?? 0} more were made of
headings and words with question phrases. ${counts.tokens.toLocaleString('en')} tokens.

| source | given | neighbours | halves | questions | licence and origin |
|---|---|---|---|---|---|
${data.join('\n')}

## Limits

English only; accents are stripped, other scripts mostly become [UNK]. Trained on texts of at most ${longest(options)} tokens: positions behind
them add nothing, so that longer texts are read as a mean of what they say. Negation, word order and numbers are
represented weakly: see the probes. Training text leans to software documentation, scientific abstracts and dictionary
definitions. Not examined for social bias.
`;
}

/** What the first components of vectors are worth alone; empty if that was not measured. */
function partsTable(figures: Figures): string {
  const sizes = [...new Set(Object.keys(figures).flatMap((name) => / at (\d+)$/.exec(name)?.[1] ?? []))];
  if (sizes.length === 0) return '';
  const rows = Object.entries(figures)
    .filter(([name]) => `${name} at ${sizes[0]}` in figures)
    .map(([name, value]) => {
      const cells = [value, ...sizes.map((size) => figures[`${name} at ${size}`])];
      return `| ${name} | ${cells.map((cell) => cell?.toFixed(1) ?? '').join(' | ')} |`;
    });
  return `
The first components alone, scaled to length 1:

| figure | all | ${sizes.join(' | ')} |
|---|---|${sizes.map(() => '---|').join('')}
${rows.join('\n')}
`;
}

/** The stages of a run, as a numbered list. */
function recipeSteps({ counts, shape, options, isTrained }: CardFacts): string {
  const { rotate, mlmSteps, dropoutViews, teachers, distillSteps } = options;
  const vocabulary = `\`tokenizer\`: a vocabulary of ${shape.vocab_size} WordPieces, learned from the corpus; real questions and paraphrases count for
more than manuals, as they do in batches.`;
  const masked = `\`masked\`: ${mlmSteps} steps of masked-language-model training at a rate of ${maskedStage.learningRate}, ${100 * maskedStage.mask} % of the words hidden, token vectors fixed; places of
tokens are sines and cosines in the ballast components (see the next stage). Layers keep what they learned to read, and what
they write begins with nothing again: the next stage still begins as exactly the mean of token vectors.`;
  const views = ` ${100 * dropoutViews} % of the pairs are two dropout
views of one text (SimCSE).`;
  const turned = ` Token vectors were turned along
the principal axes of texts before, so that the first components hold most of a vector.`;
  const distilled = `\`distilled\`: ${distillSteps} steps at a rate of ${distilledStage.learningRate}, in which the encoder learns how near ${teachers.length === 1 ? 'another encoder' : `the mean of ${teachers.length} encoders`} of this recipe
puts the texts of a batch to each other.`;
  return [
    `Texts equal or nearly equal (token overlap of 0.8 or more) to one of ${counts.evaluationTexts} evaluation texts, of any split, are left out:
${counts.equal} equal, ${counts.near} near. ${counts.groups} groups of paraphrases (models/paraphrases).`,
    ...(isTrained ? [vocabulary] : []),
    '`static`: a vector for each token; a text is their mean, weighted by SIF (Arora et al. 2017). InfoNCE with in-batch negatives.',
    ...(mlmSteps > 0 ? [masked] : []),
    `\`transformer\`: its layers begin as exactly that mean. Token vectors are filled up to one length by ballast components, which the
last LayerNorm drops; so frequent tokens keep short vectors with an ordinary LayerNorm. Batches hold pairs that the static
vectors find alike (mined hard negatives), and groups of paraphrases with hard negatives written for them.${rotate ? turned : ''}${dropoutViews > 0 ? views : ''}`,
    `The encoder's weights are ${kept} of the way from the start of that stage to its end (weight averaging, chosen on dev splits).`,
    ...(teachers.length > 0 ? [distilled] : []),
  ]
    .map((step, i) => `${i + 1}. ${step.replaceAll('\n', '\n   ')}`)
    .join('\n');
}

const longest = ({ mlmSteps }: RecipeOptions): number =>
  Math.max(32, ...(mlmSteps > 0 ? maskedStage.batches.maxTokens : []));

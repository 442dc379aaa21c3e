/**
 * The main job on real input, through the public interfaces only (the `cairn` command and GraphQL):
 *
 *   import -> embed -> train -> classify -> cluster the unknown -> decide -> train again -> classify the test file
 *
 *   npm run bench:main-loop -- FOLDER
 *
 * FOLDER holds banking77/{train,test}.tsv (BANKING77, Casanueva et al. 2020, CC-BY-4.0: published as
 * "PolyAI-LDN/task-specific-datasets" on GitHub) with a header line `text<TAB>label`, and textoir_protocol.json, whose
 * first 75 % setting (seed 0) names the 58 known topics of TEXTOIR's protocol; the other 19 are hidden.
 *
 * Decisions are made by a simulated admin who reads the exemplars and the first 15 questions of each suggestion: if at
 * least 60 % of them belong to one hidden topic it is accepted under that name (or merged, if accepted before), if to
 * one known topic it is merged there, else it is rejected.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adjustedRandIndex, normalizedMutualInformation } from '@cairn/numerics';
import { Stack } from '../test/support/stack.js';
import { classifyTexts, decideOnSuggestions, rememberLabels, suggestedClusters } from './main-loop-steps.js';
import { memoryWatch } from './memory-watch.js';
import { Report } from './report.js';

interface Protocol {
  discovery: { banking: Record<string, { known: string[] }[]> };
}

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;

/** Rows of an unquoted TSV with a header. */
function readRows(file: string): { text: string; label: string }[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [text, label] = line.split('\t');
    return { text, label };
  });
}

async function main(folder: string): Promise<void> {
  const trainFile = join(folder, 'banking77/train.tsv');
  const train = readRows(trainFile);
  const test = readRows(join(folder, 'banking77/test.tsv'));
  const protocol = JSON.parse(readFileSync(join(folder, 'textoir_protocol.json'), 'utf8')) as Protocol;
  const known = new Set(protocol.discovery.banking['0.75'][0].known);
  const hidden = new Set(train.map(({ label }) => label).filter((label) => !known.has(label)));
  rememberLabels([...known, ...hidden]);
  const truth = new Map(train.map(({ text, label }) => [text.trim(), label]));

  const report = new Report('main-loop');
  const stack = await Stack.start();
  const memory = memoryWatch(stack.pid);
  const step = async <T>(name: string, texts: number, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    report.add(`${name}: time`, seconds, 's');
    if (texts > 0) report.add(`${name}: rate`, texts / seconds, 'texts/s');
    return result;
  };
  const cairn = async (...args: string[]) => {
    const { code, stdout, stderr } = await stack.cli([...args, '--json']);
    if (code !== 0) throw new Error(`cairn ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`);
    return stdout;
  };

  try {
    const hideTopics = ['--hide-topics', [...hidden].join(',')];
    await step('import', train.length, () => cairn('import', trainFile, '--source', 'banking77', ...hideTopics));
    await step('embed', train.length, () => cairn('embed'));
    await step('train', 0, () => cairn('train', '--promote'));
    await step('classify', train.length, () => cairn('classify'));

    const before = await step('classify the test file', test.length, () => classifyTexts(stack, test));
    const onKnown = test.map(({ label }) => known.has(label));
    const right = before.map(({ topic }, i) => topic === test[i].label);
    const beforeKnown = before.filter((_, i) => onKnown[i]);
    report.add('known topics: nearest topic right', share(right.filter((_, i) => onKnown[i])), 'share', {
      target: 0.85,
    });
    report.add(
      'known topics: right and kept as known',
      share(right.filter((_, i) => onKnown[i]).map((isRight, i) => isRight && !beforeKnown[i].unknown)),
      'share',
    );
    report.add(
      'known topics: kept as known',
      share(before.filter((_, i) => onKnown[i]).map(({ unknown }) => !unknown)),
      'share',
    );
    report.add(
      'hidden topics: called unknown',
      share(before.filter((_, i) => !onKnown[i]).map(({ unknown }) => unknown)),
      'share',
    );

    await step('cluster the unknown', 0, () => cairn('cluster'));
    const clusters = await suggestedClusters(stack);
    const members = clusters.flatMap(({ texts }, cluster) =>
      texts.map((text) => ({ cluster, label: truth.get(text)! })),
    );
    const score = (rows: typeof members) => {
      const names = [...new Set(rows.map(({ label }) => label))];
      const labels = Int32Array.from(rows, ({ label }) => names.indexOf(label));
      const found = Int32Array.from(rows, ({ cluster }) => cluster);
      return { nmi: normalizedMutualInformation(labels, found), ari: adjustedRandIndex(labels, found) };
    };
    report.add('suggestions', clusters.length, 'count');
    report.add('questions in suggestions', members.length, 'count');
    report.add('suggestions: NMI', score(members).nmi, 'share');
    report.add('suggestions: ARI', score(members).ari, 'share');
    const decided = await step('decide', 0, () => decideOnSuggestions(stack, truth, hidden));
    report.add('accepted', decided.accepted, 'count');
    report.add('merged', decided.merged, 'count');
    report.add('rejected', decided.rejected, 'count');
    report.add('hidden topics found', decided.found.size / hidden.size, 'share', { target: 0.8 });

    await step('train again', 0, () => cairn('train', '--promote'));
    await step('classify again', train.length, () => cairn('classify'));
    const after = await classifyTexts(stack, test);
    const rightAfter = after.map(({ topic }, i) => topic === test[i].label);
    report.add('after the loop: nearest topic right, all 77 topics', share(rightAfter), 'share');
    report.add(
      'after the loop: nearest topic right, topics known from the start',
      share(rightAfter.filter((_, i) => onKnown[i])),
      'share',
    );
    report.add(
      'after the loop: nearest topic right, topics hidden at the start',
      share(rightAfter.filter((_, i) => !onKnown[i])),
      'share',
    );
    report.add('before the loop: nearest topic right, all 77 topics', share(right), 'share');
    report.add('memory of all processes at most', memory.stop() / 2 ** 20, 'MiB', { target: 1500, lower: true });
    report.write();
  } finally {
    memory.stop();
    await stack.stop();
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined || folder === '--help') {
  console.error('usage: npm run bench:main-loop -- FOLDER   (FOLDER holds banking77/ and textoir_protocol.json)');
  process.exitCode = folder === undefined ? 2 : 0;
} else {
  void main(folder).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { adjustedRandIndex, hungarianAccuracy, normalizedMutualInformation } from '@cairn/numerics';
import { WorkerPool } from '../../apps/clustering/src/workers/worker-pool.js';
import { deviation, mean } from '../learning/setting.js';
import { Report } from '../report.js';
import { literature, type Figures } from './discovery/literature.js';
import { methods, type FittedOn, type Method, type Tools } from './discovery/methods.js';
import { Problems, type DiscoverySet, type KnownShare, type Problem } from './discovery/problems.js';
import { SelfTraining } from './discovery/self-training.js';
import { startEmbeddings } from './discovery/start-embeddings.js';
import type { Setting } from './setting.js';

const worker = join(__dirname, '../../apps/clustering/src/workers/kmeans-worker.js');

const figureNames = ['NMI', 'ARI', 'ACC'] as const;

/** What the issue wants to be reached, by name of the method that reached it first. */
const wanted: Partial<Record<KnownShare, string>> = { '0': 'USNID', '0.75': 'DeepAligned' };

/**
 * Topics found among unlabelled texts by TEXTOIR's protocol (see problems.ts), for each data set and share of known topics: our
 * methods beside published ones. The rows go into a file of their own, discovery.json.
 */
export async function discovery({ options, scratch, note: tell }: Setting): Promise<void> {
  const { folder, seeds } = options;
  if (folder === undefined || !existsSync(join(folder, 'textoir_protocol.json')))
    throw new Error('Give the folder with textoir_protocol.json and the data sets; --help says what it holds.');
  const report = new Report('discovery');
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    tell(text);
  };
  const started = await startEmbeddings(options.encoder, scratch, join(scratch, 'embeddings'));
  const pool = new WorkerPool(options.threads, worker);
  const chosen = methods.filter(({ name }) => name.includes(options.method));
  note(`Encoder: ${started.encoder}, mean pooling; but for "self-trained" as it came, not trained on these texts`);
  note('Given: the true number of topics, as the protocol has it');
  for (const { name, learnsFrom } of chosen) note(`Method "${name}": learns from ${learnsFrom}`);
  note(
    'Fitted on train: centroids are of the train file (without known topics also of dev), test rows go to the nearest',
  );
  note('Fitted on test: centroids are of the test rows themselves, as DeepAligned, MTP-CLNN and USNID have it');
  const problems = new Problems(folder, started.embeddings);
  const tools: Tools = { pool, selfTraining: new SelfTraining(started.folder, join(scratch, 'self-trained')) };
  try {
    for (const set of options.sets)
      for (const share of options.known) {
        const of = share === '0' ? 'seeds of what is drawn' : 'draws of known topics';
        note(`Seeds, ${set} at ${100 * Number(share)} % known: figures are means over ${seeds} ${of}`);
        const drawn: Problem[] = [];
        for (let seed = 0; seed < seeds; seed++) drawn.push(await problems.problem(set, share, seed));
        for (const method of chosen.filter(({ shares }) => shares.includes(share)))
          for (const fittedOn of method.fittedOn) await measure(report, method, fittedOn, drawn, tools);
        addLiterature(report, set, share);
      }
  } finally {
    await pool.close();
    await started.stop();
  }
  const whole = options.sets.length === 3 && options.known.length === 4 && options.method === '';
  if (whole || options.merge) report.write({ notes, merge: options.merge });
}

const titleOf = (set: DiscoverySet, share: KnownShare, method: string) =>
  `${set}, ${100 * Number(share)} % known, ${method}`;

async function measure(
  report: Report,
  method: Method,
  fittedOn: FittedOn,
  problems: readonly Problem[],
  tools: Tools,
): Promise<void> {
  const found: Figures[] = [];
  for (const problem of problems) {
    const clusters = await method.place(problem, fittedOn, tools);
    const { topics } = problem.test;
    found.push([
      100 * normalizedMutualInformation(topics, clusters),
      100 * adjustedRandIndex(topics, clusters),
      100 * hungarianAccuracy(topics, clusters),
    ]);
  }
  const { name: set, share } = problems[0];
  const goal = literature.find((one) => one.method === wanted[share])?.figures[share]?.[set];
  figureNames.forEach((figure, at) => {
    const values = found.map((figures) => figures[at]);
    const title = `${titleOf(set, share, method.name)}, fitted on ${fittedOn}: ${figure}`;
    report.add(title, mean(values), '%', { target: goal?.[at] });
    if (values.length > 1) report.add(`${title}, standard deviation`, deviation(values), '%');
  });
}

function addLiterature(report: Report, set: DiscoverySet, share: KnownShare): void {
  for (const { method, figures } of literature)
    figureNames.forEach((figure, at) => {
      const value = figures[share]?.[set][at];
      if (value !== undefined)
        report.add(`${titleOf(set, share, method)}: ${figure}`, value, '%', { peer: `${method}, as published` });
    });
}

/**
 * What is learned, on public data sets, with the bundled encoder:
 *
 *   npm run bench:learning -- FOLDER         (--help says what FOLDER holds and what can be left out)
 *
 * Texts are embedded by the inference service, over gRPC; heads are trained by the code that the service trains with.
 * Every figure is on the test file of its data set, and nothing is fitted on one. The form of the combined
 * unknown score was chosen with figures of TEXTOIR's test files in sight, so its open-set rows are not blind. Figures of the literature
 * stand beside ours as rows with a peer.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegressionEngine } from '../apps/inference/src/heads/regression-engine.js';
import { findEncoder } from './inference/encoders.js';
import { InferenceProgram } from './inference/inference-program.js';
import { DataSets } from './learning/data-sets.js';
import { ece } from './learning/ece.js';
import { Embeddings } from './learning/embeddings.js';
import { fewShot } from './learning/few-shot.js';
import { fineTuned } from './learning/fine-tune.js';
import { headSpeed } from './learning/head-speed.js';
import { heads } from './learning/heads.js';
import { openSet } from './learning/open-set.js';
import { readOptions, type Options, type SectionName } from './learning/options.js';
import type { Setting } from './learning/setting.js';
import { stepCost } from './learning/step-cost.js';
import { Report } from './report.js';

const sections: Record<SectionName, (setting: Setting) => Promise<void>> = {
  heads,
  'few-shot': fewShot,
  'open-set': openSet,
  ece,
  'head-speed': headSpeed,
  'step-cost': stepCost,
  'fine-tune': fineTuned,
};

async function main(options: Options): Promise<void> {
  if (!existsSync(join(options.folder, 'banking77/test.tsv')))
    throw new Error(`There is no banking77/test.tsv in ${options.folder}; --help says where it is from.`);
  const report = new Report('learning');
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    console.log(`  (${text})`);
  };
  const scratch = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const encoder = findEncoder('bundled', scratch);
  const store = join(scratch, 'store');
  mkdirSync(store);
  const program = await InferenceProgram.start(encoder, store);
  const { revision } = await program.model(encoder.id);
  const embeddings = new Embeddings(program, options.cache ?? join(scratch, 'embeddings'), revision);
  const engine = new RegressionEngine();
  const data = new DataSets(options.folder, embeddings, options.quick ? 4 : 1);
  note(`${encoder.id}, revision ${revision.slice(0, 12)}; ${options.seeds} seeds, figures are their mean`);
  try {
    for (const section of options.sections) {
      const started = performance.now();
      await sections[section]({
        options,
        encoder: encoder.folder,
        scratch,
        data,
        embeddings,
        engine,
        report,
        note,
      }).catch((error: Error) => {
        note(`${section}: not measured: ${error.message.split('\n')[0]}`);
        console.error(error);
        process.exitCode = 1;
      });
      console.log(`  (${section} took ${((performance.now() - started) / 1000).toFixed(0)} s)`);
    }
  } finally {
    embeddings.close();
    await engine.close();
    await program.stop();
  }
  if (options.output !== undefined) report.write({ file: options.output, notes, merge: options.merge });
}

// Handlers of `exit` end what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
void main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

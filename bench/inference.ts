/**
 * The inference engine beside the raw limit of ONNX Runtime and beside transformers.js; under overload; its memory:
 *
 *   npm run bench:inference -- FOLDER        (--help says what FOLDER holds and what can be left out)
 *
 * Every ratio is of figures of one run: the contestants take turns, round after round. Rates are medians over the
 * rounds, ratios medians of the ratios within a round. The clients run on the same cores as the server; what they took
 * is in the table.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEncoder } from './inference/encoders.js';
import { int8 } from './inference/int8.js';
import { invariance } from './inference/invariance.js';
import { latency } from './inference/latency.js';
import { readOptions, type Options, type SectionName } from './inference/options.js';
import { overload } from './inference/overload.js';
import { padding } from './inference/padding.js';
import type { Setting } from './inference/setting.js';
import { start } from './inference/start.js';
import { readTextSets } from './inference/text-sets.js';
import { throughput } from './inference/throughput.js';
import { Report } from './report.js';

const sections: Record<SectionName, (setting: Setting) => Promise<void>> = {
  throughput,
  int8,
  padding,
  latency,
  overload,
  invariance,
  start,
};

async function main(options: Options): Promise<void> {
  if (!existsSync(join(options.folder, 'banking77/test.tsv')))
    throw new Error(`There is no banking77/test.tsv in ${options.folder}; --help says where it is from.`);
  const texts = readTextSets(options.folder, options.quick ? 5 : 1);
  const report = new Report('inference');
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    console.log(`  (${text})`);
  };
  const measured = `${options.rounds} rounds of ${options.seconds} s; clients, peers and server share the cores`;
  note(`${texts.short.length} short texts, ${texts.long.length} long ones, the mix has each once; ${measured}`);
  const scratch = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  for (const name of options.encoders) {
    const encoder = findEncoder(name, scratch);
    const store = join(scratch, `store-${name}`);
    mkdirSync(store);
    for (const section of options.sections)
      await sections[section]({ options, encoder, texts, report, scratch, store, note }).catch((error: Error) => {
        note(`${section}, ${name}: not measured: ${error.message.split('\n')[0]}`);
        console.error(error);
        process.exitCode = 1;
      });
  }
  if (options.output !== undefined) report.write({ file: options.output, notes, merge: options.merge });
}

// Handlers of `exit` end what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
void main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

/**
 * Clustering beside its peers, in the same run, with as many threads as they have:
 *
 *   npm run bench:clustering                 (--help says what the sections are and what they need)
 *
 * Sections can be measured one by one: --only speed --merge keeps what the file has of the others.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions, type Options } from './clustering/options.js';
import { sections } from './clustering/sections.js';
import { Report } from './report.js';

function scratchFolder(cache: string | undefined): string {
  if (cache !== undefined) {
    mkdirSync(cache, { recursive: true });
    return cache;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function main(options: Options): Promise<void> {
  const report = new Report('clustering');
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    console.log(`  (${text})`);
  };
  const scratch = scratchFolder(options.cache);
  for (const section of options.sections) {
    const started = performance.now();
    await sections[section]({ options, report, scratch, note }).catch((error: Error) => {
      note(`${section}: not measured: ${error.message.split('\n')[0]}`);
      console.error(error);
      process.exitCode = 1;
    });
    console.log(`  (${section} took ${((performance.now() - started) / 1000).toFixed(0)} s)`);
  }
  if (options.output !== undefined) report.write({ file: options.output, notes, merge: options.merge });
}

// Handlers of `exit` end what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
void main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

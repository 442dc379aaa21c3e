/**
 * The gateway and the database behind it, beside PostGraphile and a bare Apollo server; search over a million questions;
 * overload:
 *
 *   npm run bench:gateway -- DATABASE        (--help says how DATABASE is made and what can be left out)
 */
import { million, recall } from './gateway/million.js';
import { readOptions, type Options, type SectionName, type Setting } from './gateway/options.js';
import { overload } from './gateway/overload.js';
import { page } from './gateway/page.js';
import { single } from './gateway/single.js';
import { refusals } from './gateway/refusals.js';
import { Report } from './report.js';

const sections: Record<SectionName, (setting: Setting) => Promise<void>> = {
  ...{ page, single, refusals, million, recall, overload },
};

async function main(options: Options): Promise<void> {
  const report = new Report('gateway');
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    console.log(`  (${text})`);
  };
  for (const section of options.sections)
    await sections[section]({ options, report, note }).catch((error: Error) => {
      note(`${section}: not measured: ${error.message.split('\n')[0]}`);
      console.error(error);
      process.exitCode = 1;
    });
  if (options.output !== undefined) report.write({ file: options.output, notes, merge: options.merge });
}

// Handlers of `exit` end what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
void main(readOptions(process.argv.slice(2))).then(() => process.exit());

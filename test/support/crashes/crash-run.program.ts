/** `npm run test:faults -- [--kills 100] [--seed 1] [--database embedded|postgres|both] [--merge]` */
import { Command, InvalidArgumentError, Option } from 'commander';
import { Report } from '../../../bench/report.js';
import { crashRun, type CrashOptions, type CrashReport } from './crash-run.js';

const whole = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
};

/** Seconds after which everything works again, at most. */
const longestRecovery = 30;

const options = new Command('npm run test:faults --')
  .option('--kills <n>', 'how often something is killed', whole, 100)
  .option('--seed <n>', 'of the moments and of what is killed', whole, 1)
  .addOption(
    new Option('--database <kind>', 'which database').choices(['embedded', 'postgres', 'both']).default('both'),
  )
  .option('--merge', 'write what was found into bench/results/gateway.json', false)
  .addHelpText(
    'after',
    '\nPostgreSQL is a server of its own, which scripts/provision-postgres.sh installs (root, Debian). 100 kills take about 15 minutes.',
  )
  .parse()
  .opts<{ kills: number; seed: number; database: 'embedded' | 'postgres' | 'both'; merge: boolean }>();

const report = new Report('gateway');

function judge(
  database: CrashOptions['database'],
  { killed, during, recoveries, questions, jobs, faults }: CrashReport,
): string[] {
  const slowest = Math.max(...recoveries);
  const sorted = [...recoveries].sort((a, b) => a - b);
  report.add(`kill -9, ${database}: kills`, recoveries.length, 'count');
  report.add(`kill -9, ${database}: effects missing or doubled`, faults.length, 'count', { target: 0, lower: true });
  report.add(`kill -9, ${database}: recovery, median`, sorted[sorted.length >> 1], 's');
  report.add(`kill -9, ${database}: recovery, slowest`, slowest, 's', { target: longestRecovery, lower: true });
  console.log(`killed ${JSON.stringify(killed)}, during ${JSON.stringify(during)}`);
  console.log(
    `${questions} questions, ${jobs} jobs; back after ${sorted[sorted.length >> 1].toFixed(1)} s (median), ${slowest.toFixed(1)} s (slowest)`,
  );
  return slowest > longestRecovery ? [...faults, `the slowest recovery took ${slowest.toFixed(1)} s`] : [...faults];
}

async function main(): Promise<void> {
  const databases = options.database === 'both' ? (['embedded', 'postgres'] as const) : [options.database];
  for (const database of databases) {
    console.log(`${options.kills} kills on ${database}, seed ${options.seed}:`);
    const faults = judge(database, await crashRun({ ...options, database, say: console.log }));
    for (const fault of faults) console.log(`FAULT ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
    else console.log('every effect exactly once, nothing lost');
  }
  if (options.merge) report.write({ notes: [`kill -9: seed ${options.seed}`], merge: true });
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

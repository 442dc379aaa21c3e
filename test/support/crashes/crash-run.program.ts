/** `npm run test:faults -- [--kills 100] [--seed 1] [--database embedded|postgres|both]` */
import { Command, InvalidArgumentError, Option } from 'commander';
import { crashRun, type CrashReport } from './crash-run.js';

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
  .addHelpText(
    'after',
    '\nPostgreSQL is a server of its own, which scripts/provision-postgres.sh installs (root, Debian). 100 kills take about 15 minutes.',
  )
  .parse()
  .opts<{ kills: number; seed: number; database: 'embedded' | 'postgres' | 'both' }>();

function judge({ killed, during, recoveries, questions, jobs, faults }: CrashReport): string[] {
  const slowest = Math.max(...recoveries);
  const sorted = [...recoveries].sort((a, b) => a - b);
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
    const faults = judge(await crashRun({ ...options, database, say: console.log }));
    for (const fault of faults) console.log(`FAULT ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
    else console.log('every effect exactly once, nothing lost');
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

// `npm run fuzz [-- COUNT [SEED]] [--merge]`: sends that many random operations to a whole stack; 10,000 if nothing is said.
// With --merge a run without failures is written into bench/results/gateway.json.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const [count = '10000', seed = String(Date.now() % 2 ** 31)] = process.argv
  .slice(2)
  .filter((word) => word !== '--merge');
console.log(`${count} operations, seed ${seed}`);
const { status } = spawnSync('npx', ['jest', '-i', '--selectProjects', 'e2e', '--testPathPatterns', 'test/fuzz.e2e'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_RUNS: count,
    FUZZ_SEED: seed,
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
  },
});
if (status === 0 && process.argv.includes('--merge')) {
  const { Report } = createRequire(import.meta.url)('../dist/bench/report.js');
  const report = new Report('gateway');
  report.add('fuzzing: operations, documents and bodies', Number(count), 'count', { target: 10_000 });
  report.add('fuzzing: kinds of failures', 0, 'count', { target: 0, lower: true });
  report.write({ notes: [`fuzzing: seed ${seed}`], merge: true });
}
process.exit(status ?? 1);

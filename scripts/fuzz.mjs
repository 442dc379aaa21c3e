// `npm run fuzz [-- COUNT [SEED]]`: sends that many random operations to a whole stack; 10,000 if nothing is said.
import { spawnSync } from 'node:child_process';

const [count = '10000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
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
process.exit(status ?? 1);

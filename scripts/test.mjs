// `npm test`: builds, runs the three rings with jest, and closes with the line `N passed, N failed`.
//   npm test                         everything
//   npm test -- --selectProjects unit path/to/file
// With TEST_DATABASE_URL the database and end-to-end rings run on that PostgreSQL instead of the embedded one.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;

if (run('npm', ['run', '--silent', 'build']) !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));

/** A database as it is made at a first start. Specs begin with copies of it: making one takes each of dozens some seconds. */
async function makeTemplate(data) {
  const program = join(root, 'dist/apps/knowledge/src/persistence/embedded/main.js');
  const env = { ...process.env, EMBEDDED_DATA: data, EMBEDDED_PORT: '0', LOG_LEVEL: 'warn' };
  const database = fork(program, { env, execArgv: [] });
  const gone = once(database, 'exit');
  const [{ type, message }] = await once(database, 'message');
  if (type !== 'ready') throw new Error(message);
  database.kill('SIGTERM');
  await gone;
  return data;
}

const template = process.env.TEST_DATABASE_URL
  ? {}
  : { EMBEDDED_TEMPLATE: await makeTemplate(join(folder, 'database')) };
const report = join(folder, 'report.json');
const status = run(
  process.execPath,
  [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${report}`,
    '--maxWorkers=2',
    ...process.argv.slice(2),
  ],
  // The embedded database uses dynamic import, which jest only allows with this flag.
  { NODE_OPTIONS: '--experimental-vm-modules --no-warnings', ...template },
);
let summary;
try {
  summary = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  process.exit(status || 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// A test file that does not even load has no tests to count: count it as one failure.
const broken = summary.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
console.log(`${summary.numPassedTests} passed, ${summary.numFailedTests + broken} failed`);
process.exit(status);

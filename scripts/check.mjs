// `npm run check`: what must hold of every commit. Runs all steps and names those that failed.
import { spawnSync } from 'node:child_process';

const steps = [
  ['format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['lint', 'npx', ['eslint', '--max-warnings', '0', 'apps', 'libs', 'test', 'bench', 'models/recipe']],
  ['types', 'npx', ['tsc', '--noEmit', '-p', '.']],
  ['generated code', 'node', ['scripts/check-generated.mjs']],
  ['paraphrases', 'node', ['scripts/check-paraphrases.mjs']],
  ['build', 'npm', ['run', '--silent', 'build']],
  ['schema file', 'node', ['dist/apps/gateway/src/schema/write-schema.js', '--check']],
  ['schema changes', 'node', ['scripts/check-schema-changes.mjs']],
  ['client types', 'node', ['scripts/generate-client.mjs', '--check']],
];

const failed = [];
for (const [name, command, args] of steps) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: new URL('..', import.meta.url).pathname });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(
    `check: ${failed.join(', ')} failed. \`npm run format\` formats; \`npm run generate\` renews generated files.`,
  );
  process.exit(1);
}

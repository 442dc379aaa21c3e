// `npm run check`: what must hold of every commit. Runs all steps, two at a time, and names those that failed.
import { spawn } from 'node:child_process';

/** The longest, which the others run beside. */
const lint = ['lint', 'npx', ['eslint', '--max-warnings', '0', 'apps', 'libs', 'test', 'bench', 'models/recipe']];
const others = [
  ['format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['types', 'npx', ['tsc', '--noEmit', '-p', '.']],
  ['generated code', 'node', ['scripts/check-generated.mjs']],
  ['paraphrases', 'node', ['scripts/check-paraphrases.mjs']],
  ['build', 'npm', ['run', '--silent', 'build']],
  ['schema file', 'node', ['dist/apps/gateway/src/schema/write-schema.js', '--check']],
  ['schema changes', 'node', ['scripts/check-schema-changes.mjs']],
  ['client types', 'node', ['scripts/generate-client.mjs', '--check']],
];

const failed = [];

/** Runs steps one after the other; what each prints comes in one piece. */
async function runAll(steps) {
  for (const [name, command, args] of steps) {
    const started = Date.now();
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: new URL('..', import.meta.url).pathname,
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    const status = await new Promise((resolve) => {
      child.on('error', (error) => {
        output.push(Buffer.from(`${error.message}\n`));
        resolve(1);
      });
      child.on('close', resolve);
    });
    process.stdout.write(Buffer.concat(output));
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    if (status !== 0) failed.push(name);
  }
}

await Promise.all([runAll([lint]), runAll(others)]);
if (failed.length > 0) {
  console.error(
    `check: ${failed.join(', ')} failed. \`npm run format\` formats; \`npm run generate\` renews generated files.`,
  );
  process.exit(1);
}

// Generates libs/contracts/src/generated into a folder of its own and compares: the committed files must be what
// proto/ says.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const committed = join(root, 'libs/contracts/src/generated');
const folder = mkdtempSync(join(tmpdir(), 'cairn-generated-'));
const files = (from) =>
  readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
    .sort();

try {
  const template = readFileSync(join(root, 'buf.gen.yaml'), 'utf8').replace(
    'out: libs/contracts/src/generated',
    `out: ${folder}/out`,
  );
  writeFileSync(join(folder, 'buf.gen.yaml'), template);
  execFileSync('npx', ['buf', 'lint'], { cwd: root, stdio: 'inherit' });
  execFileSync('npx', ['buf', 'generate', '--template', join(folder, 'buf.gen.yaml')], { cwd: root, stdio: 'inherit' });
  const fresh = join(folder, 'out');
  const names = new Set([...files(fresh), ...files(committed)]);
  const drifted = [...names].filter(
    (name) =>
      !existsSync(join(fresh, name)) ||
      !existsSync(join(committed, name)) ||
      readFileSync(join(fresh, name), 'utf8') !== readFileSync(join(committed, name), 'utf8'),
  );
  if (drifted.length > 0) {
    console.error(`Not what proto/ says: ${drifted.join(', ')}. Run \`npm run generate\` and commit.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

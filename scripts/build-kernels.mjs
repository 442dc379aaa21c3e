/**
 * Compiles the WebAssembly kernels of k-means:
 *
 *     npx --yes --package=assemblyscript@0.28.9 node scripts/build-kernels.mjs
 *
 * The compiler is no dependency of the project: what it makes is committed, with the hash of its source, which a spec
 * compares. The same source gives the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = new URL('../libs/kmeans/src/kernels/', import.meta.url).pathname;
const source = readFileSync(join(folder, 'simd-kernels.as'));
const scratch = mkdtempSync(join(tmpdir(), 'kernels-'));
try {
  copyFileSync(join(folder, 'simd-kernels.as'), join(scratch, 'kernels.ts'));
  const options = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd'];
  execFileSync('asc', ['kernels.ts', '-o', 'kernels.wasm', ...options], { cwd: scratch, stdio: 'inherit' });
  const bytes = readFileSync(join(scratch, 'kernels.wasm'));
  const lines = bytes.toString('base64').match(/.{1,110}/g);
  const text = [
    '// Made by scripts/build-kernels.mjs from simd-kernels.as. Do not edit.',
    '',
    '/** SHA-256 of the source. */',
    `export const sourceHash = '${createHash('sha256').update(source).digest('hex')}';`,
    '',
    '/** The WebAssembly module, base64. */',
    'export const moduleText =',
    ...lines.map((line, i) => `  '${line}'${i === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
  writeFileSync(join(folder, 'simd-kernels.ts'), text);
  console.log(`${bytes.length} bytes`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

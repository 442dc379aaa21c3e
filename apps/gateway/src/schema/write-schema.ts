/**
 * Writes the schema to apps/gateway/schema.graphql, the file that clients and reviewers read, and who may ask for which
 * field to access-matrix.md beside it.
 * With `--check`: changes nothing and exits with 1 if the files are not what the code says.
 */
import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessMatrix } from './access-matrix.js';
import { buildSchema, schemaText } from './build-schema.js';

/** apps/gateway of this checkout: the nearest one above this file, built or not, that is under a package.json. */
function gatewayFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'apps', 'gateway');
  throw new Error(`There is no package.json above ${__dirname}.`);
}

async function main(): Promise<number> {
  const schema = await buildSchema();
  let code = 0;
  for (const [name, text] of [
    ['schema.graphql', schemaText(schema)],
    ['access-matrix.md', accessMatrix(schema)],
  ]) {
    const path = join(gatewayFolder(), name);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    if (process.argv.includes('--check')) {
      process.stderr.write(`apps/gateway/${name} is not what the code says. Run "npm run generate".\n`);
      code = 1;
      continue;
    }
    writeFileSync(path, text);
    process.stdout.write(`apps/gateway/${name} written.\n`);
  }
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);

/**
 * Writes the schema to apps/gateway/schema.graphql, the file that clients and reviewers read.
 * With `--check`: changes nothing and exits with 1 if the file is not what the code says.
 */
import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, schemaText } from './build-schema.js';

/** apps/gateway of this checkout: the nearest one above this file, built or not, that is under a package.json. */
function gatewayFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'apps', 'gateway');
  throw new Error(`There is no package.json above ${__dirname}.`);
}

async function main(): Promise<number> {
  const path = join(gatewayFolder(), 'schema.graphql');
  const text = schemaText(await buildSchema());
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return 0;
  if (process.argv.includes('--check')) {
    process.stderr.write('apps/gateway/schema.graphql is not what the code says. Run "npm run generate".\n');
    return 1;
  }
  writeFileSync(path, text);
  process.stdout.write('apps/gateway/schema.graphql written.\n');
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);

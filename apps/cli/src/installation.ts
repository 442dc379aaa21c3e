import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds this program's package.json: the root of the checkout or installation. */
export function installationRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'package.json');
    if (existsSync(candidate) && existsSync(join(folder, 'proto'))) return folder;
    if (folder === dirname(folder)) throw new Error(`There is no package.json above ${__dirname}.`);
  }
}

export function installedVersion(): string {
  const { version } = JSON.parse(readFileSync(join(installationRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

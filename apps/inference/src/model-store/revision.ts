import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFiles } from './model-folder.js';

const known = new Map<string, { readonly stamp: string; readonly revision: string }>();

/**
 * The revision of an encoder: SHA-256, lower-case hex, over name, size and content of its files. It changes exactly
 * when the vectors may. Hashed again only when a file's size or time has changed.
 */
export async function revisionOf(folder: string): Promise<string> {
  const files = (
    await Promise.all(
      modelFiles.map(async (name) => {
        const status = await stat(join(folder, name)).catch(() => undefined);
        return status === undefined ? [] : [{ name, size: status.size, changed: status.mtimeMs }];
      }),
    )
  ).flat();
  const stamp = JSON.stringify(files);
  const before = known.get(folder);
  if (before?.stamp === stamp) return before.revision;
  const hash = createHash('sha256');
  for (const { name, size } of files) {
    hash.update(`${name}\0${size}\0`);
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  }
  const revision = hash.digest('hex');
  known.set(folder, { stamp, revision });
  return revision;
}

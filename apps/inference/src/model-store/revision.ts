import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { modelFiles } from './model-files.js';

const known = new Map<string, { readonly stamp: string; readonly revision: string }>();

/**
 * The revision of an encoder: SHA-256, lower-case hex, over name, size and content of its files. It changes exactly
 * when the vectors may. Hashed again only when a file has changed.
 */
export async function revisionOf(folder: string): Promise<string> {
  const files = await modelFiles(folder);
  const stamp = files.map((file) => file.stamp).join('\n');
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

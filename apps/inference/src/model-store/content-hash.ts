import { DomainError } from '@cairn/contracts';
import { revisionOf } from './revision.js';

/** @throws INVALID_INPUT for field "content_hash" if it is not a SHA-256 in hexadecimal digits */
export function toContentHash(given: string): string {
  const hash = given.toLowerCase();
  if (hash !== '' && !/^[0-9a-f]{64}$/.test(hash))
    throw DomainError.invalid(
      'content_hash',
      `A content hash is a SHA-256 of 64 hexadecimal digits, as models show it under "revision"; got "${given}".`,
    );
  return hash;
}

/**
 * Checks what lies in a model's folder before anything of it is loaded.
 * @param expected SHA-256, lower-case hex; "": whatever it is
 * @returns the folder's revision
 * @throws INVALID_INPUT for field "content_hash" if it is another
 */
export async function checkContent(folder: string, expected: string, source: string): Promise<string> {
  const revision = await revisionOf(folder);
  if (expected === '' || revision === expected) return revision;
  throw DomainError.invalid(
    'content_hash',
    `${source} has the content hash ${revision}, not ${expected}: these are not the files you mean. Nothing was loaded.`,
  );
}

/**
 * Checks, after files were read, that they are still those that were hashed: vectors carry the revision of the bytes
 * which made them.
 * @throws CONFLICT for field "source" if they have changed meanwhile
 */
export async function checkUnchanged(folder: string, revision: string): Promise<void> {
  if ((await revisionOf(folder)) === revision) return;
  throw DomainError.conflict(
    `Files in ${folder} changed while they were read. Load the encoder again once they are complete.`,
    'source',
  );
}

import { whereNotUtf8 } from './encoding.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, or undefined if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is wrong with bytes that are not UTF-8, and what to do. */
export const notUtf8 = (bytes: Buffer): string =>
  `is not valid UTF-8 at its ${whereNotUtf8(bytes)}; save the file as UTF-8 or say --encoding`;

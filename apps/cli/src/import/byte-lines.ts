export interface ByteLine {
  /** From 1. */
  readonly line: number;
  /** Without its line end; undefined if the line is longer than the limit. */
  readonly bytes: Buffer | undefined;
  /** Whether it has a line end; the last line of a file may have none. */
  readonly ended: boolean;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Splits a byte stream at line feeds, holding at most one line in memory.
 * @param limit bytes of the longest line that is kept; longer ones are passed over and reported
 */
export async function* byteLines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<ByteLine> {
  let line = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (ended: boolean): ByteLine => {
    const bytes = length > limit ? undefined : Buffer.concat(parts);
    parts = [];
    length = 0;
    line += 1;
    return { line, bytes: bytes?.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes, ended };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      length += end - start;
      if (length <= limit) parts.push(chunk.subarray(start, end));
      yield take(true);
      start = end + 1;
    }
    length += chunk.length - start;
    if (length <= limit) parts.push(chunk.subarray(start));
    else parts = [];
  }
  if (length > 0) yield take(false);
}

/** Texts as ONNX Runtime takes them, made before the clock runs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

/** int64 `[batch, seq]`, row-major. */
export interface RawBatch {
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly batch: number;
  readonly seq: number;
}

/** Token ids of each text, cut to what the encoder takes; the last special token stays. */
export function tokenizeAll(folder: string, texts: readonly string[]): number[][] {
  const read = (name: string): Record<string, number> | undefined =>
    existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : undefined;
  const config = read('tokenizer_config.json') ?? {};
  const tokenizer = new Tokenizer(read('tokenizer.json') as object, config);
  const positions = read('config.json')!['max_position_embeddings'];
  const most = Math.min(positions, config['model_max_length'] ?? positions);
  return texts.map((text) => {
    const { ids }: { ids: number[] } = tokenizer.encode(text);
    return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids[ids.length - 1]];
  });
}

/**
 * Batches of texts of similar length, the longest first.
 * @param budget padded tokens of a batch, at most, unless a text alone has more
 */
export function batchesOf(tokenized: readonly number[][], budget: number): RawBatch[] {
  const sorted = [...tokenized].sort((a, b) => b.length - a.length);
  const batches: RawBatch[] = [];
  for (let from = 0; from < sorted.length;) {
    const count = Math.max(1, Math.floor(budget / sorted[from].length));
    batches.push(pad(sorted.slice(from, from + count)));
    from += count;
  }
  return batches;
}

function pad(rows: readonly number[][]): RawBatch {
  const seq = Math.max(...rows.map(({ length }) => length));
  const inputIds = new BigInt64Array(rows.length * seq);
  const attentionMask = new BigInt64Array(rows.length * seq);
  rows.forEach((ids, row) =>
    ids.forEach((id, column) => {
      inputIds[row * seq + column] = BigInt(id);
      attentionMask[row * seq + column] = 1n;
    }),
  );
  return { inputIds, attentionMask, batch: rows.length, seq };
}

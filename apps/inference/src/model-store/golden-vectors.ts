import { readFile } from 'node:fs/promises';
import { DomainError } from '@cairn/contracts';
import { z } from 'zod';
import type { Encoder } from '../encoder/encoder.js';

/** Largest difference of a component from its golden value, unless the file says otherwise. */
export const goldenTolerance = 1e-4;

/**
 * The most that a file may allow. Vectors of int8 encoders depend on their batch, as its activations share a scale; but
 * what differs by more (components of unit vectors are about 1 / sqrt(dimension)) is another vector.
 */
export const largestGoldenTolerance = 0.02;

const goldenVectors = z.object({
  texts: z.array(z.string()).min(1),
  input_ids: z.array(z.array(z.int())),
  embeddings: z.array(z.array(z.number())),
  tolerance: z.number().positive().max(largestGoldenTolerance).default(goldenTolerance),
});

/**
 * Lets an encoder reproduce the vectors stored beside it: tokenizer, graph, pooling and runtime together.
 * @returns largest difference of a component
 * @throws INVALID_INPUT for field "source" if ids differ or a component differs by more than the tolerance
 */
export async function checkGoldenVectors(encoder: Encoder, file: string): Promise<number> {
  const refuse = (what: string) => DomainError.invalid('source', `The encoder ${encoder.id} is refused: ${what}`);
  const parsed = goldenVectors.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw refuse(`${file} cannot be read.`);
  const { texts, input_ids, embeddings, tolerance } = parsed.data;
  const signal = new AbortController().signal;
  const encodings = await encoder.tokenizer.encodings(texts, signal);
  encodings.forEach(({ inputIds }, i) => {
    if (inputIds.join() !== input_ids[i].join())
      throw refuse(`its tokenizer gives other ids for "${texts[i]}" than ${file} says.`);
  });
  const vectors = await encoder.embed(texts, signal);
  let difference = 0;
  embeddings.forEach((row, i) =>
    row.forEach((value, j) => {
      difference = Math.max(difference, Math.abs(value - vectors[i * encoder.folder.dimension + j]));
    }),
  );
  if (!(difference <= tolerance)) {
    const hint =
      encoder.folder.precision === 'int8' ? ' On a processor without VNNI, quantise it with --reduce-range.' : '';
    throw refuse(
      `its vectors differ from ${file} by ${difference.toPrecision(2)}; ${tolerance} is allowed. The files do not belong together, or this machine computes them wrongly.${hint}`,
    );
  }
  return difference;
}

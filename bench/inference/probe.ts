import { inferenceV1, toVectors, type InferenceClient } from '@cairn/contracts';
import type { LabelledText } from './text-sets.js';

/** Rows of one message of vectors. */
const rowsPerMessage = 2048;

/**
 * Accuracy of a logistic probe: a head trained on the embeddings of some texts says the topics of others.
 * @param vectors `[train + test, dimension]`, those of `train` first
 */
export async function probeAccuracy(
  client: InferenceClient,
  model: string,
  train: readonly LabelledText[],
  test: readonly LabelledText[],
  vectors: Float32Array,
): Promise<number> {
  const dimension = vectors.length / (train.length + test.length);
  const options = { model };
  const { vectors: one } = await client.embed({ texts: [train[0].text], options });
  const provenance = one!.provenance;
  const part = (from: number, to: number) =>
    toVectors(vectors.slice(from * dimension, to * dimension), dimension, provenance);

  const classes = [...new Set(train.map(({ label }) => label))].sort();
  const numbers = new Map(classes.map((label, index) => [label, index]));
  const call = client.trainHead();
  const sending = (async () => {
    await call.send({ start: { provenance, classes } });
    for (let from = 0; from < train.length; from += rowsPerMessage) {
      const to = Math.min(from + rowsPerMessage, train.length);
      const classIndex = train.slice(from, to).map(({ label }) => numbers.get(label)!);
      await call.send({ examples: { vectors: part(from, to), classIndex } });
    }
    call.end();
  })();
  sending.catch(() => {}); // told to the reader
  let head: inferenceV1.Head | undefined;
  for await (const message of call) head = message.head ?? head;
  await sending;

  let right = 0;
  for (let from = 0; from < test.length; from += rowsPerMessage) {
    const to = Math.min(from + rowsPerMessage, test.length);
    const request = { vectors: part(train.length + from, train.length + to), headId: head!.id, topK: 1, options };
    const { classifications } = await client.classify(request, { deadlineMs: 120_000 });
    right += classifications.filter(({ classes: [best] }, i) => best.label === test[from + i].label).length;
  }
  return right / test.length;
}

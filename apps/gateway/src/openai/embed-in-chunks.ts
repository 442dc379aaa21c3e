import { inferenceV1, type CallOptions, type Draft, type InferenceClient } from '@cairn/contracts';

/** Texts of one message: enough for full batches, few enough that answers are written while others are computed. */
export const chunkSize = 256;

/** As long as OpenAI's own clients wait. A large request waits its turn; it is not refused when much is going on. */
const streamDeadlineMs = 10 * 60_000;

/**
 * Embeds any number of texts; the answers come chunk by chunk, in order. What fits into one message is taken for a
 * person's request: it goes ahead of bulk work and is refused with OVERLOADED at once where there is no room.
 * Leaving the iteration cancels what is not done.
 */
export async function* embedInChunks(
  inference: InferenceClient,
  texts: readonly string[],
  options: Draft<inferenceV1.EncodeOptions>,
  call: (wholeMs?: number) => CallOptions,
): AsyncGenerator<inferenceV1.EmbedResponse> {
  if (texts.length <= chunkSize) {
    yield await inference.embed({ texts, options }, call());
    return;
  }
  const stream = inference.embedStream(call(streamDeadlineMs));
  const bulk = { ...options, priority: inferenceV1.Priority.PRIORITY_BULK };
  const send = async () => {
    for (let at = 0; at < texts.length; at += chunkSize)
      await stream.send({ texts: texts.slice(at, at + chunkSize), options: bulk });
    stream.end();
  };
  const sending = send();
  // What breaks the sending breaks the reading too, which tells it.
  sending.catch(() => {});
  try {
    let answered = 0;
    for await (const response of stream) {
      answered += response.items.length;
      yield response;
    }
    await sending;
    if (answered !== texts.length) throw new Error(`${texts.length} texts were sent, ${answered} came back.`);
  } finally {
    stream.cancel();
  }
}

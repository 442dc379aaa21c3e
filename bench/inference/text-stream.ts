import { inferenceV1, type InferenceClient } from '@cairn/contracts';
import { Random } from '@cairn/numerics';

export interface StreamOptions {
  /** Encoder; the default one if absent. */
  readonly model?: string;
  readonly priority?: inferenceV1.Priority;
  /** Texts of a message, drawn between the two; 64 to 256 if absent. */
  readonly messageTexts?: readonly [number, number];
}

export interface StreamControl extends StreamOptions {
  /** How often all texts are sent; 1 if absent, without end if there is a signal. */
  readonly passes?: number;
  /** Ends the sending; what was sent is still read. */
  readonly signal?: AbortSignal;
  /** Packed float32 vectors of each answer. */
  readonly onAnswer?: (data: Uint8Array) => void;
}

/**
 * Sends texts over one stream, in order, as fast as they are taken, and reads the answers.
 * @returns texts answered
 * @throws Error if a text was refused or an answer is missing
 */
export async function streamTexts(client: InferenceClient, texts: readonly string[], control: StreamControl) {
  const { model, priority = inferenceV1.Priority.PRIORITY_BULK, messageTexts = [64, 256], signal, onAnswer } = control;
  const total = signal === undefined ? texts.length * (control.passes ?? 1) : Infinity;
  const random = new Random(64);
  const call = client.embedStream();
  let sent = 0;
  const sending = (async () => {
    while (sent < total && signal?.aborted !== true) {
      const drawn = messageTexts[0] + random.below(messageTexts[1] - messageTexts[0] + 1);
      const count = Math.min(drawn, total - sent);
      const start = sent;
      sent += count;
      await call.send({
        texts: Array.from({ length: count }, (_, i) => texts[(start + i) % texts.length]),
        options: { model, priority },
      });
    }
    call.end();
  })();
  sending.catch(() => {}); // told to the reader
  let answered = 0;
  for await (const { vectors, errors } of call) {
    if (errors.length > 0) throw new Error(`A text was refused: ${errors[0].message}`);
    answered += vectors!.count;
    onAnswer?.(vectors!.data);
  }
  await sending;
  if (answered !== sent) throw new Error(`${sent} texts were sent, ${answered} answered.`);
  return answered;
}

/** The thread of one encoder session: `run()` of onnxruntime-node blocks the thread that calls it. */
import { collate } from '../batching/collate.js';
import { Refusal } from '../threads/refusal.js';
import { serveRequests } from '../threads/serve-requests.js';
import { YoungGarbage } from '../threads/young-garbage.js';
import type { ChosenDevice } from './devices.js';
import type { EncodingSpec } from './encoding-spec.js';
import { logits, type Forward } from './forward.js';
import type { KserveBackend } from './kserve-forward.js';
import { openOnnx, type FallBack, type OnnxBackend } from './onnx-forward.js';
import { pool } from './pooling.js';

export interface EncoderData {
  readonly backend: OnnxBackend | KserveBackend;
  readonly layers: number;
  /** Components of a hidden state according to config.json. */
  readonly hidden: number;
  /** Classes of a classifier; 0 for an encoder without logits. */
  readonly classes: number;
  readonly padId: number;
}

/** One batch; the arrays move to the thread. */
export interface EncoderRequest {
  /** Ids of all texts, one after the other. */
  readonly ids: Int32Array;
  /** `[batch]`, ids of each text. */
  readonly lengths: Int32Array;
  /** What is wanted of the texts: those of different requests share a batch. */
  readonly specs: readonly EncodingSpec[];
  /** `[batch]`, which of the specs. */
  readonly specOf: Uint16Array;
}

export interface EncoderAnswer {
  /** One vector after the other, each as long as its spec says. */
  readonly vectors: Float32Array;
  /** Rows whose vector is not finite. */
  readonly failed: number[];
  /** What computing took. */
  readonly ms: number;
  /** Set if the device failed under this batch. */
  readonly fallBack?: FallBack;
}

export interface EncoderInfo {
  readonly device: ChosenDevice;
}

interface OpenBackend {
  readonly forward: Forward;
  readonly device: ChosenDevice;
  takeFallBack(): FallBack | undefined;
}

async function openBackend({ backend, layers }: EncoderData): Promise<OpenBackend> {
  if (backend.type === 'onnx') return openOnnx(backend, layers);
  const { openKserve } = await import('./kserve-forward.js');
  const { forward } = await openKserve({ ...backend, outputs: { layers } });
  const device = { name: 'cpu', reason: `the model server at ${backend.url} decides` } as const;
  return { forward, device, takeFallBack: () => undefined };
}

void serveRequests<EncoderData, EncoderRequest, EncoderAnswer, EncoderInfo>(async (data) => {
  const { hidden, classes, padId } = data;
  const open = await openBackend(data);
  const garbage = new YoungGarbage();
  const handle = async ({ ids, lengths, specs, specOf }: EncoderRequest) => {
    const started = performance.now();
    const padded = collate(ids, lengths, padId);
    const layers = [...new Set(specs.flatMap((spec) => spec.layers))];
    const outputs = await open.forward(padded, layers);
    const states = new Map(layers.map((layer, i) => [layer, outputs[i]]));
    for (const [layer, values] of states) {
      const expected = layer === logits ? padded.batch * classes : padded.batch * padded.seq * hidden;
      if (values.length !== expected)
        throw new Refusal(
          'source',
          layer === logits
            ? `The graph gives ${values.length / padded.batch} logits a text; config.json names ${classes} classes.`
            : `The graph gives vectors of ${values.length / (padded.batch * padded.seq)} components; config.json says ${hidden}.`,
        );
    }
    for (const values of states.values()) garbage.dropped(values.byteLength);
    const answer = { ...pool(states, lengths, specs, specOf, padded.seq), ms: performance.now() - started };
    return {
      answer: { ...answer, fallBack: open.takeFallBack() },
      transfer: [answer.vectors.buffer as ArrayBuffer],
    };
  };
  return { info: { device: open.device }, handle };
});

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { hiddenStateName } from '@cairn/onnx-graph';
import type { PaddedBatch } from '../batching/collate.js';
import { Refusal } from '../threads/refusal.js';
import { openOnDevice, type ChosenDevice, type Device, type DeviceChoice } from './devices.js';
import { logits, type Forward } from './forward.js';

/** Forward passes by ONNX Runtime in this process. */
export interface OnnxBackend {
  readonly type: 'onnx';
  readonly file: string;
  /** Threads that one operator may use. */
  readonly threads: number;
  readonly device: DeviceChoice;
}

/** A device gave up while it ran; the work went on on another. */
export interface FallBack {
  readonly from: Device;
  readonly to: ChosenDevice;
}

export interface OnnxForward {
  readonly forward: Forward;
  readonly device: ChosenDevice;
  /** The fall-back since this was last asked, if there was one. */
  takeFallBack(): FallBack | undefined;
}

/** What this file needs of a session; a test gives one whose device fails. */
export interface RunnableSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, Tensor>, fetches: readonly string[]): Promise<Record<string, { readonly data: unknown }>>;
}

const required = ['input_ids', 'attention_mask'];
const optional = ['token_type_ids', 'position_ids'];

/**
 * Opens an encoder. Its inputs must be `input_ids` and `attention_mask`, perhaps `token_type_ids` and `position_ids`,
 * int64 `[batch, seq]`; its outputs hidden states, float32 `[batch, seq, hidden]`, or the logits of a classifier.
 * @param layers layers of the encoder
 * @param create how a session is made; a test gives its own
 * @throws Refusal for a file that is not such an encoder, or a device that cannot be used, with what is wrong
 */
export async function openOnnx(
  { file, threads, device }: OnnxBackend,
  layers: number,
  create: (file: string, threads: number, device: Device) => Promise<RunnableSession> = createSession,
): Promise<OnnxForward> {
  const open = async (name: Device) => checked(await create(file, threads, name), file);
  let { opened: session, device: current } = await openOnDevice(device, open).catch((error: Error) => {
    if (error instanceof Refusal) throw error;
    if (device === 'cpu' || device === 'auto')
      throw new Refusal(
        'source',
        `${file} cannot be loaded as an ONNX model; it may be cut short or of another kind: ${error.message}`,
      );
    throw new Refusal('device', `The device ${device} cannot be used here: ${error.message}`);
  });
  let fallBack: FallBack | undefined;
  const forward: Forward = async (padded, wanted) => {
    for (const name of outputNames(wanted, layers))
      if (!session.outputNames.includes(name))
        throw new Refusal(
          'source',
          `${file} has no output ${name}, only ${session.outputNames.join(', ')}: config.json is of another kind of model.`,
        );
    try {
      return await run(session, padded, wanted, layers);
    } catch (error) {
      if (current.name === 'cpu') throw error;
      // A lost device, or no memory left on it: the work goes on where it always can.
      const from = current.name;
      session = await open('cpu');
      current = { name: 'cpu', reason: `fell back from ${from}, which failed: ${(error as Error).message}` };
      fallBack = { from, to: current };
      return run(session, padded, wanted, layers);
    }
  };
  return {
    forward,
    get device() {
      return current;
    },
    takeFallBack: () => {
      const taken = fallBack;
      fallBack = undefined;
      return taken;
    },
  };
}

function createSession(file: string, threads: number, device: Device): Promise<RunnableSession> {
  return InferenceSession.create(file, {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // The budget of a batch bounds what the arena keeps; without it every run asks the system for its memory again,
    // which took a twelfth of the time.
    enableCpuMemArena: true,
    enableMemPattern: false, // a pattern is kept for each of the many shapes
    logSeverityLevel: 4,
    extra: {
      // Threads that spin while they wait take the core from the session beside.
      session: { intra_op: { allow_spinning: '0' } },
      // On a CPU a sum and a normalisation are faster alone than as one operator: batches of 512 tokens took 36 ms
      // instead of 40 (4 layers, hidden 256) and 113 instead of 124 (6 layers, hidden 384).
      ...(device === 'cpu' && {
        optimization: { disable_specified_optimizers: 'SkipLayerNormFusion;BiasSkipLayerNormFusion' },
      }),
    },
  }) as Promise<RunnableSession>;
}

function checked(session: RunnableSession, file: string): RunnableSession {
  const refuse = (what: string) => new Refusal('source', `${file} ${what}`);
  const missing = required.filter((name) => !session.inputNames.includes(name));
  if (missing.length > 0) throw refuse(`has no input ${missing.join(', ')}: it is not a text encoder.`);
  const foreign = session.inputNames.filter((name) => !required.includes(name) && !optional.includes(name));
  if (foreign.length > 0) throw refuse(`wants the input ${foreign.join(', ')}, which Cairn does not give.`);
  if (!session.outputNames.some((name) => name === 'last_hidden_state' || name === 'logits'))
    throw refuse(
      `has neither an output last_hidden_state nor logits, only ${session.outputNames.join(', ')}. Export the bare encoder, or a sequence classifier.`,
    );
  return session;
}

const outputNames = (wanted: readonly number[], layers: number) =>
  wanted.map((layer) => (layer === logits ? 'logits' : hiddenStateName(layer, layers)));

/** One forward pass; blocks the calling thread. */
async function run(
  session: RunnableSession,
  padded: PaddedBatch,
  wanted: readonly number[],
  layers: number,
): Promise<Float32Array[]> {
  const { batch, seq } = padded;
  const shape = [batch, seq];
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor('int64', padded.inputIds, shape),
    attention_mask: new Tensor('int64', padded.attentionMask, shape),
  };
  if (session.inputNames.includes('token_type_ids'))
    feeds.token_type_ids = new Tensor('int64', new BigInt64Array(batch * seq), shape);
  if (session.inputNames.includes('position_ids'))
    feeds.position_ids = new Tensor(
      'int64',
      BigInt64Array.from({ length: batch * seq }, (_, i) => BigInt(i % seq)),
      shape,
    );
  const names = outputNames(wanted, layers);
  const results = await session.run(feeds, names);
  return names.map((name) => results[name].data as Float32Array);
}

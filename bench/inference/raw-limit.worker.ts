/** One session of the raw limit, in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RawBatch } from './raw-batches.js';

export interface RawSession {
  readonly graph: string;
  readonly threads: number;
  /** Whether ONNX Runtime keeps freed memory for the next batch. */
  readonly arena: boolean;
  /** Whether the graph is the engine's, to be opened as the engine does. */
  readonly engineGraph: boolean;
}

/** Batches to hold, or the order to run them: `turn` is shared by all sessions and counts the batches taken. */
export type RawMessage =
  { readonly batches: readonly RawBatch[] } | { readonly turn: Int32Array; readonly passes: number };

const { graph, threads, arena, engineGraph } = workerData as RawSession;
const port = parentPort!;

async function main(): Promise<void> {
  const session = await InferenceSession.create(graph, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: arena,
    enableMemPattern: arena,
    logSeverityLevel: 3,
    extra: {
      session: { intra_op: { allow_spinning: '0' } },
      // As the engine runs its own graph; in an exported one these make no difference.
      ...(engineGraph && {
        optimization: { disable_specified_optimizers: 'SkipLayerNormFusion;BiasSkipLayerNormFusion' },
      }),
    },
  });
  const output = session.outputNames.find((name) => name === 'last_hidden_state') ?? session.outputNames[0];
  const feedsOf = ({ inputIds, attentionMask, batch, seq }: RawBatch): Record<string, Tensor> => {
    const values: Record<string, BigInt64Array> = {
      input_ids: inputIds,
      attention_mask: attentionMask,
      token_type_ids: new BigInt64Array(batch * seq),
      position_ids: BigInt64Array.from({ length: batch * seq }, (_, i) => BigInt(i % seq)),
    };
    const input = (name: string) => {
      if (values[name] === undefined) throw new Error(`${graph} wants the input ${name}.`);
      return [name, new Tensor('int64', values[name], [batch, seq])];
    };
    return Object.fromEntries(session.inputNames.map(input));
  };
  let feeds: Record<string, Tensor>[] = [];
  const run = async ({ turn, passes }: { turn: Int32Array; passes: number }) => {
    for (let at = Atomics.add(turn, 0, 1); at < passes * feeds.length; at = Atomics.add(turn, 0, 1))
      await session.run(feeds[at % feeds.length], [output]);
  };
  port.on('message', (message: RawMessage) => {
    if ('batches' in message) {
      feeds = message.batches.map(feedsOf);
      port.postMessage('loaded');
    } else void run(message).then(() => port.postMessage('done'));
  });
  port.postMessage('open');
}

void main();

/** Ways to encode the same texts, each measured in its turn while the others rest. */
import { availableParallelism } from 'node:os';
import { Stack } from '../../test/support/stack.js';
import { Child } from './child.js';
import { bundledParent, type BenchEncoder } from './encoders.js';
import type { GraphqlLoadFunctions } from './graphql-load.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { signalTree } from './process-tree.js';
import { textsPerSecond, type Rate } from './rate.js';
import type { RawGraph, RawLimitFunctions } from './raw-limit.js';
import type { TransformersJsFunctions } from './transformers-js.js';

export interface Contestant {
  readonly name: string;
  /** Who it is, if it is not Cairn. */
  readonly peer?: string;
  /** In how many rounds it takes part, if not in all: for one that is slow and far away. */
  readonly rounds?: number;
  /**
   * Takes other texts and warms up on them.
   * @param seconds of one measurement
   * @returns how it is set up for them, if that was chosen
   */
  prepare(texts: readonly string[], seconds: number): Promise<string | void>;
  measure(seconds: number): Promise<Rate>;
  stop(): Promise<void>;
}

const warmUpSeconds = 1;
/** GraphQL: texts of a request, and requests under way. */
const perRequest = 256;
const requestsInFlight = 4;
/** What a stopped stack needs to have its turn again, milliseconds. */
const wakeMs = 500;

/** Whole passes over the texts that take about some seconds. */
function passesFor(texts: number, seconds: number, rate: number): number {
  return Math.max(1, Math.round((seconds * rate) / texts));
}

/** ONNX Runtime alone; `graph` is the encoder's own file or the engine's. */
export function rawLimit(name: string, encoder: BenchEncoder, graph: RawGraph): Contestant {
  const child = Child.start<RawLimitFunctions>('raw-limit');
  return {
    name,
    peer: 'onnxruntime-node alone',
    async prepare(texts, seconds) {
      const plan = await child.call('prepare', encoder.folder, graph, texts, seconds / 8);
      const arena = plan.arena ? 'arena' : 'no arena';
      return `${plan.sessions} x ${plan.threads} threads, ${plan.budget} tokens a batch, ${arena}`;
    },
    measure: (seconds) => child.call('measure', seconds),
    stop: () => child.stop(),
  };
}

/** The pipeline of transformers.js, texts in the given order. */
export async function transformersJs(name: string, encoder: BenchEncoder, batch: number): Promise<Contestant> {
  const child = Child.start<TransformersJsFunctions>('transformers-js');
  await child.call('open', encoder.folder);
  let texts: readonly string[] = [];
  return {
    name,
    peer: '@huggingface/transformers',
    rounds: 2,
    async prepare(given) {
      texts = given;
      await child.call('measure', texts, batch, warmUpSeconds);
    },
    measure: (seconds) => child.call('measure', texts, batch, seconds),
    stop: () => child.stop(),
  };
}

/** The inference service alone, over one gRPC stream. */
export async function grpcStream(name: string, program: InferenceProgram): Promise<Contestant> {
  const child = Child.start<GrpcLoadFunctions>('grpc-load');
  await child.call('connect', program.address);
  let texts: readonly string[] = [];
  let rate = 0;
  return {
    name,
    async prepare(given) {
      texts = given;
      await child.call('stream', texts.slice(0, 256), 1);
      rate = textsPerSecond(await child.call('stream', texts, 1));
    },
    measure: (seconds) => child.call('stream', texts, passesFor(texts.length, seconds, rate)),
    stop: () => child.stop(),
  };
}

/**
 * All of Cairn, through GraphQL. The stack's processes are stopped while others are measured: idle, they take 3 % of two
 * cores.
 * @param store model store, so that the engine runs as it does elsewhere: its choice of sessions is kept there
 */
export async function graphql(name: string, encoder: BenchEncoder, store: string): Promise<Contestant> {
  const settings = { BUNDLED_MODELS: bundledParent(encoder), DEFAULT_ENCODER: encoder.id, MODEL_STORE: store };
  Object.assign(process.env, settings);
  const stack = await Stack.start();
  for (const variable of Object.keys(settings)) delete process.env[variable];
  const child = Child.start<GraphqlLoadFunctions>('graphql-load');
  const form = await child.call('connect', stack.url, stack.key);
  let texts: readonly string[] = [];
  let rate = 0;
  const awake = async <T>(work: () => Promise<T>): Promise<T> => {
    signalTree(stack.pid, 'SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, wakeMs));
    await child.call('embed', texts, perRequest, perRequest, 1);
    return work().finally(() => signalTree(stack.pid, 'SIGSTOP'));
  };
  const embed = (count: number) => child.call('embed', texts, count, perRequest, requestsInFlight);
  const letGoOn = () => signalTree(stack.pid, 'SIGCONT');
  const abandon = () => {
    letGoOn();
    process.kill(stack.pid);
  };
  process.once('exit', abandon);
  signalTree(stack.pid, 'SIGSTOP');
  return {
    name,
    async prepare(given) {
      texts = given;
      rate = await awake(async () => textsPerSecond(await embed(texts.length)));
      return `vectors as ${form}`;
    },
    measure: (seconds) => awake(() => embed(texts.length * passesFor(texts.length, seconds, rate))),
    async stop() {
      process.off('exit', abandon);
      letGoOn();
      await child.stop();
      await stack.stop();
    },
  };
}

/** Share of all cores that a client took while it measured. */
export const clientShare = ({ clientSeconds, seconds }: Rate): number =>
  clientSeconds / (seconds * availableParallelism());

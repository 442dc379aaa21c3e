/** A gRPC client of the inference service in a process of its own: streams, single calls, offered load. */
import { createInferenceClient, DomainError, unpackFloat32, type InferenceClient } from '@cairn/contracts';
import { serve } from './child.js';
import { LeanCalls } from './lean-calls.js';
import { measureRate, type Rate } from './rate.js';
import { streamTexts, type StreamOptions } from './text-stream.js';
import { callsInFlight, offerCalls, oneByOne, type Offered } from './unary-load.js';

export interface GrpcLoadFunctions {
  connect(address: string): Promise<void>;
  /** Sends all texts `passes` times over one stream. */
  stream(texts: readonly string[], passes: number, options?: StreamOptions): Promise<Rate>;
  /** Streams the texts over and over until `stopFlood`. */
  startFlood(texts: readonly string[], options?: StreamOptions): Promise<void>;
  stopFlood(): Promise<Rate>;
  /** Embeddings `[texts, dimension]`, in order, over one stream. */
  embed(texts: readonly string[], options?: StreamOptions): Promise<Float32Array>;
  /** Embeddings of texts that travel alone, one call after the other. */
  embedAlone(texts: readonly string[]): Promise<Float32Array>;
  /** Milliseconds of each of `count` calls with one text, with pauses between. */
  latencies(texts: readonly string[], count: number, seed: number): Promise<Float64Array>;
  /** A number of calls always under way. This and `offer` keep to the texts they were first given. */
  inFlight(texts: readonly string[], perCall: number, calls: number, seconds: number): Promise<Rate>;
  /** Calls on a clock, answered or not. */
  offer(texts: readonly string[], perCall: number, callsPerSecond: number, seconds: number): Promise<Offered>;
}

let client: InferenceClient;
let address: string;
let lean: LeanCalls | undefined;
let flood: { readonly rate: Promise<Rate>; readonly controller: AbortController } | undefined;

async function embedAlone(text: string): Promise<Float32Array> {
  const { vectors, errors } = await client.embed({ texts: [text] }, { deadlineMs: 60_000 });
  if (errors.length > 0) throw new DomainError('INTERNAL', errors[0].message);
  return unpackFloat32(vectors!.data);
}

const functions: GrpcLoadFunctions = {
  async connect(given) {
    address = given;
    client = createInferenceClient(address);
    await client.listModels({});
  },
  stream: (texts, passes, options) => measureRate(() => streamTexts(client, texts, { ...options, passes })),
  async startFlood(texts, options) {
    const controller = new AbortController();
    const { signal } = controller;
    await new Promise<void>((resolve, reject) => {
      const rate = measureRate(() => streamTexts(client, texts, { ...options, signal, onAnswer: () => resolve() }));
      rate.catch(reject);
      flood = { rate, controller };
    });
  },
  async stopFlood() {
    flood?.controller.abort();
    return flood!.rate;
  },
  async embed(texts, options) {
    const parts: Float32Array[] = [];
    await streamTexts(client, texts, { ...options, onAnswer: (data) => void parts.push(unpackFloat32(data)) });
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.reduce((from, part) => (all.set(part, from), from + part.length), 0);
    return all;
  },
  async embedAlone(texts) {
    const rows: Float32Array[] = [];
    for (const text of texts) rows.push(await embedAlone(text));
    const all = new Float32Array(rows.length * rows[0].length);
    rows.forEach((row, i) => all.set(row, i * row.length));
    return all;
  },
  latencies: (texts, count, seed) => oneByOne(client, texts, count, seed),
  async inFlight(texts, perCall, calls, seconds) {
    lean ??= await LeanCalls.open(address, texts, perCall);
    return measureRate(() => callsInFlight(lean!, perCall, calls, seconds));
  },
  async offer(texts, perCall, callsPerSecond, seconds) {
    lean ??= await LeanCalls.open(address, texts, perCall);
    return offerCalls(lean, perCall, callsPerSecond, seconds);
  },
};

serve({ ...functions });

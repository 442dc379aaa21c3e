import type { InferenceClient } from '@cairn/contracts';
import { Random } from '@cairn/numerics';
import { ok, resourceExhausted, type LeanCalls } from './lean-calls.js';

/** What became of calls that were offered on a clock. */
export interface Offered {
  readonly calls: number;
  /** Texts answered within the time. */
  readonly answeredTexts: number;
  /** Milliseconds of each answered call. */
  readonly answers: Float64Array;
  /** Milliseconds of each call that was refused with RESOURCE_EXHAUSTED. */
  readonly refusals: Float64Array;
  /** Calls that failed in another way, by gRPC status; -1: broken. */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds that each call left later than it should have. */
  readonly delays: Float64Array;
  readonly clientSeconds: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds of calls with one text each, 5 to 25 ms apart, so that they meet the engine at any moment of its work. */
export async function oneByOne(
  client: InferenceClient,
  texts: readonly string[],
  count: number,
  seed: number,
): Promise<Float64Array> {
  const random = new Random(seed);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    await pause(5 + 20 * random.uniform());
    const started = performance.now();
    await client.embed({ texts: [texts[random.below(texts.length)]] });
    times[i] = performance.now() - started;
  }
  return times;
}

/**
 * Keeps a number of calls under way until the time is over.
 * @returns texts answered
 */
export async function callsInFlight(
  calls: LeanCalls,
  perCall: number,
  count: number,
  seconds: number,
): Promise<number> {
  const end = performance.now() + 1000 * seconds;
  let next = 0;
  let answered = 0;
  const caller = async () => {
    while (performance.now() < end) {
      const status = await calls.call(next++);
      if (status !== ok) throw new Error(`A call ended with the gRPC status ${status}.`);
      answered += perCall;
    }
  };
  await Promise.all(Array.from({ length: count }, caller));
  return answered;
}

/** Makes calls at a steady rate, whatever becomes of them, and waits for the last one at the end. */
export async function offerCalls(
  calls: LeanCalls,
  perCall: number,
  callsPerSecond: number,
  seconds: number,
): Promise<Offered> {
  const total = Math.floor(callsPerSecond * seconds);
  const delays = new Float64Array(total);
  const answers: number[] = [];
  const refusals: number[] = [];
  const failures: Record<string, number> = {};
  const pending: Promise<void>[] = [];
  let answeredTexts = 0;
  const started = performance.now();
  const cpu = process.cpuUsage();
  const call = async (index: number) => {
    const sent = performance.now();
    const status = await calls.call(index).catch(() => -1);
    const now = performance.now();
    if (status === ok) {
      answers.push(now - sent);
      if (now - started <= 1000 * seconds) answeredTexts += perCall;
    } else if (status === resourceExhausted) refusals.push(now - sent);
    else failures[status] = (failures[status] ?? 0) + 1;
  };
  for (let next = 0; next < total;) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - started) * callsPerSecond) / 1000));
    for (; next < due; next++) {
      delays[next] = performance.now() - started - (1000 * next) / callsPerSecond;
      pending.push(call(next));
    }
    // Until the next one is due: a client that looks at the clock all the time takes the cores from the server.
    await pause(Math.max(1, started + (1000 * next) / callsPerSecond - performance.now()));
  }
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(pending);
  return {
    calls: total,
    answeredTexts,
    answers: Float64Array.from(answers),
    refusals: Float64Array.from(refusals),
    failures,
    delays,
    clientSeconds: (user + system) / 1e6,
  };
}

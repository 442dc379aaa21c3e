import { availableParallelism } from 'node:os';
import { Child } from './child.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { watchResident, type MemorySample } from './process-tree.js';
import { median, quantile, textsPerSecond } from './rate.js';
import { withAll, type Setting } from './setting.js';

const textsPerCall = 16;
/** Calls under way when the peak is looked for. */
const concurrency = [8, 16, 32, 64];
const overloadFactor = 3;

/** Largest memory within a part of the time, given as shares of it. */
function most(samples: readonly MemorySample[], seconds: number, from: number, to: number): number {
  const within = samples.filter((sample) => sample.seconds >= from * seconds && sample.seconds <= to * seconds);
  return Math.max(...within.map(({ bytes }) => bytes));
}

/**
 * Three times the peak, offered on a clock by unary calls whose answers nobody waits for. The peak is the best of several
 * numbers of such calls under way, before and after (the median of these looks). Memory is flat if the last third of the time needs at most a tenth more than the
 * second to the third sixth did (of 60 s: 40-60 against 10-30).
 */
export async function overload(setting: Setting): Promise<void> {
  const { encoder, store, texts, report, options } = setting;
  const seconds = options.overloadSeconds;
  await withAll(async (keep) => {
    // A short run would end before the queue is full.
    const settings: Record<string, string> = options.quick ? { QUEUE_LIMIT: '2048' } : {};
    const program = keep(await InferenceProgram.start(encoder, store, settings));
    const load = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await load.call('connect', program.address);
    await load.call('inFlight', texts.short, textsPerCall, 8, 1);
    const peaks: number[] = [];
    const measurePeak = async (): Promise<void> => {
      let best = 0;
      for (const calls of concurrency) {
        const rate = await load.call('inFlight', texts.short, textsPerCall, calls, options.seconds / 2);
        best = Math.max(best, textsPerSecond(rate));
      }
      peaks.push(best);
    };
    const rounds = Math.ceil(options.rounds / 2);
    for (let round = 0; round < rounds; round++) await measurePeak();
    const callsPerSecond = (overloadFactor * median(peaks)) / textsPerCall;
    const memory = watchResident(program.pid);
    const offered = load.call('offer', texts.short, textsPerCall, callsPerSecond, seconds);
    const outcome = await offered.finally(() => memory.stop());
    const samples = memory.stop();
    // The machine is not the same all the time: the peak is looked for before and after.
    for (let round = 0; round < rounds; round++) await measurePeak();
    const peak = median(peaks);

    const title = `overload, ${encoder.name}`;
    const goodput = outcome.answeredTexts / seconds;
    const failures = Object.entries(outcome.failures);
    report.add(`${title}: peak goodput`, peak, 'texts/s');
    report.add(`${title}: offered`, (outcome.calls * textsPerCall) / seconds, 'texts/s');
    report.add(`${title}: goodput`, goodput, 'texts/s');
    report.add(`${title}: goodput / peak`, goodput / peak, 'share', { target: 0.9 });
    report.add(`${title}: calls refused`, outcome.refusals.length / outcome.calls, 'share');
    if (outcome.refusals.length === 0) setting.note(`${title}: nothing was refused; the time was too short`);
    else {
      report.add(`${title}: time to refuse, p50`, quantile(outcome.refusals, 0.5), 'ms');
      report.add(`${title}: time to refuse, p99`, quantile(outcome.refusals, 0.99), 'ms', { target: 50, lower: true });
    }
    report.add(`${title}: time to answer, p99`, quantile(outcome.answers, 0.99), 'ms');
    report.add(
      `${title}: calls that failed in another way`,
      failures.reduce((sum, [, count]) => sum + count, 0),
      'count',
      { target: 0, lower: true },
    );
    if (failures.length > 0) setting.note(`${title}: failed: ${JSON.stringify(outcome.failures)}`);
    report.add(`${title}: calls sent late by the client, p99`, quantile(outcome.delays, 0.99), 'ms');
    report.add(
      `${title}: cores taken by the client`,
      outcome.clientSeconds / (seconds * availableParallelism()),
      'share',
    );
    report.add(`${title}: memory at most`, most(samples, seconds, 0, 1) / 1e6, 'MB');
    const growth = most(samples, seconds, 2 / 3, 1) / most(samples, seconds, 1 / 6, 1 / 2);
    report.add(`${title}: memory of the last third / of the first half`, growth, 'times', {
      target: 1.1,
      lower: true,
    });
  });
}

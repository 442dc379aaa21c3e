import { processTree, residentBytesOf } from '../inference/process-tree.js';
import { median, quantile } from '../inference/rate.js';
import type { Setting } from './options.js';
import { goodRate, load, pageQuery } from './page.js';
import { startCairn } from './program.js';

const factor = 3;
/** Requests under way when the peak is looked for. */
const inFlight = [8, 16, 32];

/**
 * Three times the peak of pages, offered on a clock. Memory is flat if the last third of the time needs at most a tenth
 * more than the second to the third sixth did.
 */
export async function overload({ options, report, note }: Setting): Promise<void> {
  const cairn = await startCairn(options.database);
  const client = load();
  try {
    await client.call('connect', cairn.url, [JSON.stringify({ query: pageQuery })]);
    await client.call('closed', 8, 3);
    const peaks: number[] = [];
    const measurePeak = async () => {
      let best = 0;
      for (const count of inFlight)
        best = Math.max(best, goodRate(await client.call('closed', count, options.seconds)));
      peaks.push(best);
    };
    await measurePeak();
    const seconds = options.overloadSeconds;
    const samples: { at: number; bytes: number }[] = [];
    const started = performance.now();
    const timer = setInterval(() => {
      const pids = cairn.pids.flatMap(processTree);
      samples.push({
        at: (performance.now() - started) / 1000 / seconds,
        bytes: pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0),
      });
    }, 500);
    const outcome = await client.call('open', factor * peaks[0], seconds).finally(() => clearInterval(timer));
    await measurePeak();
    const peak = median(peaks);
    const offered = outcome.good + outcome.refused + Object.values(outcome.failures).reduce((a, b) => a + b, 0);
    report.add('overload: peak', peak, 'pages/s');
    report.add('overload: offered', offered / outcome.seconds, 'pages/s');
    report.add('overload: goodput', goodRate(outcome), 'pages/s');
    report.add('overload: goodput / peak', goodRate(outcome) / peak, 'share', { target: 0.8 });
    report.add('overload: refused with Retry-After', outcome.refused / offered, 'share');
    const others = Object.entries(outcome.failures);
    report.add(
      'overload: answered in another way',
      others.reduce((sum, [, count]) => sum + count, 0),
      'count',
      {
        ...{ target: 0, lower: true },
      },
    );
    if (others.length > 0) note(`overload: also ${JSON.stringify(outcome.failures)}`);
    report.add('overload: time to answer, p99', quantile(outcome.times, 0.99), 'ms');
    if (outcome.refused > 0) report.add('overload: time to refuse, p99', quantile(outcome.refusalTimes, 0.99), 'ms');
    const most = (from: number, to: number) =>
      Math.max(...samples.filter(({ at }) => at >= from && at <= to).map(({ bytes }) => bytes));
    report.add('overload: memory at most', most(0, 1) / 1e6, 'MB');
    report.add('overload: memory of the last third / of the first half', most(2 / 3, 1) / most(1 / 6, 1 / 2), 'times', {
      target: 1.1,
      lower: true,
    });
    report.add('overload: cores taken by the client', outcome.clientSeconds / outcome.seconds, 'cores');
  } finally {
    await client.stop();
    await cairn.stop();
  }
}

import { Child } from './child.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { quantile, textsPerSecond } from './rate.js';
import { withAll, type Setting } from './setting.js';

/**
 * How long one interactive text takes with nothing else to do, and while a stream of bulk texts, 256 a message, keeps the
 * engine full. The bulk client, the interactive client and the engine share the cores. Idle and loaded take turns; the
 * figures are over the calls of all rounds.
 */
export async function latency({ encoder, store, texts, report, options }: Setting): Promise<void> {
  await withAll(async (keep) => {
    const program = keep(await InferenceProgram.start(encoder, store));
    const client = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    const bulk = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await client.call('connect', program.address);
    await bulk.call('connect', program.address);
    const calls = options.quick ? 50 : 300;
    const idle: number[] = [];
    const loaded: number[] = [];
    const rates: number[] = [];
    await client.call('latencies', texts.short, 100, 0);
    for (let round = 0; round < options.rounds; round++) {
      idle.push(...(await client.call('latencies', texts.short, calls, 1 + round)));
      await bulk.call('startFlood', texts.mix, { messageTexts: [256, 256] });
      loaded.push(...(await client.call('latencies', texts.short, calls, 1 + round)));
      rates.push(textsPerSecond(await bulk.call('stopFlood')));
    }
    const title = `latency, ${encoder.name}`;
    report.add(`${title}: idle p50`, quantile(idle, 0.5), 'ms');
    report.add(`${title}: idle p99`, quantile(idle, 0.99), 'ms');
    report.add(`${title}: under bulk load p50`, quantile(loaded, 0.5), 'ms');
    report.add(`${title}: under bulk load p99`, quantile(loaded, 0.99), 'ms');
    report.add(`${title}: bulk texts meanwhile`, quantile(rates, 0.5), 'texts/s');
    const ratio = quantile(loaded, 0.99) / quantile(idle, 0.99);
    report.add(`${title}: p99 under bulk load / idle p99`, ratio, 'times', { target: 3, lower: true });
  });
}

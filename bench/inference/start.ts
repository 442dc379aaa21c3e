import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { watchResident } from './process-tree.js';
import { median } from './rate.js';
import { withAll, type Setting } from './setting.js';

/** Time from the fork to ready, where nothing is known of the encoder and where it ran before; memory under load. */
export async function start({ encoder, store, scratch, texts, report, options }: Setting): Promise<void> {
  const title = `start, ${encoder.name}`;
  const starts = options.quick ? 2 : 5;
  const readyTimes = async (storeOf: () => string) => {
    const times: number[] = [];
    for (let i = 0; i < starts; i++) {
      const program = await InferenceProgram.start(encoder, storeOf());
      times.push(program.readySeconds);
      await program.stop();
    }
    return times;
  };
  const target = encoder.name === 'bundled' ? 2 : undefined;
  const first = await readyTimes(() => mkdtempSync(join(scratch, 'store-')));
  report.add(`${title}: time to ready, first start`, median(first), 's', { target, lower: true });
  const again = (await readyTimes(() => store)).slice(-starts);
  report.add(`${title}: time to ready, later starts`, median(again), 's', { target, lower: true });

  await withAll(async (keep) => {
    const program = keep(await InferenceProgram.start(encoder, store));
    const load = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await load.call('connect', program.address);
    const memory = watchResident(program.pid);
    await load.call('startFlood', texts.mix);
    await new Promise((resolve) => setTimeout(resolve, 1000 * options.seconds));
    await load.call('stopFlood');
    const bytes = Math.max(...memory.stop().map((sample) => sample.bytes));
    report.add(`${title}: weights`, encoder.weightBytes / 1e6, 'MB');
    report.add(`${title}: memory under load`, bytes / 1e6, 'MB', {
      target: (3 * encoder.weightBytes + 150e6) / 1e6,
      lower: true,
    });
  });
}

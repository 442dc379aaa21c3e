import { Child } from './child.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { withAll, type Setting } from './setting.js';

const counters = { tokens: 'cairn_inference_tokens_total', padded: 'cairn_inference_padded_tokens_total' };

/** Share of the padded tokens that were not tokens, on the mix, as the engine's own metrics count them. */
export async function padding({ encoder, store, texts, report }: Setting): Promise<void> {
  await withAll(async (keep) => {
    const program = keep(await InferenceProgram.start(encoder, store));
    const load = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await load.call('connect', program.address);
    const count = async (name: string) => (await program.counter(name)) ?? 0;
    const before = { tokens: await count(counters.tokens), padded: await count(counters.padded) };
    await load.call('stream', texts.mix, 2);
    const tokens = (await count(counters.tokens)) - before.tokens;
    const padded = (await count(counters.padded)) - before.padded;
    if (!(tokens > 0 && padded >= tokens))
      throw new Error(
        `The program does not count ${counters.tokens} and ${counters.padded}: ${tokens} and ${padded} after a load.`,
      );
    const title = `padding, ${encoder.name}, mix`;
    report.add(`${title}: tokens of a text`, tokens / (2 * texts.mix.length), 'tokens');
    report.add(`${title}: share that is padding`, 1 - tokens / padded, 'share', { target: 0.05, lower: true });
  });
}

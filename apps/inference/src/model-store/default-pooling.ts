import { DomainError } from '@cairn/contracts';
import { z } from 'zod';
import { poolings, type Pooling } from '../encoder/encoding-spec.js';
import { readJsonFile } from './json-file.js';

const given = z.boolean().nullish();
/** sentence-transformers' way to say how an encoder is pooled: a flag for each mode; its newer versions name the mode. */
const poolingConfig = z.object({
  pooling_mode: z.union([z.string(), z.array(z.string())]).nullish(),
  pooling_mode_cls_token: given,
  pooling_mode_mean_tokens: given,
  pooling_mode_max_tokens: given,
  pooling_mode_mean_sqrt_len_tokens: given,
  pooling_mode_weightedmean_tokens: given,
  pooling_mode_lasttoken: given,
});
const goldenPooling = z.object({ pooling: z.string().default('mean') });

/** Their words for what Cairn has. */
const known: Readonly<Record<string, Pooling>> = {
  cls: 'cls',
  cls_token: 'cls',
  mean: 'mean',
  mean_tokens: 'mean',
  max: 'max',
  max_tokens: 'max',
  lasttoken: 'last',
};

/**
 * How an encoder wants to be pooled: as its pooling settings say, else as its golden vectors were, else by the mean.
 * @throws INVALID_INPUT for field "source" if that is a way Cairn does not have
 */
export async function defaultPooling(
  poolingFile: string | undefined,
  goldenFile: string | undefined,
): Promise<Pooling> {
  if (poolingFile !== undefined) {
    const { pooling_mode, ...flags } = await readJsonFile(poolingFile, poolingConfig);
    const modes =
      pooling_mode != null
        ? [pooling_mode].flat()
        : Object.keys(flags)
            .filter((flag) => flags[flag as keyof typeof flags] === true)
            .map((flag) => flag.replace('pooling_mode_', ''));
    // The mean is what sentence-transformers takes where nothing is said.
    if (modes.length === 0 && Object.values(flags).every((flag) => flag == null)) return 'mean';
    const [pooling] = modes.map((mode) => known[mode]);
    if (modes.length === 1 && pooling !== undefined) return pooling;
    throw DomainError.invalid(
      'source',
      `${poolingFile} asks for the pooling ${modes.join(' with ') || 'of nothing'}; Cairn has ${poolings.join(', ')}, one at a time.`,
    );
  }
  if (goldenFile === undefined) return 'mean';
  const { pooling } = await readJsonFile(goldenFile, goldenPooling);
  return poolings.find((name) => pooling.startsWith(name)) ?? 'mean';
}

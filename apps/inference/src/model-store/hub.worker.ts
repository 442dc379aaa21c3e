/** The thread that fetches an encoder from a hub through the transformers package. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

export interface HubWorkerData {
  readonly hubId: string;
  readonly commit: string;
  /** Empty folder for the package's cache. */
  readonly cacheDir: string;
  readonly hubUrl: string;
}

export type HubWorkerResult =
  | { readonly type: 'fetched'; readonly folder: string }
  | { readonly type: 'missing'; readonly reason: string }
  | { readonly type: 'unreachable'; readonly reason: string };

/** sentence-transformers' pooling settings, which the transformers package does not fetch. */
const poolingFile = '1_Pooling/config.json';

/** Messages for a host that does not answer, stops in the middle, or asks to come back later. */
const unreachable = new RegExp(
  [
    'fetch failed|terminated|other side closed|aborted|timed? ?out|socket hang up',
    'ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EPIPE',
    'Internal server error|Bad gateway|Service unavailable|Error \\((408|429|5\\d\\d)\\)',
  ].join('|'),
  'i',
);

async function fetchEncoder({ hubId, commit, cacheDir, hubUrl }: HubWorkerData): Promise<HubWorkerResult> {
  const { AutoModel, AutoTokenizer, env } = await import('@xenova/transformers');
  // The package looks for the tokenizer on the main branch whatever the revision: the path itself is pinned.
  const remotePathTemplate = `{model}/resolve/${commit}/`;
  Object.assign(env, { cacheDir, remoteHost: hubUrl, remotePathTemplate, allowLocalModels: false });
  try {
    await AutoTokenizer.from_pretrained(hubId, { revision: commit });
    const model = await AutoModel.from_pretrained(hubId, { revision: commit, dtype: 'fp32', device: 'cpu' });
    await model.dispose();
    const folder = join(cacheDir, hubId, commit);
    const response = await fetch(`${hubUrl}${hubId}/resolve/${commit}/${poolingFile}`);
    if (response.ok) {
      const file = join(folder, poolingFile);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await response.text());
    } else if (response.status !== 404) return { type: 'unreachable', reason: `status ${response.status}` };
    return { type: 'fetched', folder };
  } catch (error) {
    const { message: reason, cause } = error as Error;
    const detail = cause instanceof Error ? `${reason}: ${cause.message}` : reason;
    return { type: unreachable.test(detail) ? 'unreachable' : 'missing', reason: detail };
  }
}

void fetchEncoder(workerData as HubWorkerData).then((result) => parentPort?.postMessage(result));

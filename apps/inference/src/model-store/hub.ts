import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '@cairn/contracts';
import type { HubWorkerData, HubWorkerResult } from './hub.worker.js';

/** The folder of a hub encoder in the store, and so its id: the commit is part of it. */
export function hubFolderName(hubId: string, commit: string): string {
  return `${hubId.replace('/', '--')}@${commit.slice(0, 12)}`;
}

/**
 * Fetches an encoder from a Hugging Face hub into a folder that appears only once it is complete.
 * The transformers package and the session it opens live in a thread of their own and are gone afterwards.
 * @throws UNAVAILABLE if the hub cannot be reached, INVALID_INPUT if it has no such encoder
 */
export async function fetchFromHub(hubId: string, commit: string, target: string, hubUrl: string): Promise<void> {
  const cacheDir = join(dirname(target), `.hub-${randomUUID()}`);
  await mkdir(cacheDir, { recursive: true });
  try {
    const result = await runHubWorker({ hubId, commit, cacheDir, hubUrl });
    if (result.type === 'fetched') return await rename(result.folder, target);
    if (result.type === 'missing')
      throw DomainError.invalid(
        'source',
        `${hubUrl}${hubId} at ${commit} cannot be used as an encoder: ${result.reason}. It needs config.json, tokenizer.json and onnx/model.onnx.`,
      );
    throw new DomainError(
      'UNAVAILABLE',
      `The hub ${hubUrl} cannot be reached (${result.reason}). Without a network, put the encoder's folder (config.json, tokenizer.json, onnx/model.onnx) into the model store or load it by its path.`,
      { field: 'source' },
    );
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

function runHubWorker(data: HubWorkerData): Promise<HubWorkerResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'hub.worker.js'), { workerData: data });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The hub worker ended with code ${code}.`)));
  });
}

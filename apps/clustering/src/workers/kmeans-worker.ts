/** The program of a worker thread: one task at a time, one ONNX Runtime session for all of them. */
import { parentPort } from 'node:worker_threads';
import { CentroidDistances } from '@cairn/kmeans';
import { PairwiseDistances } from '../distances/pairwise.js';
import { Refusal } from '../refusal.js';
import { runTask } from './run-task.js';
import type { ResultMessage, TaskMessage } from './tasks.js';

class Cancelled extends Error {}

if (parentPort === null) throw new Error('This program runs in a worker thread only.');
const port = parentPort;
const creation = CentroidDistances.create();
const pairwise = new PairwiseDistances();

async function answer({ task, cancelled }: TaskMessage): Promise<ResultMessage> {
  const interrupt = () => {
    if (Atomics.load(cancelled, 0) !== 0) throw new Cancelled();
  };
  try {
    return { outcome: 'done', result: await runTask(task, { distances: await creation, pairwise }, interrupt) };
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'refused', field: error.field, message: error.message };
    return error instanceof Cancelled ? { outcome: 'cancelled' } : { outcome: 'failed', error };
  }
}

port.on('message', (message: TaskMessage) => void answer(message).then((result) => port.postMessage(result)));

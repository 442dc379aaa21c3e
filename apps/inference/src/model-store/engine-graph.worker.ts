/** The thread that prepares an engine graph: reading and writing a hundred megabytes takes too long for the event loop. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import {
  decodeModel,
  encodeModel,
  includeData,
  nonFiniteTensor,
  OnnxFormatError,
  prepareEncoder,
  separateData,
  type ModelProto,
} from '@cairn/onnx-graph';
import { Refusal } from '../threads/refusal.js';
import { toFailure } from '../threads/to-failure.js';
import type { Failure } from '../threads/worker-messages.js';
import { largestDifference } from './graph-difference.js';
import { dataName, graphName, stateName, type EngineGraphState } from './engine-graph-files.js';

export interface EngineGraphData {
  readonly onnxFile: string;
  /** Where to write; made here. */
  readonly target: string;
  readonly layers: number;
  readonly hidden: number;
  readonly vocabularySize: number;
  /** Whether both graphs are run and compared: not for an encoder whose golden vectors are checked anyway. */
  readonly compare: boolean;
}

export type EngineGraphResult = { readonly state: EngineGraphState } | { readonly failure: Failure };

/** Largest difference of a component that the rewriting may make; reordered sums make some 1e-6. */
const tolerance = 1e-4;

function readModel(file: string): ModelProto {
  try {
    const model = decodeModel(readFileSync(file));
    if (model.graph === undefined) throw new OnnxFormatError('it has no graph');
    includeData(model, (location) => readFileSync(join(dirname(file), location)));
    return model;
  } catch (error) {
    throw new Refusal(
      'source',
      `${file} cannot be read as an ONNX model; it may be cut short or of another kind: ${(error as Error).message}`,
    );
  }
}

function write(model: ModelProto, target: string): void {
  const pieces = separateData(model, dataName);
  writeFileSync(join(target, dataName), Buffer.concat(pieces));
  writeFileSync(join(target, graphName), encodeModel(model));
}

async function prepare(data: EngineGraphData): Promise<EngineGraphState> {
  const { onnxFile, target, layers, hidden, vocabularySize, compare } = data;
  mkdirSync(target, { recursive: true });
  const model = readModel(onnxFile);
  const broken = nonFiniteTensor(model);
  if (broken !== undefined)
    throw new Refusal('source', `${onnxFile} holds weights that are no numbers (NaN or infinite), in "${broken}".`);
  let state: EngineGraphState;
  try {
    const { hiddenStates, description } = prepareEncoder(model, { layers, hidden });
    state = { hiddenStates, description };
    write(model, target);
    if (compare) {
      const difference = await largestDifference(onnxFile, join(target, graphName), vocabularySize);
      if (!(difference <= tolerance))
        throw new RangeError(`the rewritten graph differs by ${difference.toPrecision(2)}`);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // A graph that rewriting breaks is served as it is: slower, and with its last layer only.
    const untouched = readModel(onnxFile);
    write(untouched, target);
    state = { hiddenStates: false, description: `as exported, because ${(error as Error).message}` };
  }
  writeFileSync(join(target, stateName), JSON.stringify(state));
  return state;
}

void prepare(workerData as EngineGraphData).then(
  (state) => parentPort?.postMessage({ state } satisfies EngineGraphResult),
  (error: unknown) => parentPort?.postMessage({ failure: toFailure(error) } satisfies EngineGraphResult),
);

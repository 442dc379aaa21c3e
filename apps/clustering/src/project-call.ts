import { DomainError, packFloat32, unpackFloat32, type clusteringV1, type vectorsV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import type { Rows } from '@cairn/kmeans';
import { takeRows } from '@cairn/numerics';
import { oneOf, readShape, whole } from './parameters.js';
import { prepareVectors } from './prepare-vectors.js';
import { fairRows } from './projection/fair-rows.js';
import { projectionMethods, type Projection } from './projection/project-rows.js';
import { receiveStart } from './receive-vectors.js';
import { pagesOf, withVectors, type VectorCallSettings } from './stream-vectors.js';
import { following, stageCounter } from './workers/stage-counter.js';

/** Places in one message. */
const perMessage = 8_192;
const mostPlaces = 20_000;

/** What comes beside the vectors, for all rows. */
interface BesideVectors {
  /** `[count]`. */
  readonly labels: Int32Array;
  /** `[count, 2]`. */
  readonly previous: Float64Array;
  labelled: boolean;
  placed: boolean;
}

/** One `Project` call, from its first message to its last. */
export async function serveProjectCall(
  { requests, send, signal, context }: DuplexHandling<clusteringV1.ProjectRequest, clusteringV1.ProjectResponse>,
  settings: VectorCallSettings,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const start = await receiveStart<clusteringV1.ProjectStart>(messages);
  const shape = readShape(start, settings.maxBytes);
  const method = oneOf('method', start.method || 'umap', projectionMethods);
  const seed = whole('seed', start.seed ?? 42, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const limit = whole('limit', start.limit ?? 5_000, 1, mostPlaces);
  const minDist = start.minDist ?? 0.1;
  if (!(minDist >= 0 && minDist <= 1))
    throw DomainError.invalid('min_dist', `min_dist must be from 0 to 1; got ${minDist}.`);
  const neighbours = whole('n_neighbors', start.nNeighbors ?? 15, 2, 200);
  const places = Math.min(limit, shape.count);
  const epochs = whole('n_epochs', start.nEpochs ?? (places > 10_000 ? 200 : 500), 1, 10_000);
  const beside: BesideVectors = {
    labels: new Int32Array(shape.count),
    previous: new Float64Array(2 * shape.count).fill(NaN),
    labelled: false,
    placed: false,
  };
  const sendProgress = (stage: string, done: number, total: number) => send({ progress: { stage, done, total } });
  const vectors = vectorsOf(messages, beside);
  await withVectors(vectors, shape, settings, signal, sendProgress, async (values, tell, told) => {
    const began = performance.now();
    const spherical = start.spherical ?? true;
    const chosen = fairRows(
      shape.count,
      beside.labelled ? beside.labels : undefined,
      beside.placed
        ? Uint8Array.from(beside.labels, (_, i) => (Number.isNaN(beside.previous[2 * i]) ? 0 : 1))
        : undefined,
      limit,
      seed,
    );
    const sample = await prepared(takeShared(values, shape.dimension, chosen), spherical);
    const previous = beside.placed
      ? Float64Array.from({ length: 2 * chosen.length }, (_, at) => beside.previous[2 * chosen[at >> 1] + (at & 1)])
      : undefined;
    const counter = stageCounter();
    const options = { method, neighbours, minDist, epochs, seed, previous };
    const projection = await following(
      counter,
      (stage, done, total) => tell(stage === 0 ? 'neighbours' : 'layout', done, total),
      settings.pool.run({ kind: 'project', rows: sample, options, counter }, signal),
    );
    await told();
    const ms = Math.round(performance.now() - began);
    settings.logger.info({ requestId: context.requestId, count: shape.count, placed: chosen.length, ms }, 'projected');
    await send({ summary: toSummary(projection, method) });
    for (const page of toPlaces(projection, chosen)) await send({ places: page });
  });

  async function prepared(values: Float32Array, spherical: boolean): Promise<Rows> {
    const { dimension } = shape;
    return (await prepareVectors(values, { dimension, spherical }, settings.pool, signal)).rows;
  }
}

/** The vectors of the messages; what comes beside them is kept. */
async function* vectorsOf(
  messages: AsyncIterator<clusteringV1.ProjectRequest>,
  beside: BesideVectors,
): AsyncGenerator<{ vectors: vectorsV1.Vectors }> {
  let offset = 0;
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    const { rows } = next.value;
    if (rows?.vectors == null) throw DomainError.invalid('rows', 'Only "rows" with vectors may follow "start".');
    const { count } = rows.vectors;
    // More rows than announced are refused with the vectors.
    if (offset + count <= beside.labels.length) keepBeside(rows, count, offset, beside);
    offset += count;
    yield { vectors: rows.vectors };
  }
}

function keepBeside(rows: clusteringV1.ProjectRows, count: number, offset: number, beside: BesideVectors): void {
  if (rows.labels.length > 0) {
    if (rows.labels.length !== count)
      throw DomainError.invalid(
        'labels',
        `${rows.labels.length} labels came with ${count} vectors: send one for each, or none.`,
      );
    beside.labels.set(rows.labels, offset);
    beside.labelled = true;
  }
  if (rows.previous.length > 0) {
    if (rows.previous.length !== 8 * count)
      throw DomainError.invalid(
        'previous',
        `${rows.previous.length} bytes of places came with ${count} vectors: send 8 for each, or none.`,
      );
    const places = unpackFloat32(rows.previous);
    const bad = places.findIndex((value) => Math.abs(value) === Infinity);
    if (bad >= 0) throw DomainError.invalid('previous', `The place of vector ${offset + (bad >> 1)} is infinite.`);
    beside.previous.set(places, 2 * offset);
    beside.placed = true;
  }
}

function takeShared(values: Float32Array, dimension: number, rows: Int32Array): Float32Array {
  if (rows.length * dimension === values.length) return values;
  const taken = new Float32Array(new SharedArrayBuffer(rows.length * dimension * 4));
  taken.set(takeRows(values, dimension, rows));
  return taken;
}

function toSummary(projection: Projection, method: string): clusteringV1.ProjectSummary {
  return {
    method,
    placed: projection.map.length / 2,
    aligned: projection.aligned,
    shift: projection.shift,
    neighboursKept: projection.neighboursKept,
    explained: [...projection.explained],
  };
}

function* toPlaces({ map }: Projection, rows: Int32Array): Generator<clusteringV1.Places> {
  for (const { offset, end } of pagesOf(rows.length, perMessage))
    yield {
      rows: [...rows.subarray(offset, end)],
      coordinates: packFloat32(Float32Array.from(map.subarray(2 * offset, 2 * end))),
    };
}

import { DomainError, packFloat32, toVectors, unpackFloat32, type ClusteringClient } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { stages } from './cluster-vectors.js';
import type { CompleteParameters } from './clustering-input.js';
import { drive } from './drive-stream.js';
import { readVectorsOf } from './select-questions.js';

/** Questions that get a place: of more, a fair part of every cluster, but at least `leastOfCluster` of each. */
const mapLimit = 5_000;
const leastOfCluster = 20;
/** More than that the clustering service does not place. */
const mostPlaced = 20_000;
const rowsPerMessage = 1_024;

interface Placed {
  readonly id: string;
  readonly cluster_index: number;
  readonly x: number | null;
  readonly y: number | null;
}

/**
 * Draws the 2-D map of a staged run. The same questions are chosen again in the next run, and the map starts where
 * they were in the run before, so that one finds one's way.
 * @param previousId the run before; undefined: none
 * @returns the method, or '' if there is nothing to draw
 */
export async function drawMap(
  database: Database,
  clustering: ClusteringClient,
  encoder: EncoderRecord,
  run: { readonly clusteringId: string; readonly previousId?: string; readonly parameters: CompleteParameters },
  job: RunningJob,
): Promise<string> {
  const { clusteringId, parameters } = run;
  const chosen = await choosePlaced(database, clusteringId, run.previousId);
  if (chosen.length < 3 || parameters.map === 'none') return '';
  const { dimension } = encoder.provenance;
  const start = {
    count: chosen.length,
    dimension,
    method: parameters.map,
    spherical: parameters.spherical,
    seed: parameters.seed,
    limit: chosen.length,
  };
  const hadPlaces = chosen.some(({ x }) => x !== null);
  const places = new Float32Array(chosen.length * 2).fill(NaN);
  let method = '';
  await drive(clustering.project({ context: job.context, signal: job.signal }), {
    send: async (send) => {
      await send({ start });
      let sent = 0;
      for await (const matrix of readVectorsOf(database, encoder, pagesOf(chosen))) {
        const rows = chosen.slice(sent, (sent += matrix.length / dimension));
        const previous = Float32Array.from(rows.flatMap(({ x, y }) => [x ?? NaN, y ?? NaN]));
        await send({
          rows: {
            vectors: toVectors(matrix, dimension),
            labels: rows.map(({ cluster_index: index }) => index),
            previous: hadPlaces ? packFloat32(previous) : undefined,
          },
        });
      }
    },
    receive: async ({ progress, summary, places: came }) => {
      if (progress != null) job.progress(stages[progress.stage] ?? 'draw the map', progress.done, progress.total);
      if (summary != null) method = summary.method;
      if (came != null) {
        const coordinates = unpackFloat32(came.coordinates);
        came.rows.forEach((row, i) => places.set(coordinates.subarray(2 * i, 2 * i + 2), 2 * row));
      }
    },
  });
  if (method === '') throw new DomainError('UNAVAILABLE', 'The clustering service ended the call without a map.');
  await storePlaces(database, clusteringId, chosen, places, job);
  return method;
}

function* pagesOf(chosen: readonly Placed[]): Generator<string[]> {
  for (let start = 0; start < chosen.length; start += rowsPerMessage)
    yield chosen.slice(start, start + rowsPerMessage).map(({ id }) => id);
}

/** In an order that has nothing to do with the questions, and is the same in every run. */
async function choosePlaced(
  database: Database,
  clusteringId: string,
  previousId: string | undefined,
): Promise<Placed[]> {
  return database.rows<Placed>(
    `WITH ranked AS (
       SELECT question_id, cluster_index, md5(question_id::text) AS place,
         row_number() OVER (PARTITION BY cluster_index ORDER BY md5(question_id::text)) AS rank,
         count(*) OVER (PARTITION BY cluster_index) AS size, count(*) OVER () AS total
       FROM clustering_member WHERE clustering_id = $1)
     SELECT ranked.question_id AS id, ranked.cluster_index, previous.x, previous.y
     FROM ranked LEFT JOIN map_point previous
       ON previous.clustering_id = $2 AND previous.question_id = ranked.question_id
     WHERE rank <= greatest($4::float8, ceil(size * least(1, $3::float8 / total)))
     ORDER BY ranked.place LIMIT ${mostPlaced}`,
    [clusteringId, previousId ?? null, mapLimit, leastOfCluster],
  );
}

async function storePlaces(
  database: Database,
  clusteringId: string,
  chosen: readonly Placed[],
  places: Float32Array,
  job: RunningJob,
): Promise<void> {
  const rows = chosen.flatMap(({ id, cluster_index: index }, row) =>
    Number.isFinite(places[2 * row]) && Number.isFinite(places[2 * row + 1])
      ? [{ id, index, x: places[2 * row], y: places[2 * row + 1] }]
      : [],
  );
  await database.transaction(async (sql) => {
    await job.guard(sql);
    await sql.rows(
      `INSERT INTO map_point (clustering_id, place, question_id, cluster_index, x, y)
       SELECT $1, place, given.question_id, given.cluster_index, given.x, given.y
       FROM unnest($2::uuid[], $3::int[], $4::real[], $5::real[]) WITH ORDINALITY
         AS given (question_id, cluster_index, x, y, place)
       JOIN question ON question.id = given.question_id`,
      [
        clusteringId,
        rows.map(({ id }) => id),
        rows.map(({ index }) => index),
        rows.map(({ x }) => x),
        rows.map(({ y }) => y),
      ],
    );
  });
}

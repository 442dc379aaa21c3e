import type { GaugeRow } from '@cairn/service-kit';
import { acrossSpaces } from '../access/scope.js';
import type { Sql } from '../persistence/database.js';
import { jobKinds } from './job-record.js';

/** How many jobs of each kind wait and run, in all spaces; what autoscaling of workers goes by. */
export async function jobCounts(sql: Sql): Promise<GaugeRow<'kind' | 'state'>[]> {
  const rows = await acrossSpaces(() =>
    sql.rows<{ kind: string; state: string; jobs: number }>(
      `SELECT kind, state, count(*) AS jobs FROM job WHERE state IN ('queued', 'running') GROUP BY kind, state`,
    ),
  );
  const found = new Map(rows.map(({ kind, state, jobs }) => [`${kind} ${state}`, jobs]));
  // None is 0, not missing.
  return jobKinds.flatMap((kind) =>
    ['queued', 'running'].map((state) => ({
      labels: { kind, state },
      value: Number(found.get(`${kind} ${state}`) ?? 0),
    })),
  );
}

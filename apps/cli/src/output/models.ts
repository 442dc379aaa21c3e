import type { Model } from '../graphql/models.js';
import { formatTable } from './table.js';

/** Models as a table, and below it why they run where and as they do. */
export function describeModels(models: readonly Model[]): string {
  if (models.length === 0) return 'There are no models.';
  const table = formatTable(
    [
      { name: 'id' },
      { name: 'state' },
      { name: 'aliases' },
      { name: 'task' },
      { name: 'precision' },
      { name: 'device' },
      { name: 'dimension', align: 'right' },
      { name: 'memory', align: 'right' },
      { name: 'sessions x threads', align: 'right' },
    ],
    models.map((model) => [
      model.id,
      `${model.state.toLowerCase()}${model.isDefault ? ', default' : ''}`,
      model.aliases.join(', '),
      taskOf(model),
      model.precision ?? '',
      model.device ?? '',
      String(model.dimension),
      model.memoryBytes ? mebibytes(model.memoryBytes) : '',
      model.sessions ? `${model.sessions} x ${model.threads}` : '',
    ]),
  );
  const notes = models.flatMap((model) => reasonsOf(model).map((reason) => `${model.id}: ${reason}`));
  return notes.length === 0 ? table : [table, '', ...notes].join('\n');
}

const taskOf = ({ task, classes }: Model): string =>
  task === 'CLASSIFICATION' ? `classification (${classes.length} classes)` : 'embedding';

function reasonsOf({ error, device, deviceReason, sessionsReason, graph }: Model): string[] {
  const reasons: [string, string | null | undefined][] = [
    ['failed', error],
    [device ?? 'device', deviceReason],
    ['sessions', sessionsReason],
    ['graph', graph],
  ];
  return reasons.flatMap(([name, reason]) => (reason ? [`${name}: ${reason}`] : []));
}

/** "28.0 MiB". */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

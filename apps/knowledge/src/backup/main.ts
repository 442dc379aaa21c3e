/**
 * `node main.js dump FILE` writes everything the database holds into a file, `node main.js restore FILE` fills an empty
 * database from one. The database is the one of the knowledge service's configuration. `cairn backup` and
 * `cairn restore` run it.
 */
import { createLogger, startFailure } from '@cairn/service-kit';
import { readKnowledgeConfiguration } from '../knowledge.config.js';
import { createDataSource } from '../persistence/data-source.js';
import type { migrations as known } from '../persistence/migrations/index.js';
import { dumpDatabase } from './dump-database.js';
import { restoreDatabase } from './restore-database.js';

async function main([what, path]: readonly string[]): Promise<void> {
  const { databaseUrl: url, databaseKind: kind } = readKnowledgeConfiguration();
  const logger = createLogger('backup', 'error');
  const open = async (migrations?: typeof known) => {
    const dataSource = createDataSource({ url, kind, logger, migrations });
    return dataSource.initialize();
  };
  const say = (table: string, rows: number) => process.stderr.write(`${table}: ${rows}\n`);
  if (path === undefined || (what !== 'dump' && what !== 'restore'))
    throw new Error('Say: dump FILE, or restore FILE.');
  let counts: Record<string, number>;
  if (what === 'dump') {
    const dataSource = await open();
    counts = await dumpDatabase(dataSource, path, say).finally(() => dataSource.destroy());
  } else counts = await restoreDatabase(open, path, say);
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${startFailure(error)}\n`);
    process.exit(1);
  },
);

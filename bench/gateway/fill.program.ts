/**
 * Makes the database of the large sections: node dist/bench/gateway/fill.program.js URL COUNT SECONDS. Ends with 3 while
 * there is more to do, so that a loop can leave pauses.
 */
import { createLogger } from '@cairn/service-kit';
import { createDataSource } from '../../apps/knowledge/src/persistence/data-source.js';
import { Database } from '../../apps/knowledge/src/persistence/database.js';
import { migrate } from '../../apps/knowledge/src/persistence/migrate.js';
import { fillDatabase, indexDatabase } from './fill-database.js';

async function main([url, count, seconds]: string[]): Promise<number> {
  const dataSource = createDataSource({ url, kind: 'postgres', logger: createLogger('bench', 'silent') });
  await dataSource.initialize();
  await migrate(dataSource);
  const database = new Database(dataSource, 'postgres');
  const say = (text: string) => console.log(text);
  try {
    if ((await fillDatabase(database, Number(count), Number(seconds), say)) < Number(count)) return 3;
    await indexDatabase(database, say);
    return 0;
  } finally {
    await dataSource.destroy();
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));

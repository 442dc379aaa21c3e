import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, type Logger } from '@cairn/service-kit';
import type { KnowledgeConfiguration } from '../knowledge.config.js';
import { createDataSource } from './data-source.js';
import { Database, isConnectionLoss } from './database.js';
import { isMigrated, migrate } from './migrate.js';

const connectWithinMs = 30_000;
const schemaWithinMs = 60_000;

/**
 * Connects, and returns once the schema is up to date: the api migrates it, the worker waits for the api.
 * @throws ConfigurationError with one clear line if the database is not there within 30 s, or its schema not within 60 s
 */
export async function openDatabase(configuration: KnowledgeConfiguration, logger: Logger): Promise<Database> {
  const { databaseUrl: url, databaseKind: kind, role } = configuration;
  const dataSource = createDataSource({ url, kind, logger });
  await connect(() => dataSource.initialize(), url, logger);
  try {
    if (role === 'api') {
      const ran = await migrate(dataSource);
      if (ran.length > 0) logger.info({ migrations: ran }, 'schema brought up to date');
    } else {
      const end = Date.now() + schemaWithinMs;
      while (!(await isMigrated(dataSource))) {
        if (Date.now() > end)
          throw new ConfigurationError(
            'The database has no current schema after 60 s. Start the api role: it creates the schema.',
          );
        await sleep(250);
      }
    }
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return new Database(dataSource, kind);
}

async function connect(initialize: () => Promise<unknown>, url: string, logger: Logger): Promise<void> {
  const end = Date.now() + connectWithinMs;
  for (;;) {
    try {
      await initialize();
      return;
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      if (Date.now() > end)
        throw new ConfigurationError(`The database at ${withoutPassword(url)} cannot be reached: ${messageOf(error)}`);
      logger.debug({ err: error }, 'the database is not there yet');
      await sleep(250);
    }
  }
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  return `${parsed.host}${parsed.pathname}`;
}

function messageOf(error: unknown): string {
  // A host with several addresses fails with one error each and no message of its own.
  const { message, errors } = error as { message?: string; errors?: Error[] };
  return message || errors?.map((one) => one.message).join('; ') || String(error);
}

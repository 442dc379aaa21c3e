import type { Logger } from '@cairn/service-kit';
import type { Pool } from 'pg';
import PgBoss from 'pg-boss';
import type { Database } from '../persistence/database.js';
import type { JobQueue } from './queue.js';

const queueName = 'jobs';
const pollSeconds = 0.5;

interface JobMessage {
  readonly jobId: string;
}

/**
 * The queue in Postgres: pg-boss in its own schema, on the pool of the application. It polls, because NOTIFY does not
 * cross connections on PGlite.
 * @param supervise whether this process also expires and deletes old messages: workers do, the api does not
 */
export async function openPgBossQueue(database: Database, supervise: boolean, logger: Logger): Promise<JobQueue> {
  const pool = (database.dataSource.driver as unknown as { master: Pool }).master;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schedule: false,
    supervise,
    archiveCompletedAfterSeconds: 3600,
    deleteAfterHours: 24,
  });
  // Polling goes on by itself; without a listener the event would end the process.
  boss.on('error', (error) => logger.warn({ err: error }, 'the job queue could not reach the database'));
  await boss.start();
  // "short": at most one waiting message per key, so that sweepers do not pile them up.
  await boss.createQueue(queueName, { name: queueName, policy: 'short', retryLimit: 0, expireInSeconds: 60 });
  return {
    send: async (jobId, afterSeconds = 0) => {
      await boss.send(queueName, { jobId } satisfies JobMessage, { singletonKey: jobId, startAfter: afterSeconds });
    },
    receive: async (handle) => {
      const options = { pollingIntervalSeconds: pollSeconds, batchSize: 8 };
      await boss.work<JobMessage>(queueName, options, async (messages) => {
        for (const message of messages) await handle(message.data.jobId);
      });
    },
    close: () => boss.stop({ graceful: true, wait: true, timeout: 2000, close: false }),
  };
}

/** The embedded database: one process, one data directory, PostgreSQL's protocol on a port of loopback. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createLogger, lockFolder, runProcess, type Logger } from '@cairn/service-kit';
import type { ThreadData, ThreadMessage } from './database-thread.js';
import { readEmbeddedConfiguration, type EmbeddedConfiguration } from './embedded.config.js';

interface DatabaseThread {
  stop(): Promise<void>;
}

/** Starts the thread; resolves when the database takes connections. `onLoss`: it has ended without being asked to. */
function startThread(data: ThreadData, onLoss: (message: string) => void): Promise<DatabaseThread> {
  const thread = new Worker(join(__dirname, 'database-thread.js'), { workerData: data });
  return new Promise((resolve, reject) => {
    let ready = false;
    let stopped = () => {};
    const lose = (error: Error) => (ready ? onLoss(error.message) : reject(error));
    thread.on('error', lose);
    thread.on('exit', () => lose(new Error('The database has ended by itself.')));
    thread.on('message', (message: ThreadMessage) => {
      if (message.type === 'stopped') return stopped();
      if (message.type === 'created') {
        thread.removeAllListeners();
        return resolve(thread.terminate().then(() => startThread(data, onLoss)));
      }
      if (message.type === 'failed') return lose(Object.assign(new Error(message.message), { code: message.code }));
      ready = true;
      resolve({
        stop: () =>
          new Promise((settle) => {
            stopped = () => {
              thread.removeAllListeners();
              void thread.terminate().then(() => settle());
            };
            thread.postMessage('stop');
          }),
      });
    });
  });
}

async function start(
  { folder, template, port }: EmbeddedConfiguration,
  logger: Logger,
): Promise<{ stop(): Promise<void> }> {
  // PGlite has no lock of its own: a second process would open the same files, and both would lose rows.
  const lock = lockFolder(folder);
  const lost = (message: string) => {
    logger.fatal(message);
    lock.release();
    process.exit(1);
  };
  try {
    const thread = await startThread({ folder, template, port }, lost);
    logger.info({ port, folder }, 'ready');
    return {
      stop: async () => {
        await thread.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const logger = createLogger('database');
void runProcess(logger, () => {
  const configuration = readEmbeddedConfiguration();
  logger.level = configuration.logLevel;
  return start(configuration, logger);
});

/** For specs that run jobs with the real services: a database, inference and clustering as programs, a worker in this process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createClusteringClient,
  createInferenceClient,
  type ClusteringClient,
  type InferenceClient,
} from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import { lastValueFrom } from 'rxjs';
import type { Caller } from '../access/caller.js';
import { ClassifyJob } from '../classification/classify-job.js';
import { EmbedJob } from '../embedding/embed-job.js';
import type { Database } from '../persistence/database.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { startProgram, type TestProgram } from '../persistence/test-program.js';
import { ClusterJob } from '../suggestions/cluster-job.js';
import { EvaluateJob } from '../training/evaluate-job.js';
import { FineTuneJob } from '../training/fine-tune-job.js';
import { TrainJob } from '../training/train-job.js';
import type { JobInputs, JobKind, JobRecord } from './job-record.js';
import { createJob } from './job-store.js';
import { JobWorker } from './job-worker.js';
import { openPgBossQueue } from './pg-boss-queue.js';
import type { JobQueue } from './queue.js';
import { JobWatch } from './watch-jobs.js';

export const testLogger = createLogger('test', 'silent');
export const testAdmin: Caller = { requestId: 'test', actor: 'ada', role: 'admin' };

export class TestLoop {
  /** The worker in this process; undefined after stopWorker. */
  private worker: JobWorker | undefined;

  private constructor(
    readonly test: TestDatabase,
    readonly inferenceProgram: TestProgram,
    readonly clusteringProgram: TestProgram,
    readonly inference: InferenceClient,
    readonly clustering: ClusteringClient,
    readonly queue: JobQueue,
    private readonly models: string,
  ) {}

  static async start(): Promise<TestLoop> {
    const models = mkdtempSync(join(tmpdir(), 'cairn-models-'));
    const [test, inference, clustering] = await Promise.all([
      startTestDatabase(),
      startProgram('inference/src/main.js', (port) => ({
        INFERENCE_ADDRESS: `127.0.0.1:${port}`,
        MODEL_STORE: models,
      })),
      startProgram('clustering/src/main.js', (port) => ({ CLUSTERING_ADDRESS: `127.0.0.1:${port}` })),
    ]);
    const loop = new TestLoop(
      test,
      inference,
      clustering,
      createInferenceClient(inference.address),
      createClusteringClient(clustering.address),
      await openPgBossQueue(test.database, true, testLogger),
      models,
    );
    await loop.startWorker();
    return loop;
  }

  get database(): Database {
    return this.test.database;
  }

  async startWorker(): Promise<void> {
    const { database, inference, clustering } = this;
    const handlers = {
      embed: new EmbedJob(database, inference),
      classify: new ClassifyJob(database, inference),
      cluster: new ClusterJob(database, inference, clustering),
      train: new TrainJob(database, inference),
      fineTune: new FineTuneJob(database, inference),
      evaluate: new EvaluateJob(database, inference),
    };
    this.worker = new JobWorker(database, await openPgBossQueue(database, true, testLogger), handlers, testLogger);
    await this.worker.start();
  }

  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = undefined;
  }

  /** Puts a job into the queue. */
  async start<K extends JobKind>(kind: K, input: JobInputs[K]): Promise<JobRecord> {
    const job = await createJob(this.database, testAdmin, { kind, input }, '');
    await this.queue.send(job.id);
    return job;
  }

  /** @returns the job when it has ended, well or not */
  async run<K extends JobKind>(kind: K, input: JobInputs[K]): Promise<JobRecord> {
    return lastValueFrom(new JobWatch(this.database).watch((await this.start(kind, input)).id));
  }

  /** Rows of `FROM ...`. */
  async countOf(sql: string): Promise<number> {
    return (await this.database.rows<{ n: number }>(`SELECT count(*) AS n ${sql}`))[0].n;
  }

  async stop(): Promise<void> {
    await this.stopWorker();
    await this.queue.close();
    this.inference.close();
    this.clustering.close();
    await Promise.all([this.inferenceProgram.end('SIGTERM'), this.clusteringProgram.end('SIGTERM')]);
    await this.test.stop();
    rmSync(this.models, { recursive: true, force: true });
  }
}

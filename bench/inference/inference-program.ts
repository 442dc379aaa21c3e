import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInferenceClient, type inferenceV1 } from '@cairn/contracts';
import { freePort, repository } from '../../test/support/stack.js';
import { bundledParent, type BenchEncoder } from './encoders.js';

/** The inference service alone, as a process with the limits that `cairn start` gives it. */
export class InferenceProgram {
  private constructor(
    private readonly process: ChildProcess,
    readonly address: string,
    private readonly metricsAddress: string,
    /** From the fork to ready. */
    readonly readySeconds: number,
  ) {}

  /**
   * @param store folder of the models it may write; what it learnt about an encoder is kept there
   * @param settings more of its environment
   */
  static async start(
    encoder: BenchEncoder,
    store: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<InferenceProgram> {
    const address = `127.0.0.1:${await freePort()}`;
    const metricsAddress = `127.0.0.1:${await freePort()}`;
    const env = {
      ...process.env,
      INFERENCE_ADDRESS: address,
      METRICS_ADDRESS: metricsAddress,
      MODEL_STORE: store,
      BUNDLED_MODELS: bundledParent(encoder),
      DEFAULT_ENCODER: encoder.id,
      LOG_LEVEL: 'fatal',
      NODE_OPTIONS: '',
      MALLOC_ARENA_MAX: '2',
      ...settings,
    };
    const started = performance.now();
    const program = fork(join(repository, 'dist/apps/inference/src/main.js'), {
      env,
      execArgv: ['--max-old-space-size=320', '--max-semi-space-size=2'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await Promise.race([once(program, 'message'), once(program, 'exit')])) as [
      { type: string; message?: string } | number | null,
    ];
    const readySeconds = (performance.now() - started) / 1000;
    if (typeof message !== 'object' || message?.type !== 'ready')
      throw new Error(`The inference program did not start: ${JSON.stringify(message)}`);
    return new InferenceProgram(program, address, metricsAddress, readySeconds);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** What the program says of an encoder: its revision, its sessions, its graph. */
  async model(id: string): Promise<inferenceV1.Model> {
    const client = createInferenceClient(this.address);
    return client.getModel({ id }).finally(() => client.close());
  }

  /** Sum of a Prometheus counter over all its labels; undefined if the program has no such counter. */
  async counter(name: string): Promise<number | undefined> {
    const response = await fetch(`http://${this.metricsAddress}/metrics`).catch(() => undefined);
    if (response?.ok !== true) return undefined;
    const values = [...(await response.text()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)`, 'gm'))];
    return values.length === 0 ? undefined : values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}

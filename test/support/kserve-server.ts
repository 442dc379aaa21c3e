/**
 * A model server that speaks KServe v2, in a process of its own: the protocol over gRPC, forward passes by ONNX Runtime
 * on ONNX files, and the errors of Triton. It can be told to be slow, full or not ready, and it can be killed.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ServedModel {
  readonly name: string;
  readonly file: string;
  /** Default: one version, "1". */
  readonly versions?: readonly string[];
}

/** What the server is told to do. Parts that are not named stay as they are. */
export interface KserveBehaviour {
  /** Pause before the answer to each ModelInfer. */
  readonly delayMs?: number;
  /** The next `count` calls of ModelInfer fail with this gRPC status. */
  readonly fail?: { readonly count: number; readonly status: string; readonly message: string };
  /** As long as false, the server and its models say that they are not ready. */
  readonly ready?: boolean;
  /** These are served in place of those before. */
  readonly models?: readonly ServedModel[];
}

/** What has been asked of the server so far. */
export interface KserveCounts {
  /** Calls of ModelInfer, failed ones included. */
  readonly infers: number;
  /** The most calls of ModelInfer at one time. */
  readonly mostAtOnce: number;
  readonly lastVersion: string;
  readonly lastOutputs: readonly string[];
}

export type ToServer = { readonly behave: KserveBehaviour } | { readonly port: number; readonly models: ServedModel[] };
export type FromServer = { readonly port: number } | { readonly counts: KserveCounts };

/** The built program; specs run from the sources beside it. */
const program = __filename.endsWith('.ts')
  ? join(__dirname, '../../dist/test/support/kserve-server.program.js')
  : join(__dirname, 'kserve-server.program.js');

export class KserveServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  /** @param port default: a free one */
  static async start(models: readonly ServedModel[], port = 0): Promise<KserveServer> {
    const child = fork(program, { env: { ...process.env, NODE_OPTIONS: '' }, execArgv: [], stdio: 'inherit' });
    child.send({ port, models: [...models] } satisfies ToServer);
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The model server did not start.'))),
    ])) as [{ port: number }];
    return new KserveServer(child, message.port);
  }

  get url(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves with the counts until then, once the behaviour holds. */
  async behave(behaviour: KserveBehaviour): Promise<KserveCounts> {
    this.process.send({ behave: behaviour } satisfies ToServer);
    const [{ counts }] = (await once(this.process, 'message')) as [{ counts: KserveCounts }];
    return counts;
  }

  counts(): Promise<KserveCounts> {
    return this.behave({});
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

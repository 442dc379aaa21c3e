import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repository } from '../../test/support/stack.js';

export interface PeerFit {
  readonly seconds: number;
  readonly iterations: number;
  readonly inertia: number;
}

/** The kernels of OpenBLAS that fit this processor: older versions do not know newer ones and take slow kernels. */
function openblasCore(): string {
  const flags = /^flags\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '';
  if (/ avx512vl /.test(flags)) return 'SkylakeX';
  return / avx2 /.test(flags) ? 'Haswell' : 'Sandybridge';
}

/** Debian's scikit-learn and FAISS, in a process of their own. */
export class PythonPeers {
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly process: ChildProcess) {
    this.answers = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  }

  static start(threads: number): PythonPeers {
    const count = String(threads);
    const env = {
      ...process.env,
      OPENBLAS_CORETYPE: openblasCore(),
      OPENBLAS_NUM_THREADS: count,
      OMP_NUM_THREADS: count,
    };
    const script = join(repository, 'bench/clustering/peers.py');
    const child = spawn('/usr/bin/python3', [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const kill = () => child.kill();
    process.once('exit', kill);
    child.once('exit', () => process.removeListener('exit', kill));
    return new PythonPeers(child);
  }

  /** What a request of peers.py gives. */
  async ask<T>(request: Record<string, unknown>): Promise<T> {
    this.process.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('/usr/bin/python3 with scikit-learn, FAISS and threadpoolctl is needed.');
    return JSON.parse(value) as T;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin!.end();
    await ended;
  }
}

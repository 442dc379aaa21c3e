import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Setting } from './setting.js';

/** What the child prints at its end. */
interface Measured {
  readonly vectorBytes: number;
  readonly peakBytes: number;
  readonly seconds: number;
  readonly iterations: number;
}

const dimension = 256;
const clusters = 1000;

/** Resident memory of a process that clusters, from its start to its end, in memory and from a stream. */
export async function memory({ options, report, scratch }: Setting): Promise<void> {
  const count = options.quick ? 100_000 : 1_000_000;
  const run = (way: 'memory' | 'stream', rows: number) =>
    new Promise<Measured>((resolve, reject) => {
      const args = [way, rows, dimension, clusters, options.threads, scratch].map(String);
      const child = spawn(process.execPath, [join(__dirname, 'memory-child.js'), ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (part: Buffer) => (text += part.toString()));
      child.on('exit', (code) =>
        code === 0 ? resolve(JSON.parse(text) as Measured) : reject(new Error(`memory-child ended with ${code}.`)),
      );
    });
  const whole = await run('memory', count);
  const name = `${count} x ${dimension}, k = ${clusters}`;
  const mib = (bytes: number) => bytes / 2 ** 20;
  report.add(`memory, ${name}: vectors`, mib(whole.vectorBytes), 'MiB');
  report.add(`memory, ${name}: most resident`, mib(whole.peakBytes), 'MiB');
  report.add(`memory, ${name}: most resident by vectors`, whole.peakBytes / whole.vectorBytes, 'x', {
    target: 1.5,
    lower: true,
  });
  report.add(`memory, ${name}: seconds of an iteration`, whole.seconds / whole.iterations, 's');
  for (const rows of [count / 10, count / 2]) {
    const streamed = await run('stream', rows);
    report.add(
      `memory, stream of ${rows} x ${dimension}, k = ${clusters}: most resident`,
      mib(streamed.peakBytes),
      'MiB',
    );
  }
}

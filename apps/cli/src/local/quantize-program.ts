import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How the program ended. */
export interface QuantizeOutcome {
  /** Exit code; undefined if a signal ended it. */
  readonly code?: number;
  /** The last line of standard output: the report as JSON, if there is one. */
  readonly report?: string;
  /** The last line of standard error: what came of it. The others were told as they came. */
  readonly verdict: string;
}

/**
 * Runs the program of the inference service that writes a smaller variant of an encoder.
 * @param main the program
 * @param say told what it says on the way, line by line, but for the last one
 */
export async function runQuantize(
  main: string,
  args: readonly string[],
  say: (line: string) => void,
): Promise<QuantizeOutcome> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  // It clears up after itself; this process waits for it and clears up too.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  let report: string | undefined;
  let verdict: string | undefined;
  createInterface(child.stdout).on('line', (line) => (report = line));
  createInterface(child.stderr).on('line', (line) => {
    if (verdict !== undefined) say(verdict);
    verdict = line.replace(/^quantize: /, '');
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code: code ?? undefined, report, verdict: verdict ?? '' };
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

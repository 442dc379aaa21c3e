import { readFileSync } from 'node:fs';

/** A process and all below it (Linux), the topmost first. */
export function processTree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [pid, ...children.flatMap((child) => processTree(Number(child)))];
  } catch {
    return [];
  }
}

/** Stops all processes of a tree where they are, or lets them go on. */
export function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const member of processTree(pid)) process.kill(member, signal);
}

/** Resident bytes of one process (Linux). */
export function residentBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}

export interface MemorySample {
  /** Since the watch began. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Notes the resident memory of one process, four times a second, until `stop`. */
export function watchResident(pid: number): { stop(): MemorySample[] } {
  const samples: MemorySample[] = [];
  const started = performance.now();
  const sample = () => samples.push({ seconds: (performance.now() - started) / 1000, bytes: residentBytesOf(pid) });
  sample();
  const timer = setInterval(sample, 250);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return samples;
    },
  };
}

import { readFileSync } from 'node:fs';

/** Bytes of memory that processes hold together, or undefined where the system does not say (no /proc). */
export function residentMemory(pids: Iterable<number>): number | undefined {
  let kibibytes = 0;
  for (const pid of pids) {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(statusOf(pid));
    if (found === null) return undefined;
    kibibytes += Number(found[1]);
  }
  return kibibytes * 1024;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Resident bytes of a process and everything below it (Linux). Shared pages are counted in each. */
export function residentBytes(root: number): number {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      resident.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // it ended while we looked
    }
  }
  const below = (pid: number): boolean => pid === root || (parents.has(pid) && below(parents.get(pid)!));
  return [...resident].reduce((sum, [pid, bytes]) => sum + (below(pid) ? bytes : 0), 0);
}

/** Watches the memory of a process tree twice a second; `stop` returns the largest sum seen, in bytes. */
export function memoryWatch(root: number): { stop(): number } {
  let most = residentBytes(root);
  const timer = setInterval(() => (most = Math.max(most, residentBytes(root))), 500);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

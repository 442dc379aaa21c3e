import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A data directory that another start is using; the message says which process. */
export class DataDirectoryLocked extends Error {
  override name = 'DataDirectoryLocked';
}

interface Holder {
  readonly pid: number;
  /** When that process began, as the kernel says; a number given to a new process begins later. */
  readonly began: string;
}

/**
 * Takes a data directory for this process, creating it if need be. A lock left by a process that has died is
 * taken over.
 * @returns gives the lock back
 * @throws DataDirectoryLocked if a living process holds it
 */
export function lockDataDirectory(folder: string): () => void {
  makeFolder(folder);
  const lock = join(folder, 'start.lock');
  const mine: Holder = { pid: process.pid, began: beginningOf(process.pid) };
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (let tries = 0; tries < 3; tries += 1) {
      if (linked(draft, lock)) return () => rmSync(lock, { force: true });
      const holder = readHolder(lock);
      if (holder !== undefined && isAlive(holder))
        throw new DataDirectoryLocked(
          `The data directory ${folder} is in use by another start (process ${holder.pid}). Stop that one, or choose another directory with --data or CAIRN_DATA.`,
        );
      removeStale(lock, holder);
    }
    throw new DataDirectoryLocked(`The data directory ${folder} is being taken by another start. Try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** With its parents. On file systems that refuse new folders (/proc), node's own recursive mkdir never returns. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder);
  }
}

/** A hard link is made or refused in one step, with its content in place. */
function linked(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(lock: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Two starts may find the same stale lock: only the one that moves away what it has read goes on. */
function removeStale(lock: string, stale: Holder | undefined): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && stale !== undefined && (moved.pid !== stale.pid || moved.began !== stale.began))
    linked(aside, lock);
  rmSync(aside, { force: true });
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return began === '' || beginningOf(pid) === began;
}

/** Start time from /proc; empty where there is none. */
function beginningOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}

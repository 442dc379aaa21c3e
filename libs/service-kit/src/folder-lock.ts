/**
 * One owner per folder, on systems and in languages without a lock that dies with its process.
 *
 * Every claimant writes a file of its own, then looks for others: of two that write before they look, at least one
 * sees the other and withdraws, so two can never both stay. Since names are never shared, taking over from a dead
 * process only removes files of dead processes; a claim that is alive cannot be removed by mistake.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigurationError } from './environment.js';

interface Claim {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, so that a reused process id is not taken for the owner. */
  readonly startedAt: string;
  readonly host: string;
}

export interface FolderLock {
  release(): void;
}

/**
 * Claims `folder` for this process, creating it where it is not there.
 * @param prefix of the lock's file name: owners of different kinds can share a folder
 * @throws ConfigurationError with one line if another living process has it, or one on another machine may have it
 */
export function lockFolder(folder: string, prefix = 'lock.'): FolderLock {
  makeFolder(folder);
  const own: Claim = { pid: process.pid, startedAt: startOf(process.pid) ?? '', host: hostname() };
  const name = `${prefix}${own.host}.${own.pid}`;
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(own), { mode: 0o600, flush: true });
  for (const other of readdirSync(folder)) {
    if (!other.startsWith(prefix) || other === name) continue;
    const claim = readClaim(join(folder, other));
    if (claim === undefined) continue;
    const refusal = refusalFor(claim, folder, other);
    if (refusal === undefined) {
      rmSync(join(folder, other), { force: true });
      continue;
    }
    rmSync(path, { force: true });
    throw new ConfigurationError(refusal);
  }
  return { release: () => rmSync(path, { force: true }) };
}

/** With its parents. On file systems that refuse new folders (/proc), node's own recursive mkdir never returns. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

function refusalFor(claim: Claim, folder: string, file: string): string | undefined {
  if (claim.host !== hostname())
    return (
      `The data directory ${folder} was in use on the machine "${claim.host}". ` +
      `If that machine has stopped, delete ${join(folder, file)} and start again.`
    );
  if (!isAlive(claim)) return undefined;
  return `The data directory ${folder} is in use by process ${claim.pid}. Stop it or choose another directory.`;
}

/** The claim in a file; undefined if its owner has just removed it or died before it wrote it. */
function readClaim(path: string): Claim | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    return claimOfName(path);
  }
}

/** A file that is empty may be about to be written: its name says whose it is. */
function claimOfName(path: string): Claim {
  const [, host, pid] = /lock\.(.*)\.(\d+)$/.exec(path) ?? [];
  return { host: host ?? '', pid: Number(pid), startedAt: '' };
}

function isAlive({ pid, startedAt }: Claim): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || startedAt === '' || now === startedAt;
}

/** Field 22 of /proc/<pid>/stat; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold blanks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

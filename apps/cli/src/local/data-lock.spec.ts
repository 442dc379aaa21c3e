import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryLocked, lockDataDirectory } from './data-lock.js';

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'cairn-lock-')), 'data')));
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

describe('lockDataDirectory', () => {
  it('makes the directory, refuses a second holder, and gives the lock back', () => {
    const release = lockDataDirectory(folder);
    expect(() => lockDataDirectory(folder)).toThrow(DataDirectoryLocked);
    expect(() => lockDataDirectory(folder)).toThrow(`process ${process.pid}`);
    release();
    expect(existsSync(join(folder, 'start.lock'))).toBe(false);
    lockDataDirectory(folder)();
  });

  it('takes over from a process that has died, or whose number another has now', () => {
    lockDataDirectory(folder)();
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(folder, 'start.lock'), JSON.stringify({ pid: dead, began: '1' }));
    lockDataDirectory(folder)();
    writeFileSync(join(folder, 'start.lock'), JSON.stringify({ pid: process.pid, began: '1' }));
    const release = lockDataDirectory(folder);
    expect(JSON.parse(readFileSync(join(folder, 'start.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    release();
  });

  it('takes over a lock that was cut off while being written', () => {
    lockDataDirectory(folder)();
    writeFileSync(join(folder, 'start.lock'), '{"pi');
    lockDataDirectory(folder)();
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './environment.js';
import { lockFolder } from './folder-lock.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cairn-lock-'));
  folder = join(parent, 'deep', 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** Leaves the lock of another process in the folder. */
function claim(pid: number, content: object | string): void {
  lockFolder(folder).release();
  writeFileSync(
    join(folder, `lock.${hostname()}.${pid}`),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}
/** A living process that is not this one. */
const living = process.ppid;
const dead = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('lockFolder', () => {
  it('makes the folder, and gives it back', () => {
    const lock = lockFolder(folder);
    expect(readdirSync(folder)).toEqual([`lock.${hostname()}.${process.pid}`]);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a folder that a living process has, in one line with its number', () => {
    claim(living, { pid: living, startedAt: '', host: hostname() });
    expect(() => lockFolder(folder)).toThrow(ConfigurationError);
    expect(() => lockFolder(folder)).toThrow(new RegExp(`^.*process ${living}.*$`));
  });

  it('takes over from a process that has died, or whose number another has now', () => {
    const pid = dead();
    claim(pid, { pid, startedAt: '1', host: hostname() });
    lockFolder(folder).release();
    if (existsSync('/proc/self/stat')) {
      claim(living, { pid: living, startedAt: 'long ago', host: hostname() });
      lockFolder(folder).release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('believes the name of a lock that was cut off while being written', () => {
    claim(living, '{"pi');
    expect(() => lockFolder(folder)).toThrow(ConfigurationError);
  });

  it('refuses a folder that was in use on another machine', () => {
    claim(living, { pid: living, startedAt: '1', host: 'elsewhere' });
    expect(() => lockFolder(folder)).toThrow('on the machine "elsewhere"');
  });

  it('lets owners of different kinds share a folder', () => {
    const one = lockFolder(folder);
    const other = lockFolder(folder, 'start.lock.');
    expect(readdirSync(folder)).toHaveLength(2);
    one.release();
    other.release();
  });

  it('does not hang where no folder can be made', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(() => lockFolder(join(file, 'data'))).toThrow('ENOTDIR');
    expect(() => lockFolder(file)).toThrow('EEXIST');
  });
});

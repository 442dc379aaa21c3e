import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const built = join(__dirname, '../../../dist/libs/service-kit/src/log.js');

/** Logs all the time, and more once its parent is gone; then it ends. */
const child = `
  const logger = require(${JSON.stringify(built)}).createLogger('child');
  setInterval(() => logger.info('tick'), 20);
  process.on('disconnect', () => {
    for (let i = 0; i < 50; i++) logger.warn({ err: new Error('gone') }, 'later');
    process.exit(0);
  });`;
/** Starts it as the supervisor starts services: logs go through a pipe that nobody reads. */
const parent = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', process.env.CHILD], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  console.log(child.pid);
  setInterval(() => {}, 1000);`;

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('createLogger', () => {
  it('lets a process end whose supervisor was killed while it logged', async () => {
    const supervisor = spawn(process.execPath, ['-e', parent], {
      env: { ...process.env, CHILD: child },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(supervisor.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    await sleep(1000);
    expect(alive(pid)).toBe(true);
    supervisor.kill('SIGKILL');
    for (let i = 0; i < 100 && alive(pid); i++) await sleep(100);
    const isLeft = alive(pid);
    if (isLeft) process.kill(pid, 'SIGKILL');
    expect(isLeft).toBe(false);
  }, 30_000);
});

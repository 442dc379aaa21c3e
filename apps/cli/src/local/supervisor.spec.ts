import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import type { ServicePlan } from './service-process.js';
import { Supervisor } from './supervisor.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cairn-supervisor-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A service as libs/service-kit makes them: ready over IPC, gone on SIGTERM or when its supervisor is. */
const wellBehaved = `
  const { appendFileSync } = require('node:fs');
  const end = (why) => { appendFileSync(process.env.STORY, process.env.NAME + ' ' + why + '\\n'); process.exit(0); };
  process.on('SIGTERM', () => end('stopped'));
  process.on('disconnect', () => end('orphaned'));
  process.send({ type: 'ready' });
  appendFileSync(process.env.STORY, process.env.NAME + ' ready\\n');
  setInterval(() => {}, 1000);
`;

function plan(name: string, stage: number, program: string): ServicePlan {
  const main = join(folder, `${name}.js`);
  writeFileSync(main, program);
  return { name, main, stage, nodeOptions: [], environment: { NAME: name, STORY: join(folder, 'story') } };
}

const story = (): string[] => readFileSync(join(folder, 'story'), 'utf8').trim().split('\n');

function supervise(plans: ServicePlan[], more: { stopTimeoutMs?: number } = {}) {
  const said: string[] = [];
  const supervisor = new Supervisor({
    plans,
    logFolder: join(folder, 'logs'),
    say: (line) => said.push(line),
    backoffMs: 1,
    ...more,
  });
  return { supervisor, said };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // Where nobody waits for orphans, an ended process stays in the table as a zombie.
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('Supervisor', () => {
  it('starts services stage by stage and stops them in reverse order', async () => {
    const { supervisor } = supervise([plan('b', 1, wellBehaved), plan('a', 0, wellBehaved), plan('c', 2, wellBehaved)]);
    await supervisor.start();
    const pids = [...supervisor.processIds().values()];
    expect(pids).toHaveLength(3);
    await supervisor.stop();
    expect(story()).toEqual(['a ready', 'b ready', 'c ready', 'c stopped', 'b stopped', 'a stopped']);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('passes on the line of a service that cannot start', async () => {
    const failing = `process.send({ type: 'failed', message: 'the model is missing' }); setTimeout(() => process.exit(1), 50);`;
    const { supervisor } = supervise([plan('a', 0, wellBehaved), plan('b', 1, failing)]);
    await expect(supervisor.start()).rejects.toThrow('b: the model is missing');
    await supervisor.stop();
    expect(supervisor.processIds().size).toBe(0);
  });

  it('says how a service ended that dies without a word, with its last line', async () => {
    const dying = `console.error('no such library'); process.exitCode = 7;`;
    const { supervisor } = supervise([plan('a', 0, dying)]);
    await expect(supervisor.start()).rejects.toThrow(
      /a ended while starting \(exit code 7\): no such library; see .*a\.log/,
    );
    await supervisor.stop();
    expect(readFileSync(join(folder, 'logs', 'a.log'), 'utf8')).toContain('no such library');
  });

  it('starts a crashed service again', async () => {
    const { supervisor, said } = supervise([plan('a', 0, wellBehaved)]);
    await supervisor.start();
    const first = supervisor.processIds().get('a')!;
    process.kill(first, 'SIGKILL');
    await until(() => said.includes('a: running again'));
    const second = supervisor.processIds().get('a')!;
    expect(second).not.toBe(first);
    expect(isAlive(second)).toBe(true);
    await supervisor.stop();
    expect(isAlive(second)).toBe(false);
  });

  it('gives up a service that crashes again and again', async () => {
    const fragile = `process.send({ type: 'ready' }, () => process.exit(3));`;
    const { supervisor, said } = supervise([plan('a', 0, fragile)]);
    await supervisor.start();
    await expect(supervisor.gaveUp).rejects.toThrow(/a crashed 6 times within a minute \(.*exit code 3\)/);
    expect(said.filter((line) => line.includes('starting it again'))).toHaveLength(5);
    await supervisor.stop();
  });

  it('kills a service that does not stop in time', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); process.send({ type: 'ready' }); setInterval(() => {}, 1000);`;
    const { supervisor } = supervise([plan('a', 0, stubborn)], { stopTimeoutMs: 100 });
    await supervisor.start();
    const pid = supervisor.processIds().get('a')!;
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('shows warnings and errors of services in one line, and keeps everything in the log', async () => {
    const talking = `
      const say = (level, msg, err) => console.log(JSON.stringify({ level, msg, err }));
      say(50, 'while starting');
      setTimeout(() => { ${wellBehaved} }, 200);
      setTimeout(() => {
        say(30, 'quiet');
        say(50, 'unexpected', { message: 'broken\\nstack' });
      }, 600);`;
    const { supervisor, said } = supervise([plan('a', 0, talking)]);
    await supervisor.start();
    await until(() => said.length > 0);
    await supervisor.stop();
    expect(said).toEqual(['a: error: unexpected (broken)']);
    expect(readFileSync(join(folder, 'logs', 'a.log'), 'utf8')).toContain('quiet');
  });
});

describe('a supervisor as a process', () => {
  /** Runs a supervisor of two services in a process of its own; gives their process ids once they are ready. */
  async function supervisorProcess(): Promise<{ parent: ChildProcess; pids: number[] }> {
    const plans = [plan('a', 0, wellBehaved), plan('b', 1, wellBehaved)];
    const built = join(folder, 'built');
    mkdirSync(built);
    for (const source of ['supervisor.ts', 'service-process.ts', 'service-log.ts'])
      writeFileSync(
        join(built, basename(source, '.ts') + '.js'),
        transformFileSync(join(__dirname, source), {
          swcrc: false,
          jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
          module: { type: 'commonjs' },
        }).code,
      );
    const options = JSON.stringify({ plans, logFolder: join(folder, 'logs') });
    writeFileSync(
      join(built, 'main.js'),
      `const { Supervisor } = require('./supervisor.js');
       const supervisor = new Supervisor({ ...${options}, say: () => {} });
       process.on('SIGINT', () => supervisor.stop().then(() => process.exit(0)));
       supervisor.start().then(() => console.log(JSON.stringify([...supervisor.processIds().values()])));`,
    );
    const parent = spawn(process.execPath, [join(built, 'main.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => parent.stdout!.once('data', (data) => resolve(String(data))));
    return { parent, pids: JSON.parse(line) as number[] };
  }
  const exitOf = (child: ChildProcess) =>
    new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1)));

  it('leaves nothing behind on Ctrl-C', async () => {
    const { parent, pids } = await supervisorProcess();
    const exit = exitOf(parent);
    parent.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(story().slice(2)).toEqual(['b stopped', 'a stopped']);
  });

  it('leaves nothing behind when it is killed', async () => {
    const { parent, pids } = await supervisorProcess();
    const exit = exitOf(parent);
    parent.kill('SIGKILL');
    expect(await exit).toBe('SIGKILL');
    await until(() => !pids.some(isAlive));
    expect(story().slice(2).sort()).toEqual(['a orphaned', 'b orphaned']);
  });
});

describe('ports', () => {
  it('tells a taken port from a free one', async () => {
    const { freePorts, isPortFree } = await import('./ports.js');
    const [port, other] = await freePorts(2);
    expect(port).not.toBe(other);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });
});

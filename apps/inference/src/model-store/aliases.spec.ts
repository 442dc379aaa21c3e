import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Aliases, type AliasTarget } from './aliases.js';

const one = { model: 'one', path: '/models/one' };
const two = { model: 'two', path: '/models/two' };

let parent: string;
let folder: string;
let open: Aliases[];
const faults: string[] = [];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cairn-aliases-'));
  folder = join(parent, 'aliases');
  open = [];
  faults.length = 0;
});
afterEach(async () => {
  for (const aliases of open) aliases.close();
  await rm(parent, { recursive: true, force: true });
});

async function replica(changed: (alias: string, to: AliasTarget) => void = () => undefined): Promise<Aliases> {
  const aliases = new Aliases(folder, (error) => faults.push(error.message));
  open.push(aliases);
  await aliases.follow(changed);
  return aliases;
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition() && Date.now() < end) await delay(20);
  expect(condition()).toBe(true);
}

describe('Aliases', () => {
  it('sets, moves and removes', async () => {
    const aliases = await replica();
    expect(aliases.get('live')).toBeUndefined();
    await aliases.set('live', one);
    await aliases.set('current', one);
    expect(aliases.get('live')).toEqual(one);
    expect(aliases.of('one')).toEqual(['current', 'live']);
    await aliases.set('live', two);
    expect(aliases.get('live')).toEqual(two);
    expect(aliases.of('one')).toEqual(['current']);
    await aliases.remove('current');
    expect([...aliases.entries()]).toEqual([['live', two]]);
    expect(await readdir(folder)).toEqual(['live.json']);
  });

  it('survives a restart', async () => {
    await (await replica()).set('live', one);
    expect((await replica()).get('live')).toEqual(one);
  });

  it('is followed by other replicas, which are told what was set or moved', async () => {
    const told: [string, string][] = [];
    const [writer, reader] = [await replica(), await replica((alias, { model }) => told.push([alias, model]))];
    await writer.set('live', one);
    await until(() => reader.get('live')?.model === 'one');
    // Twice within the precision of the folder's time.
    await writer.set('live', two);
    await writer.set('other', one);
    await until(() => reader.get('live')?.model === 'two' && reader.get('other')?.model === 'one');
    await writer.remove('live');
    await until(() => reader.get('live') === undefined);
    expect(told).toEqual([
      ['live', 'one'],
      ['live', 'two'],
      ['other', 'one'],
    ]);
  });

  it('loses nothing when replicas change different aliases at once', async () => {
    const replicas = await Promise.all([replica(), replica(), replica()]);
    const names = Array.from({ length: 30 }, (_, i) => `alias-${i}`);
    await Promise.all(names.map((name, i) => replicas[i % 3].set(name, i % 2 === 0 ? one : two)));
    const fresh = await replica();
    expect([...fresh.entries()].map(([alias]) => alias).sort()).toEqual([...names].sort());
  });

  it('is never seen half written', async () => {
    const [writer, reader] = [await replica(), await replica()];
    await writer.set('live', one);
    let moving = true;
    const moves = (async () => {
      for (let i = 0; i < 200; i++) await writer.set('live', i % 2 === 0 ? two : one);
      moving = false;
    })();
    while (moving) {
      await reader.refresh(true);
      expect(['one', 'two']).toContain(reader.get('live')?.model);
    }
    await moves;
    expect(faults).toEqual([]);
  });

  it('leaves out what is no alias and says so', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'broken.json'), '{"model": "o');
    await writeFile(join(folder, 'escaped.json'), JSON.stringify({ model: '../../etc', path: '/' }));
    await writeFile(join(folder, '.draft.json'), JSON.stringify(one));
    await writeFile(join(folder, 'notes.txt'), 'by a person');
    await writeFile(join(folder, 'fine.json'), JSON.stringify(one));
    const aliases = await replica();
    expect([...aliases.entries()]).toEqual([['fine', one]]);
    expect(faults).toEqual([expect.stringContaining('broken.json'), expect.stringContaining('escaped.json')]);
  });

  it('keeps what it knows while the folder cannot be read', async () => {
    const aliases = await replica();
    await aliases.set('live', one);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder was');
    await aliases.refresh(true);
    expect(aliases.get('live')).toEqual(one);
    expect(faults).toEqual([expect.stringContaining('ENOTDIR')]);
  });
});

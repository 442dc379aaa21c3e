import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StagingFolder } from './staging-folder.js';

let store: string;
beforeEach(() => (store = mkdtempSync(join(tmpdir(), 'cairn-staging-'))));
afterEach(() => rmSync(store, { recursive: true, force: true }));

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const card = (name: string) => join(store, name, 'README.md');
const model = (name: string, content: string) => {
  mkdirSync(join(store, name), { recursive: true });
  writeFileSync(card(name), content);
};
async function staged(content: string): Promise<StagingFolder> {
  const staging = await StagingFolder.create(store, 'small');
  writeFileSync(join(staging.model, 'README.md'), content);
  writeFileSync(join(staging.work, 'scrap'), 'scrap');
  return staging;
}

describe('a staging folder', () => {
  it('becomes the model, without what was needed to make it', async () => {
    const staging = await staged('new');
    expect(readdirSync(store)).toEqual([expect.stringMatching(/^\.quantize-small-/)]);
    expect(await staging.publish(false)).toBe(join(store, 'small'));
    staging.discard();
    expect(readdirSync(store)).toEqual(['small']);
    expect(readdirSync(join(store, 'small'))).toEqual(['README.md']);
  });

  it('replaces only what it may, and whole', async () => {
    model('small', 'old');
    writeFileSync(join(store, 'small', 'more'), 'more');
    const staging = await staged('new');
    await expect(staging.publish(false)).rejects.toThrow('--output: there is a model "small"');
    expect(readFileSync(card('small'), 'utf8')).toBe('old');
    await staging.publish(true);
    staging.discard();
    expect(readdirSync(store)).toEqual(['small']);
    expect(readdirSync(join(store, 'small'))).toEqual(['README.md']);
    expect(readFileSync(card('small'), 'utf8')).toBe('new');
  });

  it('brings the old one back if the new one cannot take its place', async () => {
    model('small', 'old');
    const staging = await staged('new');
    rmSync(staging.model, { recursive: true });
    await expect(staging.publish(true)).rejects.toThrow('ENOENT');
    staging.discard();
    expect(readdirSync(store)).toEqual(['small']);
    expect(readFileSync(card('small'), 'utf8')).toBe('old');
  });

  it('brings back an old one that a killed run had moved aside', async () => {
    model(`.replaced-small-${uuid}`, 'old');
    (await staged('new')).discard();
    expect(readdirSync(store)).toEqual(['small']);
    expect(readFileSync(card('small'), 'utf8')).toBe('old');
  });

  it('clears up after killed runs for the same id, and nothing else', async () => {
    const left = (name: string, owner?: object) => {
      mkdirSync(join(store, name));
      if (owner !== undefined) writeFileSync(join(store, name, 'owner.json'), JSON.stringify(owner));
    };
    const { host } = await staged('x').then((staging) => {
      const [name] = readdirSync(store);
      const owner = JSON.parse(readFileSync(join(store, name, 'owner.json'), 'utf8')) as { host: string };
      staging.discard();
      return owner;
    });
    const name = (i: number) => `.quantize-small-${uuid.slice(0, -1)}${i}`;
    left(name(0), { host, pid: 2 ** 22 + 1 }); // beyond the largest number that Linux gives
    left(name(1), { host, pid: process.ppid });
    left(name(2), { host: 'elsewhere', pid: 1 });
    left(name(3), { host: 'elsewhere', pid: 1 });
    const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(join(store, name(3)), longAgo, longAgo);
    left(name(4)); // killed before it could say whose it is, a moment ago
    left(`.quantize-small-2-${uuid}`, { host, pid: 2 ** 22 + 1 });
    model(`.replaced-small-${uuid}`, 'older');
    model('small', 'old');
    (await staged('new')).discard();
    expect(readdirSync(store).sort()).toEqual([name(1), name(2), name(4), `.quantize-small-2-${uuid}`, 'small'].sort());
    expect(existsSync(card('small'))).toBe(true);
  });
});

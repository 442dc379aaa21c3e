import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from '../exit-code.js';
import { ResumableFile } from './resumable-file.js';

describe('ResumableFile', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-file-'));
    path = join(folder, 'all.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('goes on after the last whole page, whatever a kill left behind it', async () => {
    const killed = await ResumableFile.open(path, 'this', false);
    await killed.append('one é\n', 'after one');
    await killed.append('two\n', 'after two');
    appendFileSync(`${path}.part`, 'half of thr');
    const again = await ResumableFile.open(path, 'this', true);
    expect(again.cursor).toBe('after two');
    expect(existsSync(path)).toBe(false);
    await again.append('three\n', 'after three');
    await again.finish();
    expect(readFileSync(path, 'utf8')).toBe('one é\ntwo\nthree\n');
    expect(existsSync(`${path}.part`) || existsSync(`${path}.part.state`)).toBe(false);
    await killed.leave();
  });

  it('begins anew where nothing can be gone on with', async () => {
    const first = await ResumableFile.open(path, 'this', true);
    expect(first.cursor).toBe('');
    await first.append('one\n', 'after one');
    await first.leave();
    // Part of what the state promises is lost.
    truncateSync(`${path}.part`, 2);
    const second = await ResumableFile.open(path, 'this', true);
    expect(second.cursor).toBe('');
    await second.append('anew\n', 'c');
    await second.leave();
    const third = await ResumableFile.open(path, 'this', false);
    expect(third.cursor).toBe('');
    await third.finish();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('does not go on with something else, nor where it may not write', async () => {
    const first = await ResumableFile.open(path, 'this', false);
    await first.append('one\n', 'after one');
    await first.leave();
    await expect(ResumableFile.open(path, 'that', true)).rejects.toThrow(CommandFailure);
    await expect(ResumableFile.open(join(folder, 'no', 'where'), 'this', false)).rejects.toThrow('cannot be written');
  });
});

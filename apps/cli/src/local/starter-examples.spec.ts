import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationRoot } from '../installation.js';
import { writeStarterExamples } from './starter-examples.js';

describe('the starter content as examples', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'cairn-examples-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a text and a topic in each line, of answered and of incoming questions', async () => {
    const file = join(folder, 'examples.tsv');
    await writeStarterExamples(join(installationRoot(), 'content'), file);
    const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(header).toBe('text\tlabel');
    const rows = lines.map((line) => line.split('\t'));
    expect(rows.filter((row) => row.length !== 2 || row.includes(''))).toEqual([]);
    expect(rows.length).toBeGreaterThan(700);
    // One of the answered questions, a labelled incoming one, and one of a topic that is kept back.
    expect(rows).toContainEqual(['What is positional encoding and why is it needed?', 'transformer-structure']);
    const topics = new Set(rows.map(([, topic]) => topic));
    expect([...topics]).toEqual(expect.arrayContaining(['features-and-labels', 'screencasts']));
  });
});

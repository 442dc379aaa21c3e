/** Versions of a head as an admin sees them: through the command line, with everything that can be asked wrongly. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from './support/stack.js';

jest.setTimeout(120_000);

const topics = {
  cards: ['my card was declined', 'the card does not work at the till', 'when does my new card arrive', 'card stolen'],
  transfers: ['the transfer is still pending', 'how long does a transfer take', 'wrong account', 'transfer fee'],
  login: ['I forgot my password', 'the app does not let me log in', 'reset my passcode', 'two factor login fails'],
};
const endings = ['', ' please', ' today', ' again', ' and why'];

interface Trained {
  readonly result: {
    readonly promoted: boolean;
    readonly reason: string;
    readonly notes: readonly string[];
    readonly head: { readonly id: string };
    readonly evaluation: { readonly examples: number; readonly figuresAgainst: object | null } | null;
  };
}

describe('versions of a head', () => {
  let stack: Stack;
  let folder: string;
  const ids: string[] = [];
  const cairn = (...args: string[]) => stack.cli(args);
  const json = async <T>(...args: string[]): Promise<T> => {
    const run = await stack.cli([...args, '--json']);
    expect(run).toMatchObject({ code: 0 });
    return JSON.parse(run.stdout) as T;
  };
  const importTexts = (name: string, rows: readonly string[]) => {
    const file = join(folder, `${name}.tsv`);
    writeFileSync(file, `id\ttext\ttopic\n${rows.join('\n')}\n`);
    return cairn('import', file, '--source', name, '--json');
  };

  beforeAll(async () => {
    stack = await Stack.start();
    folder = mkdtempSync(join(tmpdir(), 'cairn-evaluation-'));
    const rows = Object.entries(topics).flatMap(([topic, texts]) =>
      texts.flatMap((text, i) => endings.map((end, j) => `${topic}-${i}-${j}\t${text}${end}\t${topic}`)),
    );
    expect(await importTexts('bank', rows)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stack?.stop();
  });

  it('says what is missing before there is a head', async () => {
    const evaluated = await cairn('evaluate');
    expect(evaluated).toMatchObject({ code: 1 });
    expect(evaluated.stderr).toContain('train one first');
    const back = await cairn('rollback');
    expect(back).toMatchObject({ code: 1 });
    expect(back.stderr).toContain('no head to go back to');
    expect((await cairn('promotions')).stdout).toContain('No head was put in use yet');
  });

  it('trains, and measures each version beside the one in use', async () => {
    const first = await json<Trained>('train', '--promote');
    expect(first.result).toMatchObject({
      promoted: true,
      reason: 'no head was in use',
      evaluation: { figuresAgainst: null },
    });
    const second = await json<Trained>('train', '--l2', '0.5');
    expect(second.result).toMatchObject({ promoted: false, reason: 'nobody asked for it' });
    expect(second.result.evaluation).toMatchObject({ figuresAgainst: { accuracy: expect.any(Number) as number } });
    ids.push(first.result.head.id, second.result.head.id);
  });

  it('shows an evaluation as tables, and as JSON', async () => {
    const shown = await cairn('evaluate', ids[1]);
    expect(shown).toMatchObject({ code: 0 });
    for (const part of [
      ids[1],
      ids[0],
      'accuracy',
      'macro F1',
      'left-out AUROC',
      'change',
      'mostly taken for',
      'transfers',
    ])
      expect(shown.stdout).toContain(part);
    const evaluation = await json<{
      examples: number;
      figures: { headId: string };
      topics: unknown[];
      changes: unknown[];
    }>(...['evaluate', ids[0], '--against', ids[1]]);
    expect(evaluation).toMatchObject({ examples: 12, figures: { headId: ids[0] } });
    expect(evaluation.topics).toHaveLength(3);
    const none = await cairn('evaluate', 'nobody');
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('There is no head "nobody"');
    const itself = await cairn('evaluate', ids[0], '--against', ids[0]);
    expect(itself.code).toBe(2);
  });

  it('goes back to the head before, once', async () => {
    expect(await cairn('promote', ids[1])).toMatchObject({ code: 0 });
    expect((await cairn('rollback')).stdout).toContain(`${ids[0]} is in use again`);
    expect(await cairn('rollback')).toMatchObject({ code: 1 });
    const list =
      await json<{ cause: string; head: { id: string; dataHash: string; parameters: { l2: number } } }[]>('promotions');
    expect(list.map(({ cause }) => cause)).toEqual(['ROLLBACK', 'PERSON', 'TRAINING']);
    expect(list[1].head).toMatchObject({ id: ids[1], parameters: { l2: 0.5 } });
    expect(list[1].head.dataHash).toBe(list[0].head.dataHash);
  });

  it('follows a rule that is off until it is set', async () => {
    expect((await cairn('promotion-rule')).stdout).toMatch(/^Off/);
    expect(await cairn('promotion-rule', '--gain', '200')).toMatchObject({ code: 2 });
    const set = await cairn('promotion-rule', '--on', '--gain', '50', '--p', '0.05');
    expect(set.stdout).toMatch(/^On: .*50\.0 points, p of at most 0\.05/);
    const { result } = await json<Trained>('train', '--l2', '0.2');
    expect(result).toMatchObject({ promoted: false, reason: expect.stringContaining('at least 50.0') as string });
    expect((await cairn('promotion-rule', '--off')).stdout).toMatch(/^Off/);
  });

  it('says why a text is known or unknown', async () => {
    const asked = await cairn('ask', 'how do I cook rice?');
    expect(asked.stdout).toMatch(
      /why: \w+ -?\d+\.\d+ is (not )?below -?\d+\.\d+; nearest is an example of \w+, distance \d/,
    );
    const { because } = await json<{ because: object }>('ask', 'my card was declined');
    expect(because).toMatchObject({ detector: expect.any(String) as string, nearest: { to: 'example' } });
    expect((await cairn('classify', 'my card was declined')).stdout).toContain('distance');
  });

  it('tells contradictory labels and topics with one label, for heads too', async () => {
    await importTexts('odd', [
      'odd-1\tIs it free?\tcards',
      'odd-2\tis it  FREE?\ttransfers',
      'odd-3\tsell my loan\tloans',
    ]);
    const { result } = await json<Trained>('train');
    expect(result.notes[0]).toMatch(/^1 text has contradictory labels: ".*" \(cards, transfers\)/i);
    expect(result.notes[1]).toMatch(/^1 topic has a single label.*loans/);
  });
});

import { candidateLayouts, fastestLayout } from './session-layout.js';

describe('sessions and threads', () => {
  it.each([
    [1, 16, [[1, 1]]],
    [
      2,
      16,
      [
        [2, 1],
        [1, 2],
      ],
    ],
    [
      6,
      16,
      [
        [6, 1],
        [3, 2],
        [1, 6],
      ],
    ],
    [
      16,
      16,
      [
        [16, 1],
        [8, 2],
        [4, 4],
        [2, 8],
        [1, 16],
      ],
    ],
    [
      16,
      3,
      [
        [3, 5],
        [2, 8],
        [1, 16],
      ],
    ],
    [
      64,
      64,
      [
        [16, 4],
        [8, 8],
        [4, 16],
        [2, 32],
        [1, 64],
      ],
    ],
  ])('%i cores and room for %i sessions: %j', (cores, most, expected) => {
    expect(candidateLayouts(cores, most).map(({ sessions, threads }) => [sessions, threads])).toEqual(expected);
  });

  it('takes the fastest, and the first if it is a draw', async () => {
    const layouts = candidateLayouts(4, 4);
    const rates = new Map([
      [4, 1000],
      [2, 1040],
      [1, 500],
    ]);
    const measure = async ({ sessions }: { sessions: number }) => rates.get(sessions)!;
    expect(await fastestLayout(layouts, measure)).toMatchObject({ sessions: 4, threads: 1 });
    rates.set(2, 1060);
    expect(await fastestLayout(layouts, measure)).toMatchObject({ sessions: 2, threads: 2 });
    expect((await fastestLayout(layouts, measure)).reason).toContain('2 x 2: 1060 tokens/s');
  });
});

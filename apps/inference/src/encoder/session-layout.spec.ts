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
    const rates = [1000, 1090, 500];
    const measure = async (index: number) => rates[index];
    expect(await fastestLayout(layouts, measure)).toMatchObject({ index: 0, sessions: 4, threads: 1 });
    rates[1] = 1110;
    expect(await fastestLayout(layouts, measure)).toMatchObject({ index: 1, sessions: 2, threads: 2 });
    expect((await fastestLayout(layouts, measure)).reason).toContain('2 x 2: 1110 tokens/s');
  });

  it('is not misled by a turn that something else slowed down', async () => {
    const turns = [
      [300, 1000, 990],
      [700, 400, 710],
    ];
    const next = [0, 0];
    const measure = async (index: number) => turns[index][next[index]++];
    expect(await fastestLayout(candidateLayouts(2, 2), measure)).toMatchObject({ sessions: 2, threads: 1 });
    expect(next).toEqual([3, 3]);
  });
});

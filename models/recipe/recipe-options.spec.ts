import { nameWith, readCommand, usual, type Command } from './recipe-options.js';

const read = (...args: string[]) => readCommand(['corpus', 'bench', 'out', ...args]) as Command;

describe('readCommand', () => {
  it('asks for the usual run by default', () => {
    expect(read().options).toEqual(usual);
    expect(read()).toMatchObject({ seed: 42, hurry: 1, split: 'dev', vocabulary: 16_000, dimensions: [] });
    expect(read().folders.map((folder) => folder.split('/').at(-1))).toEqual(['corpus', 'bench', 'out']);
  });

  it('reads what stages are asked for', () => {
    const { options, dimensions } = read(
      ...['--rotate', '--mlm-steps', '500', '--dropout-views', '0.2', '--teacher', '/a', '--teacher', '/b'],
      ...['--distill-steps', '30', '--dimensions', '64,128'],
    );
    expect(options).toEqual({
      rotate: true,
      mlmSteps: 500,
      dropoutViews: 0.2,
      teachers: ['/a', '/b'],
      distillSteps: 30,
    });
    expect(dimensions).toEqual([64, 128]);
  });

  it.each([
    [['--hurry', '0'], '--hurry is 1 or more, not 0'],
    [['--hurry', 'x'], '--hurry is 1 or more, not x'],
    [['--seed', '1.5'], '--seed is a whole number, not 1.5'],
    [['--mlm-steps', ''], '--mlm-steps is a whole number, 0 or more, not '],
    [['--dropout-views', '2'], '--dropout-views is a share, from 0 to 1, not 2'],
    [['--vocabulary', '70000'], '--vocabulary is a whole number from 1000 to 65535, not 70000'],
    [['--dimensions', '64,x'], '--dimensions are whole numbers of 1 or more between commas, not 64,x'],
    [['--split', 'train'], '--split is dev or test, not train'],
    [['--distill-steps', '5'], '--distill-steps are those with a --teacher: name one'],
    [['more'], '3 folders are needed, not 4'],
  ])('says what is wrong with %j', (args, fault) => {
    expect(read(...args)).toEqual([fault]);
  });

  it('needs one folder to print the figures of an encoder', () => {
    expect(readCommand(['bench', '--evaluate', 'encoder'])).toMatchObject({
      folders: [/bench$/].map(() => expect.any(String) as string),
    });
    expect(readCommand(['--help'])).toBeUndefined();
  });
});

describe('nameWith', () => {
  it('is the plain name in the usual run, and another for each option that a stage depends on', () => {
    expect(nameWith('transformer', usual)).toBe('transformer');
    expect(nameWith('encoder', { ...usual, distillSteps: 5 })).toBe('encoder');
    const names = [
      { ...usual, rotate: true },
      { ...usual, mlmSteps: 5 },
      { ...usual, dropoutViews: 0.5 },
    ].map((options) => nameWith('transformer', options));
    expect(new Set([...names, 'transformer']).size).toBe(4);
    expect(nameWith('masked', { ...usual, mlmSteps: 5, dropoutViews: 0.5 })).toBe('masked.masked-5');
  });
});

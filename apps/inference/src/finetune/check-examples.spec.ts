import { checkExamples, type GivenExamples } from './check-examples.js';
import { defaultSettings, faultOfSettings, type TrainingSettings } from './training-settings.js';

const classes = ['card', 'pin', 'fee'];
const good: GivenExamples = {
  texts: ['where is my card', 'my pin', 'new pin please'],
  labels: ['card', 'pin', 'pin'],
  classes,
};
const faultOf = (given: Partial<GivenExamples>, objective: Parameters<typeof checkExamples>[1] = 'classes') => {
  try {
    checkExamples({ ...good, ...given }, objective);
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: { field: string } };
    expect(code).toBe('INVALID_INPUT');
    return `${details.field}: ${message}`;
  }
  return undefined;
};

describe('checkExamples', () => {
  it('numbers the classes that have examples and tells what is odd', () => {
    const checked = checkExamples(
      {
        texts: ['Where is  my card', 'my pin', 'where is my card', 'my pin'],
        labels: ['card', 'fee', 'fee', 'fee'],
        classes,
      },
      'classes',
    );
    expect(checked.classes).toEqual(['card', 'fee']);
    expect([...checked.labels]).toEqual([0, 1, 1, 1]);
    expect(checked.notes).toEqual({
      contradictions: [{ text: 'Where is  my card', labels: ['card', 'fee'] }],
      contradictionCount: 1,
      singleExampleClasses: ['card'],
      emptyClasses: ['pin'],
      duplicates: 1,
    });
  });

  it('takes any number of classes a text where the objective does', () => {
    const { targets, classes: used } = checkExamples({ ...good, labels: [['card', 'fee'], [], ['fee']] }, 'labels');
    expect(used).toEqual(['card', 'fee']);
    expect([...targets!]).toEqual([1, 1, 0, 0, 0, 1]);
  });

  it('takes pairs and bare texts', () => {
    const pairs = checkExamples({ texts: ['a', 'b'], partners: ['c', 'd'] }, 'pairs');
    expect(pairs.partners).toEqual(['c', 'd']);
    expect(checkExamples({ texts: ['a', 'b', 'a'] }, 'masked').notes.duplicates).toBe(1);
  });

  it('takes texts of which some have a class, or none', () => {
    const { labels, classes: known } = checkExamples({ ...good, labels: ['', 'fee', 'pin'] }, 'clusters');
    expect([known, [...labels]]).toEqual([
      ['pin', 'fee'],
      [-1, 1, 0],
    ]);
    const { labels: none, classes: unknown } = checkExamples({ texts: good.texts }, 'clusters');
    expect([unknown, [...none]]).toEqual([[], [-1, -1, -1]]);
    expect(faultOf({ labels: ['', 'pin', 'pin'] }, 'clusters')).toMatch(/^classes: All 2 examples are of one class/);
    expect(faultOf({ labels: ['pin'] }, 'clusters')).toMatch(/^labels: There are 3 texts and 1 labels/);
  });

  it.each<[string, Partial<GivenExamples>, RegExp]>([
    ['no examples', { texts: [], labels: [] }, /^texts: There are no examples/],
    ['an empty text', { texts: ['a', ' ', ''] }, /^texts: Text 1 .* empty.* \(2 texts/],
    ['an overlong text', { texts: ['a', 'b', 'c'.repeat(40_000)] }, /^texts: Text 2 .*40000 characters/],
    ['one class', { labels: ['pin', 'pin', 'pin'] }, /^classes: All 3 examples are of one class, "pin"/],
    ['an unknown label', { labels: ['pin', 'pim', 'pin'] }, /^labels: The label "pim" of text 1/],
    ['too few labels', { labels: ['pin'] }, /^labels: There are 3 texts and 1 labels/],
    ['two labels where one is wanted', { labels: ['pin', ['pin', 'fee'], 'fee'] }, /^labels: Text 1 has 2 labels/],
    ['a class twice', { classes: ['pin', 'card', 'pin'] }, /^classes: The class "pin"/],
  ])('refuses %s', (_, given, message) => expect(faultOf(given)).toMatch(message));

  it('refuses pairs that are none', () => {
    expect(faultOf({ partners: ['a'] }, 'pairs')).toMatch(/^partners: There are 3 texts and 1 partners/);
    expect(faultOf({ texts: ['a'] }, 'views')).toMatch(/^texts: One example/);
  });
});

describe('faultOfSettings', () => {
  it('finds nothing wrong with the defaults', () => expect(faultOfSettings(defaultSettings)).toBeUndefined());

  it.each<[Partial<TrainingSettings>, string]>([
    [{ learningRate: 0 }, 'learningRate'],
    [{ learningRate: NaN }, 'learningRate'],
    [{ epochs: 1.5 }, 'epochs'],
    [{ dropout: 1 }, 'dropout'],
    [{ batchTokens: 0 }, 'batchTokens'],
    [{ scope: { kind: 'last', layers: 0 } }, 'scope'],
    [{ scope: { kind: 'lora', rank: 8, alpha: 0 } }, 'scope'],
    [{ scope: { kind: 'head' }, objective: 'masked' }, 'scope'],
    [{ objective: 'pairs', batchSize: 1 }, 'batchSize'],
    [{ objective: 'views', dropout: 0 }, 'dropout'],
    [{ objective: 'clusters' }, 'clusters'],
    [{ objective: 'clusters', clusters: 1 }, 'clusters'],
    [{ objective: 'clusters', clusters: 5, confident: 0 }, 'confident'],
    [{ objective: 'clusters', clusters: 5, batchSize: 1 }, 'batchSize'],
  ])('names the setting that makes no sense: %j', (change, field) => {
    expect(faultOfSettings({ ...defaultSettings, ...change })?.field).toBe(field);
  });
});

import { settingsOfRequest } from './request-settings.js';

describe('settings of a request', () => {
  it('fills in what is absent, null or empty', () => {
    expect(settingsOfRequest({})).toEqual({ objective: 'classes', decay: 'linear', scope: { kind: 'all' } });
    expect(settingsOfRequest({ objective: '', epochs: null, seed: 0, dropout: 0 })).toEqual({
      ...{ objective: 'classes', decay: 'linear', scope: { kind: 'all' } },
      ...{ seed: 0, dropout: 0 },
    });
  });

  it.each([
    [{ scope: 'last' }, { kind: 'last', layers: 2 }],
    [
      { scope: 'last', lastLayers: 1 },
      { kind: 'last', layers: 1 },
    ],
    [{ scope: 'lora' }, { kind: 'lora', rank: 8, alpha: 16 }],
    [
      { scope: 'lora', loraRank: 4, loraAlpha: 4 },
      { kind: 'lora', rank: 4, alpha: 4 },
    ],
    [{ scope: 'head' }, { kind: 'head' }],
  ])('%j moves %j', (requested, scope) => {
    expect(settingsOfRequest(requested).scope).toEqual(scope);
  });

  it.each([
    [{ objective: 'guess' }, 'parameters.objective'],
    [{ scope: 'some' }, 'parameters.scope'],
    [{ decay: 'sudden' }, 'parameters.decay'],
  ])('%j is refused, naming %s', (requested, field) => {
    expect(() => settingsOfRequest(requested)).toThrow(expect.objectContaining({ details: { field } }) as Error);
  });
});

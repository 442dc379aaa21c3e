import { provenanceOf, resolveSpec } from './resolve-spec.js';

const encoder = { id: 'small', layers: 4, dimension: 8, pooling: 'cls' as const };
const field = (requested: Parameters<typeof resolveSpec>[0], hiddenStates = true): unknown => {
  try {
    return resolveSpec(requested, encoder, hiddenStates);
  } catch (error) {
    return (error as { code: string; details: { field: string } }).details.field;
  }
};

describe('what a request wants of a forward pass', () => {
  it('takes the encoder’s own where nothing is said', () => {
    const spec = { layers: [4], combination: 'mean', pooling: 'cls', normalize: true, dimension: 8 };
    expect(resolveSpec({}, encoder, false)).toEqual(spec);
    expect(resolveSpec({ layers: [], combination: '', pooling: '', dimensions: 0 }, encoder, false)).toEqual(spec);
  });

  it('counts layers from either end', () => {
    expect(resolveSpec({ layers: [-5, 0 + 1, -1] }, encoder, true).layers).toEqual([0, 1, 4]);
  });

  it('knows how long the vectors are', () => {
    expect(resolveSpec({ layers: [1, 2], combination: 'concat' }, encoder, true).dimension).toBe(16);
    expect(resolveSpec({ layers: [1, 2], combination: 'concat', dimensions: 9 }, encoder, true).dimension).toBe(9);
    expect(resolveSpec({ layers: [1, 2] }, encoder, true).dimension).toBe(8);
    expect(resolveSpec({ pooling: 'mean+max' }, encoder, false).dimension).toBe(16);
    const all = { layers: [1, 2], combination: 'concat', pooling: 'mean+cls+max' };
    expect(resolveSpec(all, encoder, true).dimension).toBe(48);
  });

  it.each([
    [{ layers: [5] }, 'options.layers'],
    [{ layers: [-6] }, 'options.layers'],
    [{ layers: [0.5] }, 'options.layers'],
    [{ layers: [4, -1] }, 'options.layers'],
    [{ pooling: 'median' }, 'options.pooling'],
    [{ combination: 'sum' }, 'options.layer_combination'],
    [{ dimensions: 9 }, 'options.dimensions'],
    [{ dimensions: -1 }, 'options.dimensions'],
    [{ layers: [0, 1], combination: 'concat', dimensions: 17 }, 'options.dimensions'],
  ])('refuses %j, naming %s', (requested, expected) => {
    expect(field(requested)).toBe(expected);
  });

  it('refuses other layers where the graph does not give them', () => {
    expect(field({ layers: [3] }, false)).toBe('options.layers');
    expect(resolveSpec({ layers: [4] }, encoder, false).layers).toEqual([4]);
  });

  it('writes a provenance in one way only', () => {
    const of = (requested: Parameters<typeof resolveSpec>[0]) => provenanceOf(resolveSpec(requested, encoder, true), 4);
    expect(of({ layers: [4] })).toEqual(of({ layers: [-1] }));
    expect(of({})).toEqual({ layer: -1, layers: undefined, pooling: 'cls', normalized: true, dimension: 8 });
    expect(of({ layers: [-2] }).layer).toBe(3);
    expect(of({ layers: [-1, 0], combination: 'concat' }).layers).toBe('concat(-1,0)');
    expect(of({ layers: [0, 2] }).layers).toBe('mean(0,2)');
  });
});

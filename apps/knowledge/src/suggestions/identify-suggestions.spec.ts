import { identify, type KnownSuggestion } from './identify-suggestions.js';

const known = (id: string, more: Partial<KnownSuggestion> = {}): KnownSuggestion => ({
  ...{ id, state: 'pending', same_filter: true, edited: false, previous_index: null },
  ...more,
});
const share = (id: string, index: number, shared: number) => ({ suggestion_id: id, cluster_index: index, shared });
const match = (previous: number, current: number, overlap: number) => ({ previous, current, shared: 9, overlap });
const sizes = new Map([
  [0, 30],
  [1, 20],
  [2, 10],
]);
const said = (...given: Parameters<typeof identify>) => Object.fromEntries(identify(...given));

describe('identify', () => {
  it('follows the pairs of clusters, for what waits from 0.3, for what was decided from 0.5', () => {
    const suggestions = [
      known('a', { previous_index: 4 }),
      known('b', { previous_index: 5, state: 'rejected' }),
      known('c', { previous_index: 6, state: 'rejected' }),
    ];
    const matches = [match(4, 0, 0.3), match(5, 1, 0.49), match(6, 2, 0.5)];
    expect(said(suggestions, matches, [], sizes)).toEqual({ 0: 'a', 2: 'c' });
  });

  it('finds a decision again by its questions, whichever run it was made on', () => {
    const rejected = known('r', { state: 'rejected', same_filter: false });
    expect(said([rejected], [], [share('r', 1, 16), share('r', -1, 4)], sizes)).toEqual({ 1: 'r' });
    expect(said([rejected], [], [share('r', 1, 12), share('r', -1, 8)], sizes)).toEqual({});
  });

  it('prefers what was decided to what waits, and what waits to what was superseded', () => {
    const overlaps = [share('r', 0, 22), share('p', 0, 28)];
    expect(said([known('p'), known('r', { state: 'rejected' })], [], overlaps, sizes)).toEqual({ 0: 'r' });
    const later = [share('s', 0, 29), share('p', 0, 28)];
    expect(said([known('p'), known('s', { state: 'superseded' })], [], later, sizes)).toEqual({ 0: 'p' });
  });

  it('lets each cluster have its own back after a run that had put them together', () => {
    // The run before had one cluster of all three, which was "a"; "b" and "c" were superseded.
    const suggestions = [
      known('a', { previous_index: 0 }),
      known('b', { state: 'superseded' }),
      known('c', { state: 'superseded' }),
    ];
    const overlaps = [share('a', 0, 30), share('a', 1, 20), share('a', 2, 10), share('b', 0, 30), share('c', 1, 20)];
    expect(said(suggestions, [match(0, 0, 0.5)], overlaps, sizes)).toEqual({ 0: 'b', 1: 'c' });
  });

  it('gives what lies in a suggestion that a person put together to that one', () => {
    const joined = known('j', { edited: true });
    const overlaps = [share('j', 0, 30), share('j', 1, 20)];
    expect(said([joined], [], overlaps, sizes)).toEqual({ 0: 'j', 1: 'j' });
    expect(
      said(
        [known('x')],
        [],
        overlaps.map((row) => ({ ...row, suggestion_id: 'x' })),
        sizes,
      ),
    ).toEqual({ 0: 'x' });
  });
});

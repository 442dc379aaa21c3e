import { EarlyStopping } from './early-stopping.js';

describe('EarlyStopping', () => {
  it('stops after as many measurements without a gain as its patience', () => {
    const stopping = new EarlyStopping(2);
    const best = [3, 2, 2, 1, 1.5].map((loss) => stopping.isBest(loss));
    expect(best).toEqual([true, true, false, true, false]);
    expect(stopping.isOver).toBe(false);
    stopping.isBest(NaN);
    expect(stopping.isOver).toBe(true);
  });

  it('goes on from its state, which survives JSON', () => {
    const first = new EarlyStopping(2);
    first.isBest(1);
    first.isBest(2);
    const second = new EarlyStopping(2, JSON.parse(JSON.stringify(first.state())));
    expect(second.isBest(1)).toBe(false);
    expect(second.isOver).toBe(true);
  });

  it('takes any first measurement for the best, also after it went through JSON', () => {
    const state = JSON.parse(JSON.stringify(new EarlyStopping(2).state()));
    expect(new EarlyStopping(2, state).isBest(7)).toBe(true);
  });

  it('never stops with a patience of 0', () => {
    const stopping = new EarlyStopping(0);
    for (let i = 0; i < 9; i++) stopping.isBest(i);
    expect(stopping.isOver).toBe(false);
  });
});

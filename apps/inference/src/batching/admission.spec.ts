import { Admission } from './admission.js';

const never = new AbortController().signal;

describe('Admission', () => {
  it('refuses at once, with a time to come back, what does not fit', () => {
    const admission = new Admission(100);
    admission.enter(90, 'interactive');
    expect(() => admission.enter(11, 'interactive')).toThrow(
      expect.objectContaining({ code: 'OVERLOADED', details: { retryAfterMs: expect.any(Number) as number } }),
    );
    expect(admission.occupied).toBe(90);
    admission.leave(90, 1000);
    admission.enter(100, 'interactive');
    expect(admission.occupied).toBe(100);
  });

  it('keeps a quarter of the places free of bulk work', () => {
    const admission = new Admission(100);
    admission.enter(75, 'bulk');
    expect(() => admission.enter(1, 'bulk')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    admission.enter(25, 'interactive');
  });

  it('lets those who wait in as places are given back, in turn', async () => {
    const admission = new Admission(10);
    const entered: string[] = [];
    admission.enter(10, 'interactive');
    const large = admission.enterInTurn(8, 'interactive', never).then(() => entered.push('large'));
    const small = admission.enterInTurn(1, 'interactive', never).then(() => entered.push('small'));
    admission.leave(5, 10);
    await Promise.resolve();
    expect(entered).toEqual([]);
    admission.leave(5, 10);
    await Promise.all([large, small]);
    expect(entered).toEqual(['large', 'small']);
    expect(admission.occupied).toBe(9);
  });

  it('forgets those who gave up waiting', async () => {
    const admission = new Admission(10);
    admission.enter(10, 'interactive');
    const controller = new AbortController();
    const waiting = admission.enterInTurn(5, 'interactive', controller.signal);
    const next = admission.enterInTurn(10, 'interactive', never);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    admission.leave(10, 10);
    await next;
    expect(admission.occupied).toBe(10);
  });
});

import { Admission } from './admission.js';

const open = () => new AbortController().signal;

describe('Admission', () => {
  it('lets in as many as there are places, then in order of arrival, and turns away beyond the waiting room', async () => {
    const admission = new Admission(1, 2);
    const order: string[] = [];
    const leaveFirst = await admission.enter(open());
    const second = admission.enter(open()).then((leave) => (order.push('second'), leave));
    const third = admission.enter(open()).then((leave) => (order.push('third'), leave));
    await expect(admission.enter(open())).rejects.toMatchObject({
      code: 'OVERLOADED',
      details: { retryAfterMs: 5000 },
    });
    leaveFirst();
    leaveFirst();
    const leaveSecond = await second;
    expect(order).toEqual(['second']);
    leaveSecond();
    (await third)();
    (await admission.enter(open()))();
    expect(order).toEqual(['second', 'third']);
  });

  it('forgets those who gave up waiting', async () => {
    const admission = new Admission(1, 1);
    const leave = await admission.enter(open());
    const controller = new AbortController();
    const waiting = admission.enter(controller.signal);
    controller.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    const next = admission.enter(open());
    leave();
    (await next)();
    await expect(admission.enter(AbortSignal.abort(new Error('too late')))).resolves.toBeInstanceOf(Function);
    await expect(admission.enter(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});

import { hasEnded, jobStates, jobTransitions } from './job-state.js';

describe('job states', () => {
  it('allow exactly these changes', () => {
    const allowed = Object.entries(jobTransitions).flatMap(([event, { from, to }]) =>
      from.map((state) => `${state} -${event}-> ${to}`),
    );
    expect(allowed).toEqual([
      'queued -claim-> running',
      'running -requeue-> queued',
      'running -succeed-> succeeded',
      'running -fail-> failed',
      'queued -cancel-> cancelled',
      'running -cancel-> cancelled',
      'failed -retry-> queued',
      'cancelled -retry-> queued',
    ]);
  });

  it('leave an ended job only by a retry', () => {
    for (const state of jobStates.filter(hasEnded)) {
      const events = Object.entries(jobTransitions).filter(([, { from }]) =>
        (from as readonly string[]).includes(state),
      );
      expect(events.map(([event]) => event)).toEqual(state === 'succeeded' ? [] : ['retry']);
    }
  });
});

import { DomainError } from '@cairn/contracts';
import { endingOf, JobCancelled, JobLost, WorkerStopping } from './job-failure.js';

const unavailable = new DomainError('UNAVAILABLE', 'The inference service cannot be reached.');
const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:50432'), { code: 'ECONNREFUSED' });

describe('endingOf', () => {
  it('fails a job at once with the code and message of an expected error', () => {
    expect(endingOf(DomainError.invalid('kind', 'Train a head first.'), undefined, 0, 'r')).toEqual({
      kind: 'failed',
      code: 'INVALID_INPUT',
      message: 'Train a head first.',
      unexpected: false,
      dead: false,
    });
  });

  it.each([unavailable, refused, new Error('Connection terminated unexpectedly')])('tries again after %s', (thrown) => {
    const waits = [0, 1, 2, 3, 6].map((failures) => endingOf(thrown, undefined, failures, 'r'));
    expect(waits).toMatchObject([2, 4, 8, 15, 15].map((afterSeconds) => ({ kind: 'again', afterSeconds })));
    expect(endingOf(thrown, undefined, 7, 'r')).toMatchObject({ kind: 'failed', code: 'UNAVAILABLE', dead: true });
  });

  it('hides what an unexpected error says behind a request id', () => {
    const ending = endingOf(new TypeError('secret'), undefined, 0, 'request-7');
    expect(ending).toMatchObject({ kind: 'failed', code: 'INTERNAL', unexpected: true, dead: true });
    expect(JSON.stringify(ending)).toContain('request-7');
    expect(JSON.stringify(ending)).not.toContain('secret');
  });

  it('trusts the reason of the abort more than the error that followed it', () => {
    const followed = new DomainError('CANCELLED', 'The call was cancelled.');
    expect(endingOf(followed, new JobCancelled(), 0, 'r')).toEqual({ kind: 'cancelled' });
    expect(endingOf(followed, new JobLost('j'), 0, 'r')).toEqual({ kind: 'lost' });
    expect(endingOf(followed, new WorkerStopping(), 0, 'r')).toEqual({ kind: 'stopping' });
    expect(endingOf(followed, undefined, 0, 'r')).toMatchObject({ kind: 'again', afterSeconds: 2 });
  });
});

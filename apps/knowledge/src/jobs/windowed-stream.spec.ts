import { DomainError, type DuplexCall } from '@cairn/contracts';
import { streamInWindow } from './windowed-stream.js';

interface Echo {
  readonly value: number;
}

/** A call within this process that answers each message with ten times its value, and can be made to end early. */
function echoCall(answers = Infinity) {
  const queue: Echo[] = [];
  const state = { cancelled: false, ended: false, mostWaiting: 0 };
  let wake = () => {};
  const call: DuplexCall<Echo, Echo> = {
    send: async (message) => {
      if (state.cancelled) throw new DomainError('CANCELLED', 'The call was cancelled.');
      queue.push({ value: message.value ?? 0 });
      state.mostWaiting = Math.max(state.mostWaiting, queue.length);
      wake();
    },
    end: () => {
      state.ended = true;
      wake();
    },
    cancel: () => {
      state.cancelled = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (let answered = 0; answered < answers; answered++) {
        while (queue.length === 0 && !state.ended && !state.cancelled)
          await new Promise<void>((resolve) => (wake = resolve));
        if (state.cancelled) throw new DomainError('CANCELLED', 'The call was cancelled.');
        const message = queue.shift();
        if (message === undefined) return;
        yield { value: message.value * 10 };
      }
    },
  };
  return { call, state };
}

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

describe('streamInWindow', () => {
  it('hands over each answer with its item, in order, and sends at most the window ahead', async () => {
    const { call, state } = echoCall();
    const seen: [number, number][] = [];
    const onAnswer = async (item: number, { value }: Echo) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push([item, value]);
    };
    await streamInWindow({ call, items: numbers(50), window: 3, toRequest: (value) => ({ value }), onAnswer });
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => [i, i * 10]));
    expect(state.mostWaiting).toBeLessThanOrEqual(3);
    expect(state.mostWaiting).toBeGreaterThan(1);
  });

  it('needs no items', async () => {
    const { call } = echoCall();
    const onAnswer = () => Promise.reject(new Error('no answer was asked for'));
    await streamInWindow({ call, items: numbers(0), window: 3, toRequest: (value) => ({ value }), onAnswer });
  });

  it.each([1, 3])('throws what fails while an answer is stored, and cancels the call (window %i)', async (window) => {
    const { call, state } = echoCall();
    const onAnswer = async (item: number) => {
      if (item === 7) throw new Error('the database is full');
    };
    await expect(
      streamInWindow({ call, items: numbers(50), window, toRequest: (value) => ({ value }), onAnswer }),
    ).rejects.toThrow('the database is full');
    expect(state.cancelled).toBe(true);
  });

  it('throws what fails while items are read, not the cancellation that follows', async () => {
    const { call } = echoCall();
    async function* failing() {
      yield* numbers(5);
      throw new Error('the database is gone');
    }
    await expect(
      streamInWindow({
        call,
        items: failing(),
        window: 3,
        toRequest: (value) => ({ value }),
        onAnswer: () => Promise.resolve(),
      }),
    ).rejects.toThrow('the database is gone');
  });

  it('does not take a stream that ended early for a complete one', async () => {
    const { call } = echoCall(2);
    const onAnswer = () => Promise.resolve();
    await expect(
      streamInWindow({ call, items: numbers(3), window: 3, toRequest: (value) => ({ value }), onAnswer }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

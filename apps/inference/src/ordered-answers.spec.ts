import { answerInOrder } from './ordered-answers.js';

/** Sends the next request only when the previous one is answered. */
class PatientSender {
  readonly received: number[] = [];
  private wake = () => {};

  async *requests(count: number): AsyncGenerator<number> {
    for (let i = 0; i < count; i += 1) {
      yield i;
      while (this.received.length <= i) await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  readonly take = async (response: number): Promise<void> => {
    this.received.push(response);
    this.wake();
    await Promise.resolve();
  };
}

async function* all(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i += 1) yield await Promise.resolve(i);
}

describe('answerInOrder', () => {
  it('answers a sender that waits for each answer before it goes on', async () => {
    const sender = new PatientSender();
    await answerInOrder(sender.requests(5), 8, async (n) => Promise.resolve(n * 10), sender.take);
    expect(sender.received).toEqual([0, 10, 20, 30, 40]);
  });

  it('keeps the order where later answers are ready first, with at most `window` in work', async () => {
    const received: number[] = [];
    let inWork = 0;
    let most = 0;
    const answer = async (n: number) => {
      most = Math.max(most, (inWork += 1));
      for (let turns = 10 - n; turns > 0; turns -= 1) await Promise.resolve();
      inWork -= 1;
      return n;
    };
    await answerInOrder(all(10), 3, answer, async (n) => void received.push(await Promise.resolve(n)));
    expect(received).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('ends with the error of an answer although the sender waits for it', async () => {
    const sender = new PatientSender();
    const answer = (n: number) => (n === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(n));
    await expect(answerInOrder(sender.requests(3), 8, answer, sender.take)).rejects.toThrow('broken');
    expect(sender.received).toEqual([0]);
  });
});

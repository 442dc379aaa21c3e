import { setTimeout as delay } from 'node:timers/promises';
import { answerInOrder } from './ordered-answers.js';

async function* counting(count: number, onRead: (n: number) => void = () => {}) {
  for (let n = 0; n < count; n++) {
    onRead(n);
    yield n;
  }
}

describe('answerInOrder', () => {
  it('sends answers in the order of the requests, whichever is ready first', async () => {
    const sent: number[] = [];
    const answer = async (n: number) => {
      await delay(n % 2 === 0 ? 5 : 0);
      return n * 10;
    };
    await answerInOrder(counting(7), 3, answer, async (response) => void sent.push(response));
    expect(sent).toEqual([0, 10, 20, 30, 40, 50, 60]);
  });

  it('reads no more requests than the window allows while nothing is sent', async () => {
    let read = 0;
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const running = answerInOrder(
      counting(100, () => read++),
      4,
      async (n) => n,
      () => blocked,
    );
    await delay(10);
    expect(read).toBe(4);
    release();
    await running;
    expect(read).toBe(100);
  });

  it('ends with the first error', async () => {
    const answer = async (n: number) => {
      if (n === 2) throw new Error('third');
      return n;
    };
    const sent: number[] = [];
    await expect(answerInOrder(counting(9), 4, answer, async (n) => void sent.push(n))).rejects.toThrow('third');
    expect(sent).toEqual([0, 1]);
  });
});

import { randomUUID } from 'node:crypto';
import { QuestionIds } from './question-ids.js';

describe('QuestionIds', () => {
  it('gives back what was put in, in order, however many there are', () => {
    const given = Array.from({ length: 3000 }, () => randomUUID() as string);
    const ids = new QuestionIds();
    given.forEach((id) => ids.push(id));
    expect(ids).toHaveLength(3000);
    expect([...ids.pages(700)].flat()).toEqual(given);
    expect(ids.at(2999)).toBe(given[2999]);
    expect(() => ids.at(3000)).toThrow(RangeError);
  });
});

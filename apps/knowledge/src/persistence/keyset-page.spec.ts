import { cursorOf, keysetPage, pageOf } from './keyset-page.js';

const request = (given: object) => ({ first: 0, after: '', withTotal: false, ...given });

describe('keysetPage', () => {
  it('has 20 rows from the start if nothing is asked for', () => {
    expect(keysetPage(undefined)).toEqual({ first: 20, withTotal: false });
    expect(keysetPage(request({}))).toEqual({ first: 20, withTotal: false });
  });

  it('starts after the row of a cursor', () => {
    expect(keysetPage(request({ first: 5, after: cursorOf(12_345) })).afterSeq).toBe(12_345);
  });

  it.each([-1, 101])('refuses %d rows', (first) => {
    expect(() => keysetPage(request({ first }))).toThrow(expect.objectContaining({ details: { field: 'first' } }));
  });

  it.each(['x', 'c2VxOg', Buffer.from('seq:1 OR 1').toString('base64url'), cursorOf(-1), '\0'])(
    'refuses %j as a cursor',
    (after) => {
      expect(() => keysetPage(request({ after }))).toThrow(expect.objectContaining({ details: { field: 'after' } }));
    },
  );
});

describe('pageOf', () => {
  it('drops the row that only says that there is more', () => {
    const page = { first: 2, withTotal: false };
    const { rows, pageInfo } = pageOf([{ seq: 9 }, { seq: 7 }, { seq: 4 }], page, 30);
    expect(rows).toEqual([{ seq: 9 }, { seq: 7 }]);
    expect(pageInfo).toEqual({ hasNextPage: true, cursors: [cursorOf(9), cursorOf(7)], total: 30 });
  });

  it('has no next page when the rows end', () => {
    expect(pageOf([{ seq: 9 }], { first: 1, withTotal: false }, undefined).pageInfo.hasNextPage).toBe(false);
  });
});

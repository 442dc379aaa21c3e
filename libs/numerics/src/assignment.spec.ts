import fc from 'fast-check';
import { assign } from './assignment.js';
import golden from './golden.json';

/** The best sum by trying everything: rows in turn take each free column, or none if there are more rows. */
function bestByBruteForce(cost: number[], rows: number, columns: number): number {
  const search = (row: number, used: number, skips: number): number => {
    if (row === rows) return 0;
    let best = skips > 0 ? search(row + 1, used, skips - 1) : Infinity;
    for (let j = 0; j < columns; j++)
      if (!(used & (1 << j))) best = Math.min(best, cost[row * columns + j] + search(row + 1, used | (1 << j), skips));
    return best;
  };
  return search(0, 0, Math.max(0, rows - columns));
}

const matrices = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })).chain(([rows, columns]) =>
  fc
    // Small whole numbers: many ties.
    .array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
      minLength: rows * columns,
      maxLength: rows * columns,
    })
    .map((cost) => ({ rows, columns, cost })),
);

describe('assign', () => {
  it.each(golden.assignments)(
    'agrees with scipy.optimize.linear_sum_assignment: $shape, maximize $maximize',
    (given) => {
      const [rows, columns] = given.shape;
      const { columnOfRow, cost } = assign(given.cost, rows, columns, { maximize: given.maximize });
      expect(cost).toBeCloseTo(given.total, 10);
      const expected = new Array(rows).fill(-1);
      given.rows.forEach((row, i) => (expected[row] = given.columns[i]));
      expect([...columnOfRow]).toEqual(expected);
    },
  );

  it('finds the best sum, each column used once, as many pairs as fit', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, cost }) => {
        const found = assign(cost, rows, columns);
        const used = [...found.columnOfRow].filter((column) => column >= 0);
        expect(new Set(used).size).toBe(used.length);
        expect(used).toHaveLength(Math.min(rows, columns));
        const best = bestByBruteForce(cost, rows, columns);
        expect(Math.abs(found.cost - best)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(best)) * 1e3);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('refuses entries that are not finite and lengths that do not fit', () => {
    expect(() => assign([1, NaN], 1, 2)).toThrow('Entry 1');
    expect(() => assign([1, 2, 3], 2, 2)).toThrow('4 entries; got 3');
  });
});

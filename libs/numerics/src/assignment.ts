export interface Assignment {
  /** Column of each row; -1 for rows left over when there are more rows than columns. */
  readonly columnOfRow: Int32Array;
  /** Sum of the chosen entries of the cost matrix. */
  readonly cost: number;
}

export interface AssignmentOptions {
  /** Find the largest sum instead of the smallest [false]. */
  readonly maximize?: boolean;
}

/**
 * The linear sum assignment problem: pairs rows with columns, each used at most once, min(rows, columns) pairs, so
 * that the sum of `cost [rows, columns]` over the pairs is smallest. Shortest augmenting paths with dual variables
 * (Jonker, Volgenant 1987, without its initialisation; Crouse 2016). O(rows² columns) for rows <= columns.
 * @throws RangeError if an entry is not finite or the length is not rows * columns
 */
export function assign(
  cost: ArrayLike<number>,
  rows: number,
  columns: number,
  options: AssignmentOptions = {},
): Assignment {
  if (cost.length !== rows * columns)
    throw new RangeError(`A cost matrix [${rows}, ${columns}] has ${rows * columns} entries; got ${cost.length}.`);
  for (let i = 0; i < cost.length; i++)
    if (!Number.isFinite(cost[i])) throw new RangeError(`Entry ${i} of the cost matrix is ${cost[i]}.`);
  const sign = options.maximize ? -1 : 1;
  const columnOfRow = new Int32Array(rows).fill(-1);
  if (rows <= columns) {
    columnOfRow.set(solveWide(rows, columns, (i, j) => sign * cost[i * columns + j]));
  } else {
    const rowOfColumn = solveWide(columns, rows, (j, i) => sign * cost[i * columns + j]);
    rowOfColumn.forEach((i, j) => (columnOfRow[i] = j));
  }
  let total = 0;
  for (let i = 0; i < rows; i++) if (columnOfRow[i] >= 0) total += cost[i * columns + columnOfRow[i]];
  return { columnOfRow, cost: total };
}

/** The column of each row, for rows <= columns: every row is assigned. */
function solveWide(rows: number, columns: number, costAt: (row: number, column: number) => number): Int32Array {
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  const columnOfRow = new Int32Array(rows).fill(-1);
  const rowOfColumn = new Int32Array(columns).fill(-1);
  const previousRow = new Int32Array(columns);
  const pathLength = new Float64Array(columns);
  const reached = new Uint8Array(columns);
  const visitedRows = new Uint8Array(rows);

  for (let start = 0; start < rows; start++) {
    pathLength.fill(Infinity);
    reached.fill(0);
    visitedRows.fill(0);
    let shortest = 0;
    let current = start;
    let sink = -1;
    while (sink === -1) {
      visitedRows[current] = 1;
      let nearest = -1;
      let nearestLength = Infinity;
      for (let j = 0; j < columns; j++) {
        if (reached[j]) continue;
        const length = shortest + costAt(current, j) - rowPotential[current] - columnPotential[j];
        if (length < pathLength[j]) {
          pathLength[j] = length;
          previousRow[j] = current;
        }
        // Among equally short paths a free column ends the search at once.
        if (pathLength[j] < nearestLength || (pathLength[j] === nearestLength && rowOfColumn[j] === -1)) {
          nearestLength = pathLength[j];
          nearest = j;
        }
      }
      shortest = nearestLength;
      reached[nearest] = 1;
      if (rowOfColumn[nearest] === -1) sink = nearest;
      else current = rowOfColumn[nearest];
    }

    rowPotential[start] += shortest;
    for (let i = 0; i < rows; i++)
      if (visitedRows[i] && i !== start) rowPotential[i] += shortest - pathLength[columnOfRow[i]];
    for (let j = 0; j < columns; j++) if (reached[j]) columnPotential[j] -= shortest - pathLength[j];

    for (let j = sink; ;) {
      const i = previousRow[j];
      rowOfColumn[j] = i;
      const next = columnOfRow[i];
      columnOfRow[i] = j;
      if (i === start) break;
      j = next;
    }
  }
  return columnOfRow;
}

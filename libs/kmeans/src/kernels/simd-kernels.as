// WebAssembly SIMD kernels of k-means, written in AssemblyScript; compiled by scripts/build-kernels.mjs into
// simd-kernels.ts. Matrices are row-major; rows of float32 are padded with zeros to `stride` components, a multiple of
// 16. Positions of centroids are padded to a multiple of 4. All arguments named after data are addresses in bytes.

const INFINITE: f32 = f32.MAX_VALUE;

/** Squared Euclidean distance of two float32 rows of `bytes` bytes, in float32: its relative error is below (stride / 16 + 8) u. */
// @ts-ignore: decorator
@inline
function squaredDistance(a: usize, b: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const end = a + bytes;
  while (a < end) {
    const d0 = f32x4.sub(v128.load(a), v128.load(b));
    const d1 = f32x4.sub(v128.load(a, 16), v128.load(b, 16));
    const d2 = f32x4.sub(v128.load(a, 32), v128.load(b, 32));
    const d3 = f32x4.sub(v128.load(a, 48), v128.load(b, 48));
    s0 = f32x4.add(s0, f32x4.mul(d0, d0));
    s1 = f32x4.add(s1, f32x4.mul(d1, d1));
    s2 = f32x4.add(s2, f32x4.mul(d2, d2));
    s3 = f32x4.add(s3, f32x4.mul(d3, d3));
    a += 64;
    b += 64;
  }
  return sumOfLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

// @ts-ignore: decorator
@inline
function sumOfLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

// @ts-ignore: decorator
@inline
function leastOfLanes(v: v128): f32 {
  const two = f32x4.pmin(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmin(two, v128.shuffle<i32>(two, two, 1, 0, 3, 2)), 0);
}

/** Squared distance in float32, see above. */
export function distance(a: usize, b: usize, stride: i32): f32 {
  return squaredDistance(a, b, (<usize>stride) << 2);
}

/** The squared distance that decides: in double precision, component after component, as a plain loop has it. */
export function exactDistance(a: usize, b: usize, stride: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < stride; i++) {
    const d = <f64>load<f32>(a + ((<usize>i) << 2)) - <f64>load<f32>(b + ((<usize>i) << 2));
    sum += d * d;
  }
  return sum;
}

/** Squared distance in double precision, vectorised: the order of its sum is fixed, and not that of exactDistance. */
export function doubleDistance(a: usize, b: usize, stride: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const end = a + ((<usize>stride) << 2);
  while (a < end) {
    const x = v128.load(a);
    const y = v128.load(b);
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
    const d1 = f64x2.sub(
      f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1)),
      f64x2.promote_low_f32x4(v128.shuffle<i32>(y, y, 2, 3, 0, 1)),
    );
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    a += 16;
    b += 16;
  }
  const s = f64x2.add(s0, s1);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * sums [stride] += weight * row, each addend rounded to the grid of `magic` (1.5 * 2^52 steps): all sums are multiples
 * of one step, so they are exact, and no order of adding can change them.
 */
export function accumulate(row: usize, sums: usize, stride: i32, magic: f64, weight: f64): void {
  const m = f64x2.splat(magic);
  const w = f64x2.splat(weight);
  const end = row + ((<usize>stride) << 2);
  while (row < end) {
    const x = v128.load(row);
    const low = f64x2.mul(f64x2.promote_low_f32x4(x), w);
    const high = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1)), w);
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.sub(f64x2.add(low, m), m)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.sub(f64x2.add(high, m), m)), 16);
    row += 16;
    sums += 32;
  }
}

/**
 * Rows less `shift` as bytes: q - 128 of each is round((x - shift) / scale), scale = largest / 127.
 * `meta [count, 4]`, float32: scale, |error| at most, |row - shift| at most, |row - shift|² at least.
 */
export function quantizeRows(rows: usize, shift: usize, count: i32, stride: i32, quantized: usize, meta: usize): void {
  const bytes = (<usize>stride) << 2;
  const sign = i8x16.splat(-128);
  const rounding: f32 = (<f32>stride / 16 + 16) * 5.9604645e-8;
  for (let i = 0; i < count; i++) {
    let largest = f32x4.splat(0);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const y = f32x4.sub(v128.load(rows + at), v128.load(shift + at));
      largest = f32x4.pmax(largest, f32x4.abs(y));
      squares = f32x4.add(squares, f32x4.mul(y, y));
    }
    const most = -leastOfLanes(f32x4.neg(largest));
    const square = sumOfLanes(squares);
    const scale: f32 = most / 127;
    const inverse = f32x4.splat(scale > 1e-30 ? 1 / scale : 0);
    const vscale = f32x4.splat(scale);
    let errors = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 64) {
      const y0 = f32x4.sub(v128.load(rows + at), v128.load(shift + at));
      const y1 = f32x4.sub(v128.load(rows + at, 16), v128.load(shift + at, 16));
      const y2 = f32x4.sub(v128.load(rows + at, 32), v128.load(shift + at, 32));
      const y3 = f32x4.sub(v128.load(rows + at, 48), v128.load(shift + at, 48));
      const q0 = f32x4.nearest(f32x4.mul(y0, inverse));
      const q1 = f32x4.nearest(f32x4.mul(y1, inverse));
      const q2 = f32x4.nearest(f32x4.mul(y2, inverse));
      const q3 = f32x4.nearest(f32x4.mul(y3, inverse));
      const e0 = f32x4.sub(y0, f32x4.mul(q0, vscale));
      const e1 = f32x4.sub(y1, f32x4.mul(q1, vscale));
      const e2 = f32x4.sub(y2, f32x4.mul(q2, vscale));
      const e3 = f32x4.sub(y3, f32x4.mul(q3, vscale));
      errors = f32x4.add(
        errors,
        f32x4.add(
          f32x4.add(f32x4.mul(e0, e0), f32x4.mul(e1, e1)),
          f32x4.add(f32x4.mul(e2, e2), f32x4.mul(e3, e3)),
        ),
      );
      const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1));
      const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q2), i32x4.trunc_sat_f32x4_s(q3));
      v128.store(quantized + (at >> 2), v128.xor(i8x16.narrow_i16x8_s(low, high), sign));
    }
    const size = Mathf.sqrt(square);
    store<f32>(meta, scale);
    store<f32>(meta, Mathf.sqrt(sumOfLanes(errors)) * (1 + rounding) + size * 4 * 5.9604645e-8, 4);
    store<f32>(meta, size * (1 + rounding), 8);
    store<f32>(meta, square * (1 - rounding), 12);
    rows += bytes;
    quantized += stride;
    meta += 16;
  }
}

/** Squared norms of rows, for products in float32: `meta [count, 4]` as quantizeRows gives it, with scale 1 and no error. */
export function measureRows(rows: usize, count: i32, stride: i32, meta: usize): void {
  const bytes = (<usize>stride) << 2;
  const rounding: f32 = (<f32>stride / 4 + 16) * 5.9604645e-8;
  for (let i = 0; i < count; i++) {
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const y = v128.load(rows + at);
      squares = f32x4.add(squares, f32x4.mul(y, y));
    }
    const square = sumOfLanes(squares);
    store<f32>(meta, 1);
    store<f32>(meta, 0, 4);
    store<f32>(meta, Mathf.sqrt(square) * (1 + rounding), 8);
    store<f32>(meta, square * (1 - rounding), 12);
    rows += bytes;
    meta += 16;
  }
}

// What a row may be nearest to, while one row is looked at: position and squared distance of each candidate.
let candidates: usize = 0;
let candidateCount: i32 = 0;

// @ts-ignore: decorator
@inline
function addCandidate(position: i32, squared: f32): void {
  const at = candidates + ((<usize>candidateCount) << 3);
  store<i32>(at, position);
  store<f32>(at, squared, 4);
  candidateCount++;
}

/**
 * The nearest of the candidates: by float32 where that decides, by exactDistance where it does not, ties to the lowest
 * of `names [positions]`. Lowers `bounds [groups]` (squared) by the candidates that are not nearest.
 * Returns the position; `upper` gets the largest distance that it may have.
 */
function nearestCandidate(
  row: usize,
  centroids: usize,
  stride: i32,
  groupSize: i32,
  names: usize,
  bounds: usize,
  upper: usize,
): i32 {
  const relative: f32 = (<f32>stride / 16 + 12) * 5.9604645e-8;
  let best = -1;
  let least: f32 = INFINITE;
  for (let c = 0; c < candidateCount; c++) {
    const squared = load<f32>(candidates + ((<usize>c) << 3), 4);
    if (squared < least || best < 0) {
      least = squared;
      best = load<i32>(candidates + ((<usize>c) << 3));
    }
  }
  const near: f32 = least * (1 + 2.5 * relative) + 1e-37;
  let close = 0;
  for (let c = 0; c < candidateCount; c++) if (load<f32>(candidates + ((<usize>c) << 3), 4) <= near) close++;
  if (close > 1) {
    let leastExact: f64 = Infinity;
    let bestName = i32.MAX_VALUE;
    for (let c = 0; c < candidateCount; c++) {
      if (load<f32>(candidates + ((<usize>c) << 3), 4) > near) continue;
      const position = load<i32>(candidates + ((<usize>c) << 3));
      const exact = exactDistance(row, centroids + (<usize>position) * ((<usize>stride) << 2), stride);
      const name = load<i32>(names + ((<usize>position) << 2));
      if (exact < leastExact || (exact === leastExact && name < bestName)) {
        leastExact = exact;
        bestName = name;
        best = position;
      }
    }
    least = <f32>leastExact;
  }
  for (let c = 0; c < candidateCount; c++) {
    const position = load<i32>(candidates + ((<usize>c) << 3));
    if (position === best) continue;
    const squared: f32 = load<f32>(candidates + ((<usize>c) << 3), 4) * (1 - relative);
    const bound = bounds + ((<usize>(position / groupSize)) << 2);
    if (squared < load<f32>(bound)) store<f32>(bound, squared);
  }
  store<f32>(upper, Mathf.sqrt(least * (1 + relative)) * (1 + 2.4e-7) + 1e-20);
  return best;
}

/** Squared lower bounds to lower bounds, rounded down, not below zero; plus how far the groups have moved so far. */
function rootBounds(bounds: usize, moved: usize, groups: i32): void {
  const zero = f32x4.splat(0);
  const less = f32x4.splat(1 - 2.4e-7);
  const end = bounds + ((<usize>groups) << 2);
  while (bounds < end) {
    const root = f32x4.mul(f32x4.sqrt(f32x4.pmax(v128.load(bounds), zero)), less);
    v128.store(bounds, f32x4.mul(f32x4.add(root, v128.load(moved)), less));
    bounds += 16;
    moved += 16;
  }
}

/**
 * From products of rows and centroids, exact or nearly so, to the nearest centroid of each row, exactly.
 *
 * |c|² - 2 x·c = squares[p] - 2 scale * scales[p] * product, with an error below `error` of the row:
 * 2 (|row error| * largest |c| + |row| * largest |centroid error|) + roundings. Centroids that this cannot rule out
 * are compared by their distances.
 *
 * Gives `labels [count]` (positions), `uppers [count]`: largest distance to it, `bounds [count, groups]`: least distance
 * to any other centroid of each group of `groupSize` positions, plus `moved [groups]`; groups are padded to a multiple
 * of 4 with what is almost infinity.
 */
export function nearest(
  count: i32,
  stride: i32,
  positions: i32,
  groupSize: i32,
  groups: i32,
  rows: usize,
  products: usize,
  isFloat: i32,
  meta: usize,
  squares: usize,
  scales: usize,
  centroids: usize,
  names: usize,
  largest: f32,
  largestError: f32,
  productError: f32,
  moved: usize,
  labels: usize,
  uppers: usize,
  bounds: usize,
  scratch: usize,
): void {
  candidates = scratch;
  const rowBytes = (<usize>stride) << 2;
  const columns = (<usize>positions) << 2;
  const groupBytes = (<usize>groupSize) << 2;
  const most = f32x4.splat(INFINITE);
  const relative: f32 = (<f32>stride / 16 + 12) * 5.9604645e-8;
  for (let i = 0; i < count; i++) {
    const scale = load<f32>(meta);
    const rowError = load<f32>(meta, 4);
    const size = load<f32>(meta, 8);
    const square = load<f32>(meta, 12);
    const factor = f32x4.splat(-2 * scale);
    const error: f32 =
      (2 * (rowError * largest + (size + rowError) * largestError) +
        2 * productError * size * largest +
        16 * 5.9604645e-8 * largest * (largest + 2 * size)) *
        1.0001 +
      1e-37;
    let best: f32 = INFINITE;
    let bestStart: usize = 0;
    let group = bounds;
    let start: usize = 0;
    while (start < columns) {
      const end = min(start + groupBytes, columns);
      let least = most;
      for (let at = start; at < end; at += 16) {
        const raw = v128.load(products + at);
        const product = isFloat ? raw : f32x4.convert_i32x4_s(raw);
        const value = f32x4.add(
          v128.load(squares + at),
          f32x4.mul(factor, f32x4.mul(product, v128.load(scales + at))),
        );
        least = f32x4.pmin(least, value);
      }
      const lowest = leastOfLanes(least);
      store<f32>(group, lowest);
      if (lowest < best) {
        best = lowest;
        bestStart = start;
      }
      group += 4;
      start = end;
    }
    // The distance of what seems nearest rules out more than the errors of two products allow.
    let seeming = bestStart;
    while (seeming < columns) {
      const raw = v128.load(products + seeming);
      const product = isFloat ? raw : f32x4.convert_i32x4_s(raw);
      const value = f32x4.add(
        v128.load(squares + seeming),
        f32x4.mul(factor, f32x4.mul(product, v128.load(scales + seeming))),
      );
      const lane = i32x4.bitmask(f32x4.le(value, f32x4.splat(best)));
      if (lane !== 0) {
        seeming += (<usize>ctz(lane)) << 2;
        break;
      }
      seeming += 16;
    }
    const reached = squaredDistance(rows, centroids + (seeming >> 2) * rowBytes, rowBytes);
    const limit: f32 = min(best + 2 * error, reached * (1 + relative) - square + error * 1.0001);
    const limits = f32x4.splat(limit);
    candidateCount = 0;
    group = bounds;
    start = 0;
    while (start < columns) {
      const end = min(start + groupBytes, columns);
      let lowest = load<f32>(group);
      if (lowest <= limit) {
        let others = most;
        for (let at = start; at < end; at += 16) {
          const raw = v128.load(products + at);
          const product = isFloat ? raw : f32x4.convert_i32x4_s(raw);
          const value = f32x4.add(
            v128.load(squares + at),
            f32x4.mul(factor, f32x4.mul(product, v128.load(scales + at))),
          );
          const within = f32x4.le(value, limits);
          others = f32x4.pmin(others, v128.bitselect(most, value, within));
          let mask = i32x4.bitmask(within);
          let position = <i32>(at >> 2);
          while (mask !== 0) {
            if (mask & 1)
              addCandidate(position, squaredDistance(rows, centroids + (<usize>position) * rowBytes, rowBytes));
            mask >>= 1;
            position++;
          }
        }
        lowest = leastOfLanes(others);
      }
      store<f32>(group, lowest === INFINITE ? INFINITE : lowest + square - error);
      group += 4;
      start = end;
    }
    const padded = (groups + 3) & ~3;
    for (let g = groups; g < padded; g++) {
      store<f32>(group, INFINITE);
      group += 4;
    }
    store<i32>(labels, nearestCandidate(rows, centroids, stride, groupSize, names, bounds, uppers));
    rootBounds(bounds, moved, padded);
    rows += rowBytes;
    products += columns;
    meta += 16;
    labels += 4;
    uppers += 4;
    bounds += (<usize>padded) << 2;
  }
}

/**
 * One row against its own centroid and those of some groups: `list [listed]`. `bounds [groups]` are distances; those of
 * the listed groups are computed anew, and what was nearest lowers the bound of its group.
 * Returns the nearest position; `upper` gets its distance.
 */
export function nearestInGroups(
  row: usize,
  stride: i32,
  positions: i32,
  groupSize: i32,
  centroids: usize,
  names: usize,
  label: i32,
  list: usize,
  listed: i32,
  bounds: usize,
  upper: usize,
  scratch: usize,
): i32 {
  candidates = scratch;
  candidateCount = 0;
  const rowBytes = (<usize>stride) << 2;
  addCandidate(label, squaredDistance(row, centroids + (<usize>label) * rowBytes, rowBytes));
  const home = bounds + ((<usize>(label / groupSize)) << 2);
  const homeBound = load<f32>(home);
  store<f32>(home, homeBound * homeBound * (1 - 4e-7));
  for (let l = 0; l < listed; l++) {
    const g = load<i32>(list + ((<usize>l) << 2));
    const end = min((g + 1) * groupSize, positions);
    for (let position = g * groupSize; position < end; position++)
      if (position !== label && load<i32>(names + ((<usize>position) << 2)) >= 0)
        addCandidate(position, squaredDistance(row, centroids + (<usize>position) * rowBytes, rowBytes));
    store<f32>(bounds + ((<usize>g) << 2), INFINITE);
  }
  const best = nearestCandidate(row, centroids, stride, groupSize, names, bounds, upper);
  // The bounds of the listed groups, and of the group of what was nearest, are squared now.
  let homeRooted = false;
  for (let l = 0; l < listed; l++) {
    const g = load<i32>(list + ((<usize>l) << 2));
    const bound = bounds + ((<usize>g) << 2);
    store<f32>(bound, Mathf.sqrt(load<f32>(bound)) * (1 - 2.4e-7));
    if (bound === home) homeRooted = true;
  }
  if (!homeRooted) store<f32>(home, Mathf.sqrt(load<f32>(home)) * (1 - 2.4e-7));
  return best;
}

/**
 * For the choice of first centroids: `after [points, rows]` = the smaller of `closest [count]` and the squared distance of each
 * row to each of `points`; `potentials [points]`, float64, their sums, weighted if `weights` is not 0. `pitch` is the
 * number of rows from one point's `after` to the next.
 */
export function closestAfter(
  count: i32,
  stride: i32,
  rows: usize,
  points: usize,
  pointCount: i32,
  closest: usize,
  weights: usize,
  after: usize,
  pitch: i32,
  potentials: usize,
): void {
  const rowBytes = (<usize>stride) << 2;
  for (let c = 0; c < pointCount; c++) store<f64>(potentials + ((<usize>c) << 3), 0);
  for (let i = 0; i < count; i++) {
    const before = load<f32>(closest + ((<usize>i) << 2));
    const weight: f64 = weights === 0 ? 1 : <f64>load<f32>(weights + ((<usize>i) << 2));
    let to = after + ((<usize>i) << 2);
    for (let c = 0; c < pointCount; c++) {
      // A row that is a centroid already cannot get nearer.
      const squared: f32 =
        before === 0 ? 0 : min(before, squaredDistance(rows, points + (<usize>c) * rowBytes, rowBytes));
      store<f32>(to, squared);
      const potential = potentials + ((<usize>c) << 3);
      store<f64>(potential, load<f64>(potential) + weight * <f64>squared);
      to += (<usize>pitch) << 2;
    }
    rows += rowBytes;
  }
}

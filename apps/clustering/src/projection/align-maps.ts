/**
 * Maps `[count, 2]`, row-major. NaN stands for a row without a place.
 */

const placed = (map: Float64Array, i: number) => !Number.isNaN(map[2 * i]) && !Number.isNaN(map[2 * i + 1]);

/** Moves the map's mean to 0 and its root mean squared radius to 1, in place; a map of one place stays at 0. */
export function normaliseMap(map: Float64Array): Float64Array {
  const count = map.length / 2;
  let [x, y] = [0, 0];
  for (let i = 0; i < count; i++) {
    x += map[2 * i] / count;
    y += map[2 * i + 1] / count;
  }
  let squared = 0;
  for (let i = 0; i < count; i++) squared += ((map[2 * i] - x) ** 2 + (map[2 * i + 1] - y) ** 2) / count;
  const radius = squared > 0 ? Math.sqrt(squared) : 1;
  for (let i = 0; i < count; i++) {
    map[2 * i] = (map[2 * i] - x) / radius;
    map[2 * i + 1] = (map[2 * i + 1] - y) / radius;
  }
  return map;
}

export interface Alignment {
  /** Rows that have a place on both maps. */
  readonly shared: number;
  /** Root mean squared distance of those, once aligned, by the root mean squared radius of the earlier map; 0 where fewer than
   * three are shared. */
  readonly shift: number;
}

/**
 * Turns, mirrors, scales and moves `map`, in place, so that the rows it shares with `before` lie as near as can be to where
 * they were: orthogonal Procrustes analysis with scaling (Schönemann, Carroll 1970), in the plane in closed form. With fewer
 * than three shared rows there is nothing to align: the map stays as it is.
 */
export function alignMap(map: Float64Array, before: Float64Array): Alignment {
  const shared: number[] = [];
  for (let i = 0; 2 * i < map.length; i++) if (placed(before, i) && placed(map, i)) shared.push(i);
  if (shared.length < 3) return { shared: shared.length, shift: 0 };
  const centre = (of: Float64Array) => {
    let [x, y] = [0, 0];
    for (const i of shared) {
      x += of[2 * i] / shared.length;
      y += of[2 * i + 1] / shared.length;
    }
    return [x, y];
  };
  const [mx, my] = centre(map);
  const [bx, by] = centre(before);
  // As complex numbers: the sums of b · conj(m), for a turn, and of b · m, for a turn after a reflection on the x axis.
  let [turnRe, turnIm, flipRe, flipIm, size, radius] = [0, 0, 0, 0, 0, 0];
  for (const i of shared) {
    const [x, y] = [map[2 * i] - mx, map[2 * i + 1] - my];
    const [u, v] = [before[2 * i] - bx, before[2 * i + 1] - by];
    turnRe += u * x + v * y;
    turnIm += v * x - u * y;
    flipRe += u * x - v * y;
    flipIm += v * x + u * y;
    size += x * x + y * y;
    radius += u * u + v * v;
  }
  const flip = Math.hypot(flipRe, flipIm) > Math.hypot(turnRe, turnIm);
  const [re, im] = flip ? [flipRe, flipIm] : [turnRe, turnIm];
  // All in one place, before or now: no turn is better than another, and no scale.
  const [a, b] = size > 0 && Math.hypot(re, im) > 0 ? [re / size, im / size] : [1, 0];
  for (let i = 0; 2 * i < map.length; i++) {
    const x = map[2 * i] - mx;
    const y = (flip ? -1 : 1) * (map[2 * i + 1] - my);
    map[2 * i] = a * x - b * y + bx;
    map[2 * i + 1] = a * y + b * x + by;
  }
  let moved = 0;
  for (const i of shared) moved += (map[2 * i] - before[2 * i]) ** 2 + (map[2 * i + 1] - before[2 * i + 1]) ** 2;
  return { shared: shared.length, shift: radius > 0 ? Math.sqrt(moved / radius) : 0 };
}

/** Characters a number takes at most: "-0.0000" and nine digits. */
const longest = 16;

/** Powers that make nine digits before the point, by the zeros after it. */
const scales = [1e9, 1e10, 1e11, 1e12, 1e13];

let scratch = Buffer.alloc(0);

const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;
const comma = 0x2c;

/**
 * Float32 values as the members of a JSON array, without its brackets. Each has nine significant digits: the least
 * that give every float32 back exactly. JSON.stringify writes seventeen, those of a double, and takes four times as
 * long (2,048 rows of 256: 22 against 94 ms).
 */
export function floatDigits(values: Float32Array): string {
  const room = values.length * (longest + 1);
  if (scratch.length < room) scratch = Buffer.allocUnsafe(room);
  let end = 0;
  for (const value of values) {
    const size = Math.abs(value);
    // Numbers of other sizes are rare in embeddings.
    end = size >= 1e-5 && size < 1 ? writeFraction(value, size, end) : writeOther(value, end);
    scratch[end++] = comma;
  }
  return scratch.toString('latin1', 0, Math.max(0, end - 1));
}

/** Writes "0.", zeros and nine digits from `end` on; returns the new end. */
function writeFraction(value: number, size: number, end: number): number {
  const zeros = size >= 1e-1 ? 0 : size >= 1e-2 ? 1 : size >= 1e-3 ? 2 : size >= 1e-4 ? 3 : 4;
  // Below 1e9, also rounded: the float32 below a power of ten differs from it in the eighth digit.
  let digits = Math.round(size * scales[zeros]);
  if (value < 0) scratch[end++] = minus;
  scratch[end++] = zero;
  scratch[end++] = point;
  for (let i = 0; i < zeros; i++) scratch[end++] = zero;
  end += 9;
  for (let at = end - 1; at >= end - 9; at--) {
    const rest = (digits / 10) | 0;
    scratch[at] = zero + digits - rest * 10;
    digits = rest;
  }
  return end;
}

function writeOther(value: number, end: number): number {
  // JSON knows no NaN and no infinity; as JSON.stringify does.
  const text = Number.isFinite(value) ? String(Number(value.toPrecision(9))) : 'null';
  return end + scratch.write(text, end, 'latin1');
}

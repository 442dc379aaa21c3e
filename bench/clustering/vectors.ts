import { closeSync, existsSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';

/** Kinds of vectors that the benchmark makes itself, so that anybody can repeat it. */
export const vectorKinds = {
  embeddings: 'normalised embeddings',
  mixture: 'Gaussian mixture',
} as const;
export type VectorKind = keyof typeof vectorKinds;

/** Vectors in a file, float32, little-endian, row-major: what every contestant reads. */
export interface VectorFile {
  readonly file: string;
  readonly count: number;
  readonly dimension: number;
}

/** Rows made and written at a time. */
const rowsAtOnce = 4096;

/**
 * Writes vectors by a seed, unless the file is there already.
 *
 * `embeddings` look like those of a sentence encoder: a common direction, a spectrum that falls with the square root of
 * the component's index, 2,000 topics in 60 areas whose sizes follow Zipf's law, overlapping; turned so that no component stands out; unit length.
 * `mixture`: 1,000 Gaussian clouds of equal size whose middles are as far apart as the clouds are wide.
 */
export function vectorFile(folder: string, kind: VectorKind, count: number, dimension: number): VectorFile {
  const file = join(folder, `${kind}-${count}x${dimension}.f32`);
  if (!existsSync(file)) {
    const rowOf = kind === 'embeddings' ? embeddingMaker(dimension) : mixtureMaker(dimension);
    const handle = openSync(`${file}.draft`, 'w');
    for (let start = 0; start < count; start += rowsAtOnce) {
      const rows = new Float32Array(Math.min(rowsAtOnce, count - start) * dimension);
      for (let at = 0; at < rows.length; at += dimension) rowOf(rows.subarray(at, at + dimension));
      writeSync(handle, new Uint8Array(rows.buffer));
    }
    closeSync(handle);
    renameSync(`${file}.draft`, file);
  }
  return { file, count, dimension };
}

/** Reads a file into memory that threads share: `[count, dimension]`. */
export function readVectors({ file }: VectorFile): Float32Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(statSync(file).size));
  const handle = openSync(file, 'r');
  const part = new Uint8Array(2 ** 24);
  for (let at = 0; at < bytes.length;) {
    const read = readSync(handle, part);
    bytes.set(part.subarray(0, read), at);
    at += read;
  }
  closeSync(handle);
  return new Float32Array(bytes.buffer);
}

function embeddingMaker(dimension: number): (row: Float32Array) => void {
  const random = new Random(20_26);
  const topics = 2000;
  const areas = 60;
  const spectrum = Float64Array.from({ length: dimension }, (_, j) => (j + 1) ** -0.5);
  const energy = Math.sqrt(spectrum.reduce((sum, s) => sum + s * s, 0));
  const draw = (size: number) => Float64Array.from(spectrum, (s) => (size * s * random.normal()) / energy);
  const turn = rotation(dimension, random);
  const common = draw(0.6);
  const areaCentres = Array.from({ length: areas }, () => draw(0.5));
  const centres = Array.from({ length: topics }, (_, t) => {
    const own = draw(0.6);
    return own.map((x, j) => x + common[j] + areaCentres[t % areas][j]);
  });
  const cumulative = new Float64Array(topics);
  let total = 0;
  for (let t = 0; t < topics; t++) cumulative[t] = total += (t + 10) ** -0.7;
  const pick = () => {
    const target = random.uniform() * total;
    let low = 0;
    let high = topics - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (row) => {
    const centre = centres[pick()];
    const spread = 0.45 + 0.25 * random.uniform();
    let square = 0;
    for (let j = 0; j < row.length; j++) {
      row[j] = centre[j] + (spread * spectrum[j] * random.normal()) / energy;
      square += row[j] * row[j];
    }
    turn(row);
    const size = Math.sqrt(square);
    for (let j = 0; j < row.length; j++) row[j] /= size;
  };
}

/** A random rotation: layers of rotations of two components each, ever farther apart. */
function rotation(dimension: number, random: Random): (row: Float32Array) => void {
  const layers: { apart: number; cosines: Float64Array; sines: Float64Array }[] = [];
  for (let apart = 1; apart < dimension; apart *= 2) {
    const angles = Float64Array.from({ length: dimension }, () => 2 * Math.PI * random.uniform());
    layers.push({ apart, cosines: angles.map(Math.cos), sines: angles.map(Math.sin) });
  }
  return (row) => {
    for (const { apart, cosines, sines } of layers)
      for (let i = 0; i + apart < dimension; i += 2 * apart)
        for (let j = i; j < Math.min(i + apart, dimension - apart); j++) {
          const a = row[j];
          const b = row[j + apart];
          row[j] = cosines[j] * a - sines[j] * b;
          row[j + apart] = sines[j] * a + cosines[j] * b;
        }
  };
}

function mixtureMaker(dimension: number): (row: Float32Array) => void {
  const random = new Random(7);
  const clouds = 1000;
  // Middles at this spread lie about as far apart as a cloud's points from its middle.
  const centres = Array.from({ length: clouds }, () =>
    Float64Array.from({ length: dimension }, () => 0.5 * random.normal()),
  );
  return (row) => {
    const centre = centres[random.below(clouds)];
    for (let j = 0; j < row.length; j++) row[j] = centre[j] + random.normal();
  };
}

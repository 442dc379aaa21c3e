/**
 * The innermost lines of AdamW as WebAssembly, four parameters at a time in float32: 3.4 ns a parameter with its copies in
 * and out, where the same lines in JavaScript took 9 (one core of an EPYC). Of a training step
 * of 280 ms that is 20.
 *
 * The module is put together here, from the opcodes of the specification (WebAssembly 2.0, chapter 5, Binary Format): no
 * compiler is needed to build Cairn for thirty instructions.
 */

/** Parameters of the kernel, in order: addresses, a count that four divides, and factors. */
const [w, g, m, v, count, scale, keep, rate, correction, gain1, gain2, epsilon] = Array.from(
  { length: 12 },
  (_, i) => i,
);
/** Its variables: each factor four times over, and the gradient and moments at hand. */
const [scales, keeps, rates, corrections, gains1, gains2, epsilons, x, mean, square] = Array.from(
  { length: 10 },
  (_, i) => 12 + i,
);

const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
const vector = (...items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
const bytes = (text: string): number[] => vector(...Array.from(text, (letter) => [letter.charCodeAt(0)]));

const get = (local: number): number[] => [0x20, local];
const set = (local: number, value: number[]): number[] => [...value, 0x21, local];
const simd = (code: number, ...operands: number[][]): number[] => [...operands.flat(), 0xfd, ...unsigned(code)];
const load = (address: number): number[] => [...simd(0, get(address)), 2, 0];
const store = (address: number, value: number[]): number[] => [...simd(11, get(address), value), 2, 0];
const splat = (local: number): number[] => simd(0x13, get(local));
const squareRoot = (a: number[]): number[] => simd(0xe3, a);
const plus = (a: number[], b: number[]): number[] => simd(0xe4, a, b);
const minus = (a: number[], b: number[]): number[] => simd(0xe5, a, b);
const times = (a: number[], b: number[]): number[] => simd(0xe6, a, b);
const over = (a: number[], b: number[]): number[] => simd(0xe7, a, b);
const constant = (value: number): number[] => [0x41, value];

const instructions: readonly number[][] = [
  ...[scales, keeps, rates, corrections, gains1, gains2, epsilons].map((local, i) => set(local, splat(scale + i))),
  [0x03, 0x40], // loop
  set(x, times(load(g), get(scales))),
  set(mean, load(m)),
  set(mean, plus(get(mean), times(minus(get(x), get(mean)), get(gains1)))),
  set(square, load(v)),
  set(square, plus(get(square), times(minus(times(get(x), get(x)), get(square)), get(gains2)))),
  store(m, get(mean)),
  store(v, get(square)),
  store(
    w,
    minus(
      times(load(w), get(keeps)),
      over(times(get(rates), get(mean)), plus(times(squareRoot(get(square)), get(corrections)), get(epsilons))),
    ),
  ),
  ...[w, g, m, v].map((address) => set(address, [...get(address), ...constant(16), 0x6a])),
  [...get(count), ...constant(4), 0x6b, 0x22, count, 0x0d, 0], // count less four, kept; again unless it is zero
  [0x0b, 0x0b],
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const parameters = [w, g, m, v, count]
    .map(() => [types.i32])
    .concat([scale, keep, rate, correction, gain1, gain2, epsilon].map(() => [types.f32]));
  const body = [...vector([10, types.v128]), ...instructions.flat()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([0x60, ...vector(...parameters), 0])),
    ...section(2, vector([...bytes('own'), ...bytes('memory'), 2, 0, 1])),
    ...section(3, vector([0])),
    ...section(7, vector([...bytes('step'), 0, 0])),
    ...section(10, vector([...unsigned(body.length), ...body])),
  ]);
}

/** Parameters that are worked on at once: four lists of them stay in a core's own memory. */
const chunk = 8192;
const listBytes = chunk * Float32Array.BYTES_PER_ELEMENT;
/** Below this, a loop copies sooner than a view is made. */
const shortCopy = 512;

/** What is used of it: TypeScript describes WebAssembly among the things of a browser only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, given: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

type Step = (...parameters: number[]) => void;

const memory = new WebAssembly.Memory({ initial: (4 * listBytes) / 65_536 });
const step = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { own: { memory } }).exports.step as Step;
const [weightsAtHand, gradientsAtHand, meansAtHand, squaresAtHand] = [0, 1, 2, 3].map(
  (i) => new Float32Array(memory.buffer, i * listBytes, chunk),
);

/**
 * One step of AdamW over `length` values; see adamWLoop in adamw.ts for what the numbers are; gains are one less beta. Float32 throughout: a weight
 * differs from one that was updated in float64 by a rounding or two.
 */
export function adamWKernel(
  weights: Float32Array,
  at: number,
  gradient: Float32Array,
  gradientAt: number,
  means: Float32Array,
  squares: Float32Array,
  length: number,
  gradientScale: number,
  keepShare: number,
  learningRate: number,
  rootCorrection: number,
  meanGain: number,
  squareGain: number,
  smallest: number,
): void {
  for (let done = 0; done < length; done += chunk) {
    const size = Math.min(chunk, length - done);
    copy(weights, at + done, weightsAtHand, 0, size);
    copy(gradient, gradientAt + done, gradientsAtHand, 0, size);
    copy(means, at + done, meansAtHand, 0, size);
    copy(squares, at + done, squaresAtHand, 0, size);
    // What lies behind the last in its four is computed with and thrown away.
    step(
      0,
      listBytes,
      2 * listBytes,
      3 * listBytes,
      (size + 3) & ~3,
      gradientScale,
      keepShare,
      learningRate,
      rootCorrection,
      meanGain,
      squareGain,
      smallest,
    );
    copy(weightsAtHand, 0, weights, at + done, size);
    copy(meansAtHand, 0, means, at + done, size);
    copy(squaresAtHand, 0, squares, at + done, size);
  }
}

function copy(from: Float32Array, fromAt: number, to: Float32Array, toAt: number, count: number): void {
  if (count >= shortCopy) to.set(from.subarray(fromAt, fromAt + count), toAt);
  else for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i];
}

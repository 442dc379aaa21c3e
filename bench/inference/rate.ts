/** What one measurement of throughput saw. */
export interface Rate {
  readonly texts: number;
  readonly seconds: number;
  /** CPU time of the process that asked, not of the one that answered. */
  readonly clientSeconds: number;
}

export const textsPerSecond = ({ texts, seconds }: Rate): number => texts / seconds;

/** Measures work that says how many texts it did. */
export async function measureRate(work: () => Promise<number>): Promise<Rate> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const texts = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { texts, seconds, clientSeconds: (user + system) / 1e6 };
}

/** Value below which a share of the values lies (nearest rank). */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values cannot be compared with ${b.length}.`);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference = Math.max(difference, Math.abs(a[i] - b[i]));
  return difference;
}

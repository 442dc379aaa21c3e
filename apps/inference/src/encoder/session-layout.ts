/** Sessions of an encoder and threads inside each. */
export interface Layout {
  readonly sessions: number;
  readonly threads: number;
}

/** A layout and why it was taken. */
export interface ChosenLayout extends Layout {
  readonly reason: string;
}

/** More sessions than this cost more memory than they give. */
const mostSessions = 16;

/** Less of a gain than this is noise; the earlier candidate stays. */
const leastGain = 1.1;

/** Turns of each candidate. */
const rounds = 3;

/**
 * Layouts worth a measurement: all cores in one session, one core in each, and what lies between. The one with most
 * sessions comes first: with short texts it wins nearly always (two cores: 1,800 against 1,500 texts/s).
 * @param cores of this machine
 * @param most sessions that memory allows
 */
export function candidateLayouts(cores: number, most: number): Layout[] {
  const layouts: Layout[] = [];
  for (let threads = 1; threads <= cores; threads *= 2) {
    const sessions = Math.max(1, Math.min(Math.floor(cores / threads), most, mostSessions));
    if (layouts.some((layout) => layout.sessions === sessions)) continue;
    layouts.push({ sessions, threads: Math.max(1, Math.floor(cores / sessions)) });
  }
  return layouts;
}

/**
 * Measures candidates in turns and takes the fastest. What else the machine does can only slow a turn down, so the best
 * turn of a candidate counts.
 * @param measure gives tokens per second of the candidate with this index
 */
export async function fastestLayout(
  candidates: readonly Layout[],
  measure: (index: number) => Promise<number>,
): Promise<ChosenLayout & { readonly index: number }> {
  const rates = candidates.map(() => 0);
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < rates.length; i++) rates[i] = Math.max(rates[i], await measure(i));
  let index = 0;
  for (let i = 1; i < rates.length; i++) if (rates[i] > rates[index] * leastGain) index = i;
  const said = candidates.map(
    ({ sessions, threads }, i) => `${sessions} x ${threads}: ${Math.round(rates[i])} tokens/s`,
  );
  return { ...candidates[index], index, reason: `measured on this machine (sessions x threads): ${said.join(', ')}` };
}

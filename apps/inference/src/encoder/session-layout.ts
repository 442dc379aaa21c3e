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
const leastGain = 1.05;

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
 * Measures candidates one after the other and takes the fastest.
 * @param measure gives tokens per second
 */
export async function fastestLayout(
  candidates: readonly Layout[],
  measure: (layout: Layout) => Promise<number>,
): Promise<ChosenLayout> {
  let best = candidates[0];
  let bestRate = 0;
  const said: string[] = [];
  for (const layout of candidates) {
    const rate = await measure(layout);
    said.push(`${layout.sessions} x ${layout.threads}: ${Math.round(rate)} tokens/s`);
    if (rate > bestRate * leastGain) [best, bestRate] = [layout, rate];
  }
  return { ...best, reason: `measured on this machine (sessions x threads): ${said.join(', ')}` };
}

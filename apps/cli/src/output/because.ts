/** How it was told whether a text is known. */
export interface Because {
  /** The quantity that was compared. */
  readonly detector: string;
  readonly score: number;
  readonly threshold: number;
  readonly nearest?: {
    readonly distance: number;
    readonly to: string;
    readonly topic?: { readonly slug: string } | null;
  } | null;
}

/** "centroid 0.62 is above 0.55; nearest is an example of opening-an-account, distance 0.21". */
export function describeBecause({ detector, score, threshold, nearest }: Because, unknown: boolean): string {
  const compared = `${detector} ${score.toFixed(3)} is ${unknown ? 'below' : 'not below'} ${threshold.toFixed(3)}`;
  if (!nearest) return compared;
  const what = nearest.to === 'example' ? 'an example' : 'the centroid';
  return `${compared}; nearest is ${what} of ${nearest.topic?.slug ?? 'a topic that is gone'}, distance ${nearest.distance.toFixed(2)}`;
}

export const decays = ['linear', 'cosine', 'constant'] as const;
export type Decay = (typeof decays)[number];

/** How the learning rate goes over a training. */
export interface Schedule {
  readonly decay: Decay;
  /** The highest learning rate. */
  readonly peak: number;
  /** Steps in which it rises from nearly nothing to the peak. */
  readonly warmUpSteps: number;
  readonly totalSteps: number;
}

/**
 * Learning rate of a step: a linear rise, which reaches the peak with the last step of the warm-up; then down, in a
 * straight line or half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts), to nearly zero in the last
 * step; or the peak for good.
 * @param step from 0 on
 */
export function learningRateAt({ decay, peak, warmUpSteps, totalSteps }: Schedule, step: number): number {
  if (step < warmUpSteps) return (peak * (step + 1)) / warmUpSteps;
  if (decay === 'constant') return peak;
  const left = Math.max(0, totalSteps - step) / Math.max(1, totalSteps - warmUpSteps);
  return decay === 'linear' ? peak * left : peak * 0.5 * (1 - Math.cos(Math.PI * left));
}

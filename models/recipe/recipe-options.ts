/** What a run may do beside its usual stages; without any of it the result is the usual one, bit for bit. */
export interface RecipeOptions {
  /** Whether the first components of a vector hold most of it: see rotate.ts. */
  readonly rotate: boolean;
}

/** The usual run. */
export const usual: RecipeOptions = { rotate: false };

/**
 * Names of what stages make tell the options that it depends on, so that runs with others can share a work folder and
 * what is the same in both.
 */
export function nameWith(stage: string, { rotate }: RecipeOptions): string {
  return [stage, ...(rotate ? ['rotated'] : [])].join('.');
}

/** Vectors of unit length, `[texts, dimension]`; those who ask may change them. */
export type Embed = (texts: readonly string[]) => Promise<Float32Array>;

/** Embeds the same texts once. */
export function remembered(embed: Embed): Embed {
  const known = new Map<string, Float32Array>();
  return async (texts) => {
    const key = JSON.stringify(texts);
    const vectors = known.get(key) ?? (await embed(texts));
    known.set(key, vectors);
    return vectors.slice();
  };
}

/**
 * The first components of vectors, scaled to length 1 again.
 * @param dimension of the vectors that `embed` gives
 * @param kept components, at most `dimension`
 */
export function firstComponents(embed: Embed, dimension: number, kept: number): Embed {
  return async (texts) => {
    const whole = await embed(texts);
    const vectors = new Float32Array(texts.length * kept);
    for (let i = 0; i < texts.length; i++) {
      const own = whole.subarray(i * dimension, i * dimension + kept);
      let squares = 0;
      for (let j = 0; j < kept; j++) squares += own[j] * own[j];
      const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      for (let j = 0; j < kept; j++) vectors[i * kept + j] = scale * own[j];
    }
    return vectors;
  };
}

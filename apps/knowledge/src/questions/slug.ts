const maxLength = 80;

/**
 * A slug of a text: lower-case ASCII letters and digits in words joined by "-", at most 80 characters, cut between
 * words where it can be. Accents are dropped; a text without a letter or digit that can be kept gives `fallback`.
 */
export function slugOf(text: string, fallback: string): string {
  const words = text
    .slice(0, 4 * maxLength)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  let slug = '';
  for (const word of words) {
    const longer = slug === '' ? word.slice(0, maxLength) : `${slug}-${word}`;
    if (longer.length > maxLength) break;
    slug = longer;
  }
  return slug === '' ? fallback : slug;
}

const highestNumber = 20;

/** The numbered forms of a slug that are tried when it is taken: "gpt-2" to "gpt-20". */
export function slugVariants(slug: string): string[] {
  return Array.from({ length: highestNumber - 1 }, (_, index) => `${slug}-${index + 2}`);
}

/**
 * Distinct slugs for many texts at once: the second "what-is-gpt" becomes "what-is-gpt-2"; after "-20" a random ending.
 * @param wanted one slug per text
 * @param taken slugs that exist, of `wanted` and their numbered forms; grows by the result
 * @param randomEnding makes an ending that no other slug has
 */
export function distinctSlugs(wanted: readonly string[], taken: Set<string>, randomEnding: () => string): string[] {
  return wanted.map((slug) => {
    const free = [slug, ...slugVariants(slug)].find((candidate) => !taken.has(candidate));
    const chosen = free ?? `${slug}-${randomEnding()}`;
    taken.add(chosen);
    return chosen;
  });
}

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

/**
 * Distinct slugs for many texts at once: the second "what-is-gpt" becomes "what-is-gpt-2".
 * @param wanted one slug per text
 * @param taken slugs that exist, at least all those that begin with one of `wanted`; grows by the result
 */
export function distinctSlugs(wanted: readonly string[], taken: Set<string>): string[] {
  const next = new Map<string, number>();
  return wanted.map((slug) => {
    let candidate = slug;
    let number = next.get(slug) ?? 1;
    while (taken.has(candidate)) candidate = `${slug}-${++number}`;
    next.set(slug, number);
    taken.add(candidate);
    return candidate;
  });
}

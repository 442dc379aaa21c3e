/** Characters (UTF-16 code units) a text may have. The encoder sees far fewer; the tokenizer must read them all. */
export const maxTextLength = 32_768;

/** A text as the tokenizer gets it, or what is wrong with it. */
export type AdmittedText = { readonly text: string } | { readonly fault: string };

/**
 * Checks one text. Lone surrogates, which are no characters and have no UTF-8 form, become U+FFFD.
 * Whether the text has too many tokens is known only after tokenization.
 */
export function admitText(given: unknown): AdmittedText {
  if (typeof given !== 'string') return { fault: 'The text is not a string.' };
  if (given.length > maxTextLength)
    return {
      fault: `The text has ${given.length} characters; at most ${maxTextLength} are taken. Shorten or split it.`,
    };
  if (given.trim() === '') return { fault: 'The text is empty.' };
  // With the u flag a surrogate matches only where it has no partner.
  return { text: given.replace(/\p{Surrogate}/gu, '\ufffd') };
}

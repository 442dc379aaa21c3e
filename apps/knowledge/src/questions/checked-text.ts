import { DomainError } from '@cairn/contracts';

/** Characters (UTF-16 units) that a question, an answer's body or a searched text may have. */
export const maxTextLength = 32_768;

/**
 * A text as it is stored: trimmed, lone surrogates replaced by U+FFFD (they have no UTF-8), and otherwise as given.
 * @throws INVALID_INPUT naming `field` if it is empty, too long, or has a NUL character, which PostgreSQL cannot store
 */
export function checkedText(text: string, field: string, limit = maxTextLength): string {
  const stored = optionalText(text, field, limit);
  if (stored === '') throw DomainError.invalid(field, 'The text is empty; give at least one character.');
  return stored;
}

/** The same for a text that may be empty. */
export function optionalText(text: string, field: string, limit = maxTextLength): string {
  if (text.length > limit)
    throw DomainError.invalid(
      field,
      `The text has ${text.length} characters; at most ${limit.toLocaleString('en')} are taken. Shorten or split it.`,
    );
  if (text.includes('\0')) throw DomainError.invalid(field, 'The text has a NUL character; remove it.');
  return Buffer.from(text, 'utf8').toString('utf8').trim();
}

const maxTags = 32;

/** Tags without blanks around them, each once. @throws INVALID_INPUT naming `field` */
export function checkedTags(tags: readonly string[], field = 'tags'): string[] {
  if (tags.length > maxTags)
    throw DomainError.invalid(field, `There are ${tags.length} tags; at most ${maxTags} are taken.`);
  return [...new Set(tags.map((tag) => checkedText(tag, field, 100)))];
}

const languageTag = /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/;

/** A BCP 47 language tag in lower case; "en" if none is given. @throws INVALID_INPUT naming `language` */
export function checkedLanguage(language: string): string {
  const tag = language.trim().replaceAll('_', '-').toLowerCase() || 'en';
  if (!languageTag.test(tag))
    throw DomainError.invalid('language', 'A language is a tag like "en" or "pt-BR" (BCP 47).');
  return tag;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text can be an id at all; PostgreSQL would refuse the statement for others. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

/** @throws NOT_FOUND if `id` cannot be the id of anything */
export function checkedId(what: string, id: string): string {
  if (!isId(id)) throw DomainError.notFound(what, id);
  return id.toLowerCase();
}

const maxBatch = 1_000;

/** @throws INVALID_INPUT if more are asked for at once than a loader ever does */
export function checkedBatch(ids: readonly string[], field = 'ids'): readonly string[] {
  if (ids.length > maxBatch)
    throw DomainError.invalid(field, `At most ${maxBatch} are read at once; ${ids.length} were asked for.`);
  return ids;
}

const maxParents = 500;

/**
 * Ids of rows whose lists are read together; null for what cannot be the id of anything.
 * @throws INVALID_INPUT if there are more than a loader ever asks for
 */
export function checkedParents(ids: readonly string[], field: string): (string | null)[] {
  if (ids.length > maxParents)
    throw DomainError.invalid(field, `At most ${maxParents} lists are read at once; ${ids.length} were asked for.`);
  return ids.map((id) => (isId(id) ? id : null));
}

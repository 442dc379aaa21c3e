import { DomainError } from '@cairn/contracts';

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A moment as a date. @throws INVALID_INPUT naming `field` if the text is not ISO 8601 */
export function checkedInstant(text: string, field: string): Date {
  const instant = new Date(text);
  if (!iso.test(text) || Number.isNaN(instant.getTime()))
    throw DomainError.invalid(field, 'Give the time as in "2026-01-31" or "2026-01-31T09:30:00Z".');
  return instant;
}

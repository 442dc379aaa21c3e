import { DomainError } from '@cairn/contracts';

/** Names that stand for what always comes. */
const always = new Set(['id', 'state', 'question_id']);

/**
 * The fields of a message that a request asks for.
 * @param names as in the message; none or absent: all
 * @param known those that can be left out
 * @returns undefined for all
 * @throws INVALID_INPUT for a name that is none
 */
export function wantedFields<Field extends string>(
  names: readonly string[] | undefined,
  known: ReadonlySet<Field>,
  field: string,
): ReadonlySet<Field> | undefined {
  if (names === undefined || names.length === 0) return undefined;
  const wanted = new Set<Field>();
  for (const name of names) {
    if (known.has(name as Field)) wanted.add(name as Field);
    else if (!always.has(name)) throw DomainError.invalid(field, `There is no field "${name.slice(0, 100)}".`);
  }
  // In one order, so that the same fields are the same statement.
  return new Set([...known].filter((name) => wanted.has(name)));
}

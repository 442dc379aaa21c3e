/** What the generator knows of the schema at run time: which type a field has, and the types of its arguments. */
export interface SchemaMap {
  /** Type -> field -> [type of its answer without null and lists, argument -> its type as GraphQL writes it]. */
  readonly [type: string]: {
    readonly [field: string]: readonly [type: string, parameters?: Readonly<Record<string, string>>];
  };
}

export interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

type Selected = { readonly [field: string]: unknown };

/**
 * The text of an operation from a selection. Arguments become variables, so that texts differ only where selections do
 * and can be persisted; nothing that is given becomes part of the text.
 * @throws TypeError for a field or an argument that the schema does not have
 */
export function buildOperation(
  map: SchemaMap,
  kind: 'query' | 'mutation' | 'subscription',
  rootType: string,
  selection: object,
): Operation {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];

  const argumentsOf = (type: string, field: string, given: unknown): string => {
    if (given === undefined || given === null) return '';
    const known = map[type][field][1] ?? {};
    const written = Object.entries(given as Selected).flatMap(([name, value]) => {
      if (value === undefined) return [];
      if (!Object.hasOwn(known, name)) throw new TypeError(`${type}.${field} has no argument "${name}".`);
      const variable = `v${declared.length}`;
      declared.push(`$${variable}: ${known[name]}`);
      variables[variable] = value;
      return [`${name}: $${variable}`];
    });
    return written.length === 0 ? '' : `(${written.join(', ')})`;
  };

  const fieldsOf = (type: string, selected: Selected): string => {
    const fields = Object.entries(selected).flatMap(([field, below]) => {
      if (field === '$' || below === undefined || below === false) return [];
      if (field === '__typename') return ['__typename'];
      if (field === 'on')
        return Object.entries(below as Selected).map(
          ([name, part]) => `... on ${nameIn(map, name)} ${fieldsOf(name, part as Selected)}`,
        );
      if (!Object.hasOwn(map[type] ?? {}, field)) throw new TypeError(`${type} has no field "${field}".`);
      if (below === true) return [field];
      const { $: given, ...rest } = below as Selected;
      const [inner] = map[type][field];
      const parameters = argumentsOf(type, field, given);
      return [`${field}${parameters}${Object.hasOwn(map, inner) ? ` ${fieldsOf(inner, rest)}` : ''}`];
    });
    if (fields.length === 0) throw new TypeError(`Nothing of ${type} is selected.`);
    return `{ ${fields.join(' ')} }`;
  };

  const set = fieldsOf(rootType, selection as Selected);
  const head = declared.length === 0 ? kind : `${kind} (${declared.join(', ')})`;
  return { query: `${head} ${set}`, variables };
}

function nameIn(map: SchemaMap, type: string): string {
  if (!Object.hasOwn(map, type)) throw new TypeError(`The schema has no type "${type}".`);
  return type;
}

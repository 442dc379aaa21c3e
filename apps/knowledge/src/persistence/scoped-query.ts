import { Query, type Connection, type QueryResult } from 'pg';
import type { Scope } from '../access/scope.js';

/** The role that rows of one space are shown to; it cannot pass row-level security. */
export const memberRole = 'cairn_member';

const settings = [
  `set_config('cairn.space', $1, true)`,
  `set_config('cairn.caller', $2, true)`,
  `set_config('statement_timeout', $3, true)`,
];
const ofOneSpace = `SELECT ${[...settings, `set_config('role', '${memberRole}', true)`].join(', ')}`;
const ofEverySpace = `SELECT ${settings.join(', ')}`;

/** As pg has it; its types leave out what a query talks to. */
interface Wire {
  parse(message: { text: string; name: string; types?: readonly string[] }): void;
  bind(message: { portal: string; statement: string; values: readonly string[] }): void;
  execute(message: { portal: string; rows?: string }): void;
  close(message: { type: 'S'; name: string }): void;
}

/** What pg calls on a query when messages arrive; its types leave it out. */
interface PgQuery {
  prepare(connection: Connection): void;
  hasBeenParsed(connection: Connection): boolean;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}
const inherited = Query.prototype as unknown as PgQuery;

/** Names of the statements that a connection keeps, parsed and planned; of those only that have run there. */
const keptBy = new WeakMap<Connection, Set<string>>();

function keptOf(connection: Connection): Set<string> {
  let names = keptBy.get(connection);
  if (names === undefined) keptBy.set(connection, (names = new Set()));
  return names;
}

const nameOfText = new Map<string, string>();
/** Statements with a name at most: each takes memory in every connection's process. */
const mostNames = 250;

/** The name of a statement that comes again and again; undefined once too many have one. */
function nameOf(text: string): string | undefined {
  const known = nameOfText.get(text);
  if (known !== undefined || nameOfText.size >= mostNames) return known;
  const name = `cairn_${nameOfText.size}`;
  nameOfText.set(text, name);
  return name;
}

const scopeNames = { one: 'cairn_scope', every: 'cairn_scope_of_all' } as const;

/**
 * A statement with its scope in front of it, in one message to the server and so in one transaction: SET LOCAL without
 * BEGIN and COMMIT, which would be three round trips instead of one. The settings end with the transaction, on PGlite
 * too, where all connections share one session. As the first statement after BEGIN it scopes the whole transaction.
 *
 * With a name, both are kept by the connection with their plans. The plan is made for the role that the scope has set,
 * and PostgreSQL makes another where the role is another.
 */
class ScopedQuery extends Query {
  private scoped = false;

  constructor(
    text: string,
    parameters: readonly unknown[],
    private readonly scope: Scope,
    done: (error: Error | null, result: QueryResult) => void,
    private readonly kept: string | undefined,
  ) {
    super({ text, name: kept, values: [...parameters], queryMode: 'extended' } as never, done as never);
  }

  hasBeenParsed(connection: Connection): boolean {
    return this.kept !== undefined && keptOf(connection).has(this.kept);
  }

  prepare(connection: Connection): void {
    const wire = connection as unknown as Wire;
    const { space, actor, requestId, operation, statementTimeoutMs } = this.scope;
    const scope = this.kept === undefined ? '' : this.scopeName;
    // Names that a failed attempt has left behind are closed first; closing one that is not there is no error.
    if (this.kept !== undefined)
      for (const name of [scope, this.kept]) if (!keptOf(connection).has(name)) wire.close({ type: 'S', name });
    if (!keptOf(connection).has(scope)) wire.parse({ text: space === null ? ofEverySpace : ofOneSpace, name: scope });
    wire.bind({
      portal: '',
      statement: scope,
      values: [space ?? '', JSON.stringify({ actor, requestId, operation }), String(statementTimeoutMs)],
    });
    wire.execute({ portal: '' });
    inherited.prepare.call(this, connection);
  }

  private get scopeName(): string {
    return this.scope.space === null ? scopeNames.every : scopeNames.one;
  }

  handleDataRow(message: unknown): void {
    if (this.scoped) inherited.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.scoped) {
      inherited.handleCommandComplete.call(this, message, connection);
      if (this.kept !== undefined) keptOf(connection).add(this.scopeName).add(this.kept);
    }
    this.scoped = true;
  }

  handleError(error: Error, connection: Connection): void {
    // Whether they were parsed is not known.
    if (this.kept !== undefined) for (const name of [this.scopeName, this.kept]) keptOf(connection).delete(name);
    inherited.handleError.call(this, error, connection);
  }
}

/** As much of a pg client as statements need. */
export interface Statements {
  query(query: ScopedQuery): unknown;
}

/**
 * Runs a statement in a scope that lasts until the end of its transaction.
 * @param keep whether the connection keeps it for the next time
 */
export function queryInScope<Row>(
  client: Statements,
  text: string,
  parameters: readonly unknown[],
  scope: Scope,
  keep = false,
): Promise<Row[]> {
  const kept = keep ? nameOf(text) : undefined;
  return new Promise((resolve, reject) => {
    client.query(
      new ScopedQuery(
        text,
        parameters,
        scope,
        (error, result) => (error ? reject(error) : resolve(result.rows as Row[])),
        kept,
      ),
    );
  });
}

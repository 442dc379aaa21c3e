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
}

/** What pg calls on a query when messages arrive; its types leave it out. */
interface PgQuery {
  prepare(connection: Connection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}
const inherited = Query.prototype as unknown as PgQuery;

/**
 * A statement with its scope in front of it, in one message to the server and so in one transaction: SET LOCAL without
 * BEGIN and COMMIT, which would be three round trips instead of one. The settings end with the transaction, on PGlite
 * too, where all connections share one session. As the first statement after BEGIN it scopes the whole transaction.
 */
class ScopedQuery extends Query {
  private scoped = false;

  constructor(
    text: string,
    parameters: readonly unknown[],
    private readonly scope: Scope,
    done: (error: Error | null, result: QueryResult) => void,
  ) {
    super({ text, values: [...parameters], queryMode: 'extended' } as never, done as never);
  }

  prepare(connection: Connection): void {
    const wire = connection as unknown as Wire;
    const { space, actor, requestId, operation, statementTimeoutMs } = this.scope;
    wire.parse({ text: space === null ? ofEverySpace : ofOneSpace, name: '' });
    wire.bind({
      portal: '',
      statement: '',
      values: [space ?? '', JSON.stringify({ actor, requestId, operation }), String(statementTimeoutMs)],
    });
    wire.execute({ portal: '' });
    inherited.prepare.call(this, connection);
  }

  handleDataRow(message: unknown): void {
    if (this.scoped) inherited.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.scoped) inherited.handleCommandComplete.call(this, message, connection);
    this.scoped = true;
  }
}

/** As much of a pg client as statements need. */
export interface Statements {
  query(query: ScopedQuery): unknown;
}

/** Runs a statement in a scope that lasts until the end of its transaction. */
export function queryInScope<Row>(
  client: Statements,
  text: string,
  parameters: readonly unknown[],
  scope: Scope,
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new ScopedQuery(text, parameters, scope, (error, result) =>
        error ? reject(error) : resolve(result.rows as Row[]),
      ),
    );
  });
}

import { actorOf, type Caller } from '../access/caller.js';
import { inScope } from '../access/scope.js';
import type { Database, Sql } from './database.js';

/**
 * The way of every change that a caller makes to content: one transaction, in which the database knows who writes. The
 * versions it keeps carry that name, whichever statements make them.
 */
export function changing<T>(database: Database, caller: Caller, change: (sql: Sql) => Promise<T>): Promise<T> {
  return inScope({ actor: actorOf(caller), requestId: caller.requestId }, () => database.transaction(change));
}

import type { Command } from 'commander';
import { auditLog } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable, shorten } from '../output/table.js';
import { wholeNumber } from './option-values.js';

interface AuditEntry {
  readonly at: string;
  readonly actor: string;
  readonly operation?: string | null;
  readonly action: string;
  readonly entity: string;
  readonly entityIds: readonly string[];
  readonly changes: readonly { readonly before?: string | null; readonly after?: string | null }[];
}

interface AuditOptions {
  readonly first: number;
  readonly of?: string;
  readonly kind?: string;
  readonly by?: string;
}

export function addAudit(program: Command): void {
  apiCommand(program, 'audit', 'Shows who changed what in the space, the newest first.', [
    'audit --by ada',
    'audit --of 5d0c... --json',
  ])
    .option('--first <number>', 'changes to show', wholeNumber(1, 100), 20)
    .option('--of <id>', 'to this thing only')
    .option('--kind <kind>', 'to this kind of thing only: question, answer, topic, api_key ...')
    .option('--by <actor>', 'by this actor only')
    .action(async ({ first, of, kind, by }: AuditOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      const variables = { first, filter: { entityId: of, entity: kind, actor: by } };
      const { nodes } = (await client.request<{ auditLog: { nodes: readonly AuditEntry[] } }>(auditLog, variables))
        .auditLog;
      const columns = ['when', 'who', 'did', 'to', 'what changed'].map((name) => ({ name }));
      const rows = nodes.map((entry) => [
        entry.at,
        entry.actor,
        entry.operation || entry.action.toLowerCase(),
        `${entry.entity} ${entry.entityIds.length === 1 ? entry.entityIds[0] : `(${entry.entityIds.length})`}`,
        shorten(entry.changes.map(({ before, after }) => after ?? before ?? '').join(' '), 60),
      ]);
      output.result(nodes, rows.length === 0 ? 'Nothing was changed.' : formatTable(columns, rows));
    });
}

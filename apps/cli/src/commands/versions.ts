import type { Command } from 'commander';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { firstNodes } from '../graphql/connection.js';
import { findContent } from '../graphql/content.js';
import type { UserError } from '../graphql/graphql-client.js';
import { restoreVersion, versionDiff, versions } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable, shorten } from '../output/table.js';
import { wholeNumber } from './option-values.js';

interface Version {
  readonly version: number;
  readonly changedBy: string | null;
  readonly changedAt: string;
  readonly current: boolean;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}
interface Diff {
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly fields: readonly {
    readonly name: string;
    readonly parts: readonly { readonly kind: 'SAME' | 'ADDED' | 'REMOVED'; readonly text: string }[];
  }[];
}
type Restored = { readonly content: { readonly version: number } | null; readonly userErrors: readonly UserError[] };

export function addVersions(program: Command): void {
  const group = program
    .command('versions')
    .description('Shows how questions, answers and topics were, and goes back to that.')
    .addHelpText(
      'after',
      `\nExamples:\n  $ cairn versions what-is-attention\n  $ cairn versions diff what-is-attention --from 2\n${exitCodeHelp}`,
    );
  apiCommand(
    group,
    'list <content>',
    'Lists the versions of a question, answer or topic, the newest first.',
    ['versions list what-is-attention'],
    { isDefault: true },
  )
    .option('--first <number>', 'versions to show', wholeNumber(1), 20)
    .action(async (name: string, { first }: { first: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { kind, id } = await findContent(client, name);
      const rows = await firstNodes<Version>(client, versions, 'versions', { kind, id }, first);
      const lines = rows.map(({ version, changedAt, changedBy, current, fields }) => [
        `${version}${current ? ' (holds)' : ''}`,
        changedAt,
        changedBy ?? '',
        shorten(fields.find(({ name: field }) => ['text', 'body', 'title'].includes(field))?.value ?? '', 60),
      ]);
      const columns = ['version', 'made at', 'by', 'text'].map((column) => ({ name: column }));
      output.result(rows, formatTable(columns, lines));
    });
  apiCommand(group, 'diff <content>', 'Shows what is different between two versions.', [
    'versions diff what-is-attention --from 2 --to 5',
  ])
    .requiredOption('--from <version>', 'the earlier version', wholeNumber(1))
    .option('--to <version>', 'the later version; the one that holds if not given', wholeNumber(1))
    .action(async (name: string, { from, to }: { from: number; to?: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { kind, id } = await findContent(client, name);
      const { versionDiff: diff } = await client.request<{ versionDiff: Diff }>(versionDiff, { kind, id, from, to });
      output.result(diff, diff.fields.length === 0 ? 'Both are the same.' : diff.fields.map(describeField).join('\n'));
    });
  apiCommand(
    group,
    'restore <content> <version>',
    'Writes the text of an earlier version as a new one; state, address, labels and place stay as they are.',
    ['versions restore what-is-attention 2'],
  ).action(async (name: string, version: string, _options: unknown, command: Command) => {
    if (!/^[1-9]\d{0,9}$/.test(version))
      throw CommandFailure.usage(`"${version}" is no version; cairn versions ${name} lists them.`);
    const { client, output } = invocationOf(command);
    const { kind, id, version: expectedVersion } = await findContent(client, name);
    const { query, field } = restoreVersion[kind];
    const { content } = await client.mutate<Restored>(query, field, { id, expectedVersion, version: Number(version) });
    output.result(
      { id, version: content?.version },
      content?.version === expectedVersion
        ? `It says what version ${version} said already; nothing was changed.`
        : `Version ${version} holds again, as version ${content?.version}.`,
    );
  });
}

/** "text: How do I [-open-] {+close+} an account?" */
function describeField({ name, parts }: Diff['fields'][number]): string {
  const text = parts.map(({ kind, text: part }) =>
    kind === 'SAME' ? part : kind === 'ADDED' ? `{+${part}+}` : `[-${part}-]`,
  );
  return `${name}: ${text.join('')}`;
}

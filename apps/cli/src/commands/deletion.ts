import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { firstNodes } from '../graphql/connection.js';
import { findContent } from '../graphql/content.js';
import type { UserError } from '../graphql/graphql-client.js';
import { deletedQuestions, deletion, purgeDeleted } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable, plural, shorten } from '../output/table.js';
import { wholeNumber } from './option-values.js';

interface DeletedQuestion {
  readonly id: string;
  readonly slug: string;
  readonly text: string;
  readonly deletedAt: string;
}
type Change = { readonly userErrors: readonly UserError[] };
interface Purge {
  readonly purged: { readonly questions: number; readonly answers: number; readonly more: boolean } | null;
  readonly userErrors: readonly UserError[];
}

const either = ['QUESTION', 'ANSWER'] as const;

export function addDeletion(program: Command): void {
  apiCommand(program, 'delete <content>', 'Deletes a question or an answer: nobody sees it until it is taken back.', [
    'delete what-is-attention',
  ]).action(async (name: string, _options: unknown, command: Command) => {
    const content = await changed(command, name, 'delete');
    invocationOf(command).output.result(content, `Deleted. Take it back with cairn undelete ${content.id}.`);
  });
  apiCommand(program, 'undelete <content>', 'Takes a deleted question or answer back, as it was.', [
    'undelete 5d0c...',
  ]).action(async (name: string, _options: unknown, command: Command) => {
    const content = await changed(command, name, 'undelete');
    invocationOf(command).output.result(content, `"${shorten(content.text, 60)}" is back.`);
  });
  apiCommand(program, 'deleted', 'Lists deleted questions, the newest first.', ['deleted'])
    .option('--first <number>', 'questions to show', wholeNumber(1), 50)
    .action(async ({ first }: { first: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const rows = await firstNodes<DeletedQuestion>(client, deletedQuestions, 'questions', {}, first);
      const columns = ['id', 'deleted at', 'text'].map((column) => ({ name: column }));
      const lines = rows.map(({ id, deletedAt, text }) => [id, deletedAt, shorten(text, 60)]);
      output.result(rows, lines.length === 0 ? 'Nothing is deleted.' : formatTable(columns, lines));
    });
  apiCommand(
    program,
    'purge [content]',
    'Removes a deleted question or answer for ever, with its versions; or (--before) all that were deleted before a date.',
    ['purge 5d0c...', 'purge --before 2026-01-31'],
  )
    .option('--before <date>', 'all that was deleted before this date (UTC)')
    .action(async (name: string | undefined, { before }: { before?: string }, command: Command) => {
      if ((name === undefined) === (before === undefined))
        throw CommandFailure.usage('Say what to purge: either one id, or --before DATE.');
      if (name === undefined) return purgeBefore(command, before!);
      const content = await changed(command, name, 'purge');
      invocationOf(command).output.result({ id: content.id }, 'It is gone for ever.');
    });
}

async function changed(command: Command, name: string, what: 'delete' | 'undelete' | 'purge') {
  const { client } = invocationOf(command);
  const content = await findContent(client, name, either);
  const { query, field } = deletion(what, content.kind === 'ANSWER' ? 'Answer' : 'Question');
  await client.mutate<Change>(query, field, { id: content.id, expectedVersion: content.version });
  return content;
}

async function purgeBefore(command: Command, date: string): Promise<void> {
  const before = new Date(date);
  if (Number.isNaN(before.getTime()))
    throw CommandFailure.usage(`--before "${date}" is no date; it looks like 2026-01-31 or 2026-01-31T12:00:00Z.`);
  const { client, output } = invocationOf(command);
  const total = { questions: 0, answers: 0 };
  for (let more = true; more;) {
    const { purged } = await client.mutate<Purge>(purgeDeleted, 'purgeDeleted', { before: before.toISOString() });
    total.questions += purged?.questions ?? 0;
    total.answers += purged?.answers ?? 0;
    more = purged?.more ?? false;
  }
  output.result(
    total,
    `${plural(total.questions, 'question')} and ${plural(total.answers, 'answer')} are gone for ever.`,
  );
}

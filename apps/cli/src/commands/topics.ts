import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import {
  mergeTopics,
  moveTopic,
  splitTopic,
  topicOperations,
  topicVersion,
  topics,
  undoTopicOperation,
} from '../graphql/operations.js';
import { listNodes } from '../graphql/connection.js';
import { findTopic } from '../graphql/topics.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable, plural } from '../output/table.js';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { collect } from './option-values.js';

interface TopicRow {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly questionCount: number;
  readonly parent: { readonly id: string } | null;
}
interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly labels: number;
  readonly doneBy: string;
  readonly doneAt: string;
  readonly undoneAt: string | null;
  readonly topic: { readonly title: string } | null;
  readonly targets: readonly { readonly title: string }[];
}
interface OperationPayload {
  readonly operation: Operation;
  readonly userErrors: readonly UserError[];
}

export function addTopics(program: Command): void {
  const group = program
    .command('topics')
    .description('Shows topics as a tree; moves, merges and splits them, and undoes that.')
    .addHelpText(
      'after',
      `\nExamples:\n  $ cairn topics\n  $ cairn topics merge cards --into payments\n${exitCodeHelp}`,
    );
  apiCommand(group, 'list', 'Shows all topics in use as a tree.', ['topics'], { isDefault: true }).action(
    async (_options: unknown, command: Command) => {
      const { client, output } = invocationOf(command);
      const rows = await listNodes<TopicRow>(client, topics, 'topics');
      output.result(rows, rows.length === 0 ? 'There are no topics.' : treeOf(rows).join('\n'));
    },
  );
  apiCommand(group, 'move <topic>', 'Puts a topic, with all below it, below another one or at the top.', [
    'topics move credit-cards --below cards',
    'topics move credit-cards',
  ])
    .option('--below <topic>', 'slug or id of the other topic; at the top of the tree if not given')
    .action(async (name: string, { below }: { below?: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const parentId = below === undefined ? undefined : (await findTopic(client, below)).id;
      const { operation } = await client.mutate<OperationPayload>(moveTopic, 'moveTopic', {
        ...(await seen(client, name)),
        parentId,
      });
      output.result(operation, `Moved "${operation.topic?.title}". ${howToUndo(operation)}`);
    });
  apiCommand(group, 'merge <topic>', 'Gives the questions of a topic to another one and archives it.', [
    'topics merge cards --into payments',
  ])
    .requiredOption('--into <topic>', 'slug or id of the topic that stays')
    .action(async (name: string, { into }: { into: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { operation } = await client.mutate<OperationPayload>(mergeTopics, 'mergeTopics', {
        ...(await seen(client, name)),
        intoId: (await findTopic(client, into)).id,
      });
      const moved = plural(operation.labels, 'label');
      output.result(
        operation,
        `Merged "${operation.topic?.title}" into "${operation.targets[0]?.title}": ${moved} moved. ${howToUndo(operation)}`,
      );
    });
  apiCommand(
    group,
    'split <topic>',
    `Makes new topics of a topic, beside it, and gives them some of its questions.

A part is TITLE=ID,ID... or TITLE=@FILE, a file with one question id a line.`,
    ['topics split cards --part "Credit cards=5d0c...,77aa..." --part "Debit cards=@debit.txt" --below'],
  )
    .summary('Makes new topics of a topic and gives them some of its questions.')
    .requiredOption('--part <title=questions>', 'a new topic with its questions; may be given again', collect)
    .option('--below', 'below the topic instead of beside it')
    .action(async (name: string, { part, below }: { part: readonly string[]; below?: boolean }, command: Command) => {
      const { client, output } = invocationOf(command);
      const parts = await Promise.all(part.map(readPart));
      const { operation } = await client.mutate<OperationPayload>(splitTopic, 'splitTopic', {
        ...(await seen(client, name)),
        input: { parts, asChildren: below ?? false },
      });
      const made = operation.targets.map(({ title }) => `"${title}"`).join(', ');
      output.result(
        operation,
        `Split ${made} off "${operation.topic?.title}": ${plural(operation.labels, 'label')} moved. ${howToUndo(operation)}`,
      );
    });
  apiCommand(group, 'log', 'Lists what was done with topics, the newest first.', ['topics log']).action(
    async (_options: unknown, command: Command) => {
      const { client, output } = invocationOf(command);
      const { topicOperations: page } = await client.request<{ topicOperations: { nodes: readonly Operation[] } }>(
        topicOperations,
      );
      const columns = ['id', 'what', 'topic', 'with', 'labels', 'by', 'at'].map((column) => ({ name: column }));
      const lines = page.nodes.map((operation) => [
        operation.id,
        `${operation.kind.toLowerCase()}${operation.undoneAt === null ? '' : ' (undone)'}`,
        operation.topic?.title ?? '',
        operation.targets.map(({ title }) => title).join(', '),
        String(operation.labels),
        operation.doneBy,
        operation.doneAt,
      ]);
      output.result(page.nodes, lines.length === 0 ? 'Nothing was done with topics.' : formatTable(columns, lines));
    },
  );
  apiCommand(group, 'undo <operation>', 'Puts back what a move, merge or split changed.', [
    'topics undo 5d0c...',
  ]).action(async (id: string, _options: unknown, command: Command) => {
    const { client, output } = invocationOf(command);
    const { operation } = await client.mutate<OperationPayload>(undoTopicOperation, 'undoTopicOperation', { id });
    output.result(operation, `Undone: "${operation.topic?.title}" is as it was.`);
  });
}

async function readPart(part: string): Promise<{ title: string; questionIds: string[] }> {
  const [, title, questions] = /^([^=]*[^=\s][^=]*)=(.+)$/s.exec(part) ?? [];
  if (title === undefined)
    throw CommandFailure.usage(`--part "${part}": write TITLE=ID,ID... or TITLE=@FILE, a file with one id a line.`);
  const list = questions.startsWith('@') ? await readIds(questions.slice(1)) : questions.split(',');
  return { title: title.trim(), questionIds: list.map((id) => id.trim()).filter((id) => id !== '') };
}

async function readIds(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch (error) {
    throw CommandFailure.usage(`${file} cannot be read: ${(error as Error).message}`);
  }
}

const howToUndo = ({ id }: Operation): string => `Undo it with cairn topics undo ${id}.`;

/** The topic as it is now; the server refuses the change if it changes in between. */
async function seen(client: GraphqlClient, name: string): Promise<{ id: string; version: number }> {
  const { id } = await findTopic(client, name);
  const { topic } = await client.request<{ topic: { version: number } }>(topicVersion, { id });
  return { id, version: topic.version };
}

function treeOf(rows: readonly TopicRow[]): string[] {
  const known = new Set(rows.map(({ id }) => id));
  const below = new Map<string | undefined, TopicRow[]>();
  for (const row of rows) {
    // A topic whose parent is not in use stands at the top.
    const parent = row.parent !== null && known.has(row.parent.id) ? row.parent.id : undefined;
    below.set(parent, [...(below.get(parent) ?? []), row]);
  }
  const lines: string[] = [];
  const show = (parent: string | undefined, indent: string) => {
    for (const { id, slug, title, questionCount } of below.get(parent) ?? []) {
      lines.push(`${indent}${title} (${slug}): ${plural(questionCount, 'question')}`);
      show(id, `${indent}  `);
    }
  };
  show(undefined, '');
  return lines;
}

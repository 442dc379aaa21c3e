import { Option, type Command } from 'commander';
import { exitCodeHelp } from '../exit-code.js';
import { listNodes } from '../graphql/connection.js';
import { decisions, suggestions } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeSuggestion, type Suggestion } from '../output/suggestion.js';
import { formatTable } from '../output/table.js';
import { addAccept, addMerge, addReject, addRename, addSplit, addUndo } from './decide.js';

const states = ['pending', 'accepted', 'merged', 'rejected', 'split', 'superseded'];

export function addSuggestions(program: Command): void {
  const group = program
    .command('suggestions')
    .description('Lists the clusters that are offered as new topics; decides on them, and takes decisions back.')
    .addHelpText(
      'after',
      `\nExamples:\n  $ cairn suggestions\n  $ cairn suggestions accept 0b6e... --title "SSH keys"\n${exitCodeHelp}`,
    );
  apiCommand(
    group,
    'list',
    'Lists the clusters that are offered as new topics, with what to do about them.',
    ['suggestions', 'suggestions --state accepted', 'suggestions --json | jq ".[].title"'],
    { isDefault: true },
  )
    .addOption(new Option('--state <state>', 'what was decided').choices([...states, 'all']).default('pending'))
    .action(list);
  for (const add of [addAccept, addMerge, addSplit, addRename, addReject, addUndo]) add(group);
  apiCommand(group, 'decisions [suggestion]', 'Lists what was decided, the newest first.', [
    'suggestions decisions',
    'suggestions decisions 0b6e...',
  ]).action(listDecisions);
}

async function list({ state }: { state: string }, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const chosen = (state === 'all' ? states : [state]).map((name) => name.toUpperCase());
  const found = await listNodes<Suggestion>(client, suggestions, 'suggestions', { states: chosen });
  const lines = found.flatMap((suggestion) => [...describeSuggestion(suggestion), '']);
  const none =
    state === 'pending' ? 'There are no pending suggestions. Make some with cairn cluster.' : `None is ${state}.`;
  const next = found.some((suggestion) => suggestion.state === 'PENDING')
    ? [
        'Decide: cairn suggestions accept ID [--title T], merge ID --into TOPIC, split ID, rename ID TITLE, reject ID --reason R.',
        'Each can be taken back: cairn suggestions undo ID.',
      ]
    : [];
  output.result(found, found.length === 0 ? none : [...lines, ...next].join('\n').trimEnd());
}

interface Decision {
  readonly id: string;
  readonly kind: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
  readonly titleBefore: string;
  readonly titleAfter: string;
  readonly labelled: number;
  readonly undoneBy?: string | null;
  readonly topic?: { readonly slug: string } | null;
}

async function listDecisions(suggestionId: string | undefined, _options: unknown, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const found = await listNodes<Decision>(client, decisions, 'decisions', { suggestionId });
  const rows = found.map((decision) => [
    decision.id,
    decision.decidedAt,
    decision.decidedBy,
    decision.kind.toLowerCase(),
    decision.titleBefore === decision.titleAfter
      ? decision.titleBefore
      : `${decision.titleBefore} -> ${decision.titleAfter}`,
    String(decision.labelled),
    decision.undoneBy ? `undone by ${decision.undoneBy}` : '',
  ]);
  const columns = [
    ...[{ name: 'id' }, { name: 'when' }, { name: 'by' }, { name: 'decision' }, { name: 'suggestion' }],
    { name: 'labels', align: 'right' as const },
    { name: '' },
  ];
  output.result(found, rows.length === 0 ? 'Nothing was decided yet.' : formatTable(columns, rows));
}

import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import {
  acceptSuggestion,
  mergeSuggestion,
  rejectSuggestion,
  renameSuggestion,
  splitSuggestion,
  suggestion as suggestionById,
  undoDecision,
} from '../graphql/operations.js';
import { findTopic } from '../graphql/topics.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeSuggestion, type Suggestion } from '../output/suggestion.js';
import { plural } from '../output/table.js';
import { collect, wholeNumber } from './option-values.js';

interface SuggestionPayload {
  readonly suggestion: Suggestion;
  readonly userErrors: readonly UserError[];
}
interface Exclusions {
  readonly exclude?: readonly string[];
}

interface AcceptOptions extends Exclusions {
  readonly title?: string;
  readonly description?: string;
  readonly parent?: string;
}

const excludeHelp = 'a question (id) that does not belong and stays unlabelled; may be given again';

export function addAccept(program: Command): void {
  apiCommand(program, 'accept <suggestion>', 'Makes a topic of a suggestion and labels its questions.', [
    'accept 0b6e...',
    'accept 0b6e... --parent video-production',
    'accept 0b6e... --title "Recording screencasts" --description "Planning, recording, editing"',
  ])
    .option('--title <title>', 'title of the topic, instead of the suggested one')
    .option('--description <text>', 'what belongs to the topic')
    .option('--parent <topic>', 'slug or id of the topic that it goes below')
    .option('--exclude <question>', excludeHelp, collect)
    .action(async (id: string, options: AcceptOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      const { version } = await pending(client, id);
      const input = {
        title: options.title,
        description: options.description,
        parentTopicId: options.parent === undefined ? undefined : (await findTopic(client, options.parent)).id,
        excludeQuestionIds: options.exclude,
      };
      const { suggestion } = await client.mutate<SuggestionPayload>(acceptSuggestion, 'acceptSuggestion', {
        id,
        version,
        input,
      });
      output.result(suggestion, `${labelled(suggestion)} Learn it with cairn train --promote.`);
    });
}

export function addMerge(program: Command): void {
  apiCommand(program, 'merge <suggestion>', 'Labels the questions of a suggestion with a topic that is there.', [
    'merge 0b6e... --into deploying-models',
  ])
    .option('--into <topic>', 'slug or id of the topic')
    .option('--into-suggestion <suggestion>', 'instead of a topic: id of another pending suggestion')
    .option('--exclude <question>', excludeHelp, collect)
    .action(async (id: string, options: Exclusions & { into?: string; intoSuggestion?: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      if ((options.into === undefined) === (options.intoSuggestion === undefined))
        throw CommandFailure.usage('Say where the questions go: --into TOPIC or --into-suggestion ID.');
      const { version } = await pending(client, id);
      const input = {
        topicId: options.into === undefined ? undefined : (await findTopic(client, options.into)).id,
        suggestionId: options.intoSuggestion,
        excludeQuestionIds: options.exclude,
      };
      const { suggestion } = await client.mutate<SuggestionPayload>(mergeSuggestion, 'mergeSuggestion', {
        id,
        version,
        input,
      });
      output.result(
        suggestion,
        suggestion.mergedInto
          ? `Merged "${suggestion.title}" into the suggestion "${suggestion.mergedInto.title}".`
          : `${labelled(suggestion)} Learn it with cairn train --promote.`,
      );
    });
}

export function addReject(program: Command): void {
  apiCommand(program, 'reject <suggestion>', 'Says that a suggestion is no topic.', [
    'reject 0b6e... --reason "three topics in one"',
  ])
    .option('--reason <text>', 'why, for those who come later')
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { version } = await pending(client, id);
      const { suggestion } = await client.mutate<SuggestionPayload>(rejectSuggestion, 'rejectSuggestion', {
        id,
        version,
        reason,
      });
      output.result(suggestion, `Rejected "${suggestion.title}".`);
    });
}

export function addRename(program: Command): void {
  apiCommand(
    program,
    'rename <suggestion> <title>',
    'Gives a pending suggestion another title, which new runs leave.',
    ['suggestions rename 0b6e... "SSH keys on cloud machines"'],
  ).action(async (id: string, title: string, _options, command: Command) => {
    const { client, output } = invocationOf(command);
    const before = await pending(client, id);
    const { suggestion } = await client.mutate<SuggestionPayload>(renameSuggestion, 'renameSuggestion', {
      id,
      version: before.version,
      title,
    });
    output.result(suggestion, `"${before.title}" is now "${suggestion.title}".`);
  });
}

export function addSplit(program: Command): void {
  apiCommand(program, 'split <suggestion>', 'Clusters the questions of a suggestion and offers the parts instead.', [
    'suggestions split 0b6e... --parts 3',
  ])
    .option('--parts <number>', 'number of parts', wholeNumber(2, 50), 2)
    .action(async (id: string, { parts }: { parts: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { title, version } = await pending(client, id);
      const made = await client.mutate<SuggestionPayload & { parts: readonly Suggestion[] }>(
        splitSuggestion,
        'splitSuggestion',
        { id, version, parts },
      );
      const lines = made.parts.flatMap((part) => [...describeSuggestion(part), '']);
      output.result(made.parts, [`Split "${title}" into ${parts}:`, '', ...lines].join('\n').trimEnd());
    });
}

interface DecisionPayload {
  readonly decision: {
    readonly kind: string;
    readonly labelled: number;
    readonly suggestion?: { readonly title: string; readonly state: string } | null;
  };
  readonly userErrors: readonly UserError[];
}

export function addUndo(program: Command): void {
  apiCommand(program, 'undo <suggestion>', 'Takes back the last decision on a suggestion.', [
    'suggestions undo 0b6e...',
    'suggestions undo --decision 91c2...',
  ])
    .option('--decision', 'the id is that of a decision, not of a suggestion')
    .action(async (id: string, options: { decision?: boolean }, command: Command) => {
      const { client, output } = invocationOf(command);
      const variables = options.decision ? { id } : { suggestionId: id };
      const { decision } = await client.mutate<DecisionPayload>(undoDecision, 'undoDecision', variables);
      const { kind, labelled: count, suggestion } = decision;
      output.result(
        decision,
        `Undid "${kind.toLowerCase()}" of "${suggestion?.title ?? id}"${count > 0 ? `; ${plural(count, 'label')} taken back` : ''}. It is ${suggestion?.state.toLowerCase() ?? 'gone'} again.`,
      );
    });
}

/** The suggestion as it is now; the server refuses the decision if it changes in between. */
async function pending(client: GraphqlClient, id: string): Promise<Suggestion> {
  const { suggestion } = await client.request<{ suggestion: Suggestion | null }>(suggestionById, { id });
  if (suggestion === null) throw CommandFailure.failed(`There is no suggestion "${id}". See cairn suggestions.`);
  if (suggestion.state !== 'PENDING')
    throw CommandFailure.failed(
      `Suggestion "${suggestion.title}" is ${suggestion.state.toLowerCase()} already. Take that back with cairn suggestions undo ${id}.`,
    );
  return suggestion;
}

function labelled({ size, topic }: Suggestion): string {
  return `${plural(size, 'question')} of the suggestion now ${size === 1 ? 'belongs' : 'belong'} to "${topic?.title}" (${topic?.slug}).`;
}

import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import {
  acceptSuggestion,
  mergeSuggestion,
  rejectSuggestion,
  suggestion as suggestionById,
} from '../graphql/operations.js';
import { findTopic } from '../graphql/topics.js';
import { apiCommand, invocationOf } from '../invocation.js';
import type { Suggestion } from '../output/suggestion.js';
import { plural } from '../output/table.js';
import { collect } from './option-values.js';

interface SuggestionPayload {
  readonly suggestion: Suggestion;
  readonly userErrors: readonly UserError[];
}
interface Exclusions {
  readonly exclude?: readonly string[];
}

const excludeHelp = 'a question (id) that does not belong and stays unlabelled; may be given again';

export function addAccept(program: Command): void {
  apiCommand(program, 'accept <suggestion>', 'Makes a topic of a suggestion and labels its questions.', [
    'accept 0b6e...',
    'accept 0b6e... --title "Recording screencasts" --description "Planning, recording, editing"',
  ])
    .option('--title <title>', 'title of the topic, instead of the suggested one')
    .option('--description <text>', 'what belongs to the topic')
    .option('--exclude <question>', excludeHelp, collect)
    .action(async (id: string, options: Exclusions & { title?: string; description?: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { version } = await pending(client, id);
      const input = { title: options.title, description: options.description, excludeQuestionIds: options.exclude };
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
    .requiredOption('--into <topic>', 'slug or id of the topic')
    .option('--exclude <question>', excludeHelp, collect)
    .action(async (id: string, options: Exclusions & { into: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { version } = await pending(client, id);
      const input = { topicId: (await findTopic(client, options.into)).id, excludeQuestionIds: options.exclude };
      const { suggestion } = await client.mutate<SuggestionPayload>(mergeSuggestion, 'mergeSuggestion', {
        id,
        version,
        input,
      });
      output.result(suggestion, `${labelled(suggestion)} Learn it with cairn train --promote.`);
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

/** The suggestion as it is now; the server refuses the decision if it changes in between. */
async function pending(client: GraphqlClient, id: string): Promise<Suggestion> {
  const { suggestion } = await client.request<{ suggestion: Suggestion | null }>(suggestionById, { id });
  if (suggestion === null) throw CommandFailure.failed(`There is no suggestion "${id}". See cairn suggestions.`);
  if (suggestion.state !== 'PENDING')
    throw CommandFailure.failed(`Suggestion "${suggestion.title}" is ${suggestion.state.toLowerCase()} already.`);
  return suggestion;
}

function labelled({ size, topic }: Suggestion): string {
  return `${plural(size, 'question')} of the suggestion now ${size === 1 ? 'belongs' : 'belong'} to "${topic?.title}" (${topic?.slug}).`;
}

import { Option, type Command } from 'commander';
import { listNodes } from '../graphql/connection.js';
import { suggestions } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeSuggestion, type Suggestion } from '../output/suggestion.js';

const states = ['pending', 'accepted', 'merged', 'rejected', 'superseded'];

export function addSuggestions(program: Command): void {
  apiCommand(program, 'suggestions', 'Lists the clusters that are offered as new topics, with what to do about them.', [
    'suggestions',
    'suggestions --state accepted',
    'suggestions --json | jq ".[].title"',
  ])
    .addOption(new Option('--state <state>', 'what was decided').choices([...states, 'all']).default('pending'))
    .action(async ({ state }: { state: string }, command: Command) => {
      const { client, output } = invocationOf(command);
      const chosen = (state === 'all' ? states : [state]).map((name) => name.toUpperCase());
      const found = await listNodes<Suggestion>(client, suggestions, 'suggestions', { states: chosen });
      const lines = found.flatMap((suggestion) => [...describeSuggestion(suggestion), '']);
      const none =
        state === 'pending' ? 'There are no pending suggestions. Make some with cairn cluster.' : `None is ${state}.`;
      const next = found.some((suggestion) => suggestion.state === 'PENDING')
        ? ['Decide: cairn accept ID [--title T], cairn merge ID --into TOPIC, cairn reject ID --reason R.']
        : [];
      output.result(found, found.length === 0 ? none : [...lines, ...next].join('\n').trimEnd());
    });
}

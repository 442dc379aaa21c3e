import type { Command } from 'commander';
import { agreement, reviewQueue, whichToLabel } from '../graphql/operations.js';
import { exitCodeHelp } from '../exit-code.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable, plural, shorten } from '../output/table.js';
import { wholeNumber } from './option-values.js';

interface Item {
  readonly value: number;
  readonly uncertainty: number;
  readonly clusterSize: number;
  readonly ageDays: number;
  readonly claimedBy: string | null;
  readonly question: { readonly id: string; readonly text: string } | null;
}
interface Chosen {
  readonly uncertainty: number;
  readonly distance: number;
  readonly question: { readonly id: string; readonly text: string } | null;
}
interface Agreement {
  readonly questions: number;
  readonly annotators: number;
  readonly krippendorffAlpha: number | null;
  readonly pairs: readonly { first: string; second: string; questions: number; cohenKappa: number }[];
  readonly disputed: readonly { id: string; text: string }[];
}

export function addReview(program: Command): void {
  const group = program
    .command('review')
    .description('Shows what waits for a person, what to label next, and how far people agree.')
    .addHelpText('after', `\nExamples:\n  $ cairn review\n  $ cairn review next --first 20\n${exitCodeHelp}`);
  apiCommand(group, 'queue', 'Lists uncertain and unknown questions, the most valuable first.', ['review queue'], {
    isDefault: true,
  })
    .option('--first <number>', 'questions to show', wholeNumber(1, 100), 20)
    .action(async ({ first }: { first: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { reviewQueue: queue } = await client.request<{
        reviewQueue: { items: readonly Item[]; totalCount: number };
      }>(reviewQueue, { first });
      const rows = queue.items.map((item) => [
        item.question?.id ?? '',
        item.value.toFixed(2),
        item.uncertainty.toFixed(2),
        String(item.clusterSize),
        item.ageDays.toFixed(0),
        item.claimedBy ?? '',
        shorten(item.question?.text ?? '', 70),
      ]);
      const columns = ['question', 'value', 'uncertain', 'cluster', 'days', 'held by', 'text'];
      const table = formatTable(
        columns.map((name) => ({ name })),
        rows,
      );
      output.result(
        queue,
        rows.length === 0 ? 'Nothing waits.' : `${table}\n\n${plural(queue.totalCount, 'question')} in all.`,
      );
    });
  apiCommand(group, 'next', 'Chooses the questions whose labels would help most.', ['review next --first 20'])
    .option('--first <number>', 'questions to choose', wholeNumber(1, 100), 20)
    .action(async ({ first }: { first: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const { whichToLabel: chosen } = await client.request<{ whichToLabel: readonly Chosen[] }>(whichToLabel, {
        first,
      });
      const rows = chosen.map(({ question, uncertainty, distance }) => [
        question?.id ?? '',
        uncertainty.toFixed(2),
        distance.toFixed(2),
        shorten(question?.text ?? '', 70),
      ]);
      const columns = ['question', 'uncertain', 'distance', 'text'].map((name) => ({ name }));
      output.result(
        chosen,
        rows.length === 0
          ? 'There is nothing to choose from. Embed the questions with cairn embed.'
          : formatTable(columns, rows),
      );
    });
  apiCommand(group, 'agreement', 'Shows how far people agree where several labelled the same question.', [
    'review agreement',
  ]).action(async (_options: unknown, command: Command) => {
    const { client, output } = invocationOf(command);
    const { agreement: found } = await client.request<{ agreement: Agreement }>(agreement);
    const alpha = found.krippendorffAlpha;
    output.result(
      found,
      alpha === null
        ? 'No question was labelled by two people yet.'
        : [
            `${plural(found.questions, 'question')}, ${found.annotators} people: Krippendorff's alpha ${alpha.toFixed(2)}.`,
            ...found.pairs.map(
              (pair) =>
                `${pair.first} and ${pair.second}: kappa ${pair.cohenKappa.toFixed(2)} on ${plural(pair.questions, 'question')}`,
            ),
            ...found.disputed.map(({ id, text }) => `disputed: ${id} ${shorten(text, 70)}`),
          ].join('\n'),
    );
  });
}

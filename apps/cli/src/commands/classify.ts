import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { classifyTexts } from '../graphql/operations.js';
import { invocationOf } from '../invocation.js';
import { describeBecause, type Because } from '../output/because.js';
import { formatTable, percent, shorten } from '../output/table.js';
import { jobCommand, startAndFollow } from './run-job.js';

interface ClassifyResult {
  readonly headId?: string | null;
  readonly classifications: readonly {
    readonly unknown?: boolean | null;
    readonly label?: string | null;
    readonly confidence?: number | null;
    readonly topic?: { readonly slug: string } | null;
    readonly because?: Because | null;
    readonly error?: { readonly code: string; readonly message: string } | null;
  }[];
}

export function addClassify(program: Command): void {
  jobCommand(
    program,
    'classify [texts...]',
    'Asks the head in use about all questions it has not classified yet; with texts, about those, at once and without a job.',
    [
      'classify',
      'classify --again',
      'classify "my card has not arrived" "how do I cook rice?"',
      'classify --model emotions "what a day!"',
    ],
  )
    .option('--again', 'also questions that the head in use has classified already')
    .option('--model <model>', 'with texts: a model, by id or alias; a classifier answers with its own classes')
    .action(async (texts: string[], options: { again?: boolean; model?: string }, command: Command) => {
      if (texts.length > 0 && options.again)
        throw CommandFailure.usage('--again is about stored questions; leave it out with texts.');
      if (texts.length > 0) return classifyGiven(texts, options.model, command);
      if (options.model !== undefined)
        throw CommandFailure.usage(
          '--model is about texts given here; stored questions are classified by the head in use.',
        );
      await startAndFollow(command, 'startClassification', { again: options.again ?? false });
    });
}

async function classifyGiven(texts: readonly string[], model: string | undefined, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty !== -1) throw CommandFailure.usage(`Text ${empty + 1} is empty.`);
  const { classify } = await client.request<{ classify: ClassifyResult }>(classifyTexts, { texts, model });
  // A class of a model has a name and no topic.
  const rows = classify.classifications.map(({ unknown, label, confidence, topic, because, error }, i) => {
    const name = topic?.slug ?? label ?? '';
    const [verdict, nearest] = error ? ['error', error.message] : unknown ? ['unknown', name] : [name, ''];
    const why = because ? [describeBecause(because, unknown ?? false)] : classify.headId ? [''] : [];
    return [verdict, error ? '' : percent(confidence ?? 0), nearest, shorten(texts[i], 60), ...why];
  });
  output.result(
    {
      headId: classify.headId,
      classifications: classify.classifications.map((row, i) => ({ text: texts[i], ...row })),
    },
    formatTable(
      [
        { name: classify.headId ? 'topic' : 'class' },
        { name: 'confidence', align: 'right' },
        { name: 'nearest' },
        { name: 'text' },
        ...(classify.headId ? [{ name: 'why' }] : []),
      ],
      rows,
    ),
  );
  const failed = classify.classifications.filter(({ error }) => error).length;
  if (failed > 0) throw CommandFailure.failed(`${failed} of ${texts.length} texts could not be classified.`);
}

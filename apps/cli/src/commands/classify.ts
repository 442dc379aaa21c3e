import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { classifyTexts } from '../graphql/operations.js';
import { invocationOf } from '../invocation.js';
import { formatTable, percent, shorten } from '../output/table.js';
import { jobCommand, startAndFollow } from './run-job.js';

interface ClassifyResult {
  readonly headId: string;
  readonly classifications: readonly {
    readonly unknown?: boolean | null;
    readonly confidence?: number | null;
    readonly topic?: { readonly slug: string } | null;
    readonly error?: { readonly code: string; readonly message: string } | null;
  }[];
}

export function addClassify(program: Command): void {
  jobCommand(
    program,
    'classify [texts...]',
    'Asks the head in use about all questions it has not classified yet; with texts, about those, at once and without a job.',
    ['classify', 'classify --again', 'classify "my card has not arrived" "how do I cook rice?"'],
  )
    .option('--again', 'also questions that the head in use has classified already')
    .action(async (texts: string[], options: { again?: boolean }, command: Command) => {
      if (texts.length === 0) return startAndFollow(command, 'startClassification', { again: options.again ?? false });
      if (options.again) throw CommandFailure.usage('--again is about stored questions; leave it out with texts.');
      await classifyGiven(texts, command);
    });
}

async function classifyGiven(texts: readonly string[], command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty !== -1) throw CommandFailure.usage(`Text ${empty + 1} is empty.`);
  const { classify } = await client.request<{ classify: ClassifyResult }>(classifyTexts, { texts });
  const rows = classify.classifications.map(({ unknown, confidence, topic, error }, i) => [
    error ? 'error' : unknown ? 'unknown' : (topic?.slug ?? ''),
    error ? '' : percent(confidence ?? 0),
    error ? error.message : unknown ? (topic?.slug ?? '') : '',
    shorten(texts[i], 60),
  ]);
  output.result(
    {
      headId: classify.headId,
      classifications: classify.classifications.map((row, i) => ({ text: texts[i], ...row })),
    },
    formatTable(
      [{ name: 'topic' }, { name: 'confidence', align: 'right' }, { name: 'nearest' }, { name: 'text' }],
      rows,
    ),
  );
  const failed = classify.classifications.filter(({ error }) => error).length;
  if (failed > 0) throw CommandFailure.failed(`${failed} of ${texts.length} texts could not be classified.`);
}

import { formatTable, percent, plural, shorten } from './table.js';

interface TopicName {
  readonly slug: string;
}

interface EvaluatedHead {
  readonly headId: string;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ece: number;
  readonly kept: number;
  readonly answered: number;
  readonly unknownRecall?: number | null;
  readonly unknownAuroc?: number | null;
  readonly unknownMethod: string;
  readonly leftOutAuroc: number;
  readonly leftOutUnknownRecall: number;
  readonly leftOutKnownRecall: number;
}

/** How a head does beside another, as the gateway gives it. */
export interface Evaluation {
  readonly id: string;
  readonly figures: EvaluatedHead;
  readonly figuresAgainst?: EvaluatedHead | null;
  readonly examples: number;
  readonly strangers: number;
  readonly leftOut: number;
  readonly pValue?: number | null;
  readonly changed: number;
  readonly fixed: number;
  readonly broken: number;
  readonly topics: readonly {
    readonly topic?: TopicName | null;
    readonly examples: number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly f1Against?: number | null;
    readonly takenFor?: TopicName | null;
    readonly takenForCount: number;
  }[];
  readonly confusion: readonly {
    readonly topic?: TopicName | null;
    readonly said?: TopicName | null;
    readonly count: number;
  }[];
}

export interface EvaluationChange {
  readonly text: string;
  readonly change: 'FIXED' | 'BROKEN' | 'OTHERWISE_WRONG';
  readonly topic?: TopicName | null;
  readonly said?: TopicName | null;
  readonly saidAgainst?: TopicName | null;
  readonly confidence: number;
  readonly confidenceAgainst: number;
}

/** One figure of both heads, and how far they are apart. */
type FigureRow = readonly [name: string, of: (head: EvaluatedHead) => number | null | undefined, isShare: boolean];

const rows: readonly FigureRow[] = [
  ['accuracy', (head) => head.accuracy, true],
  ['macro F1', (head) => head.macroF1, true],
  ['ECE', (head) => head.ece, true],
  ['known texts kept', (head) => head.kept, true],
  ['answered right', (head) => head.answered, true],
  ['unknown noticed', (head) => head.unknownRecall, true],
  ['unknown AUROC', (head) => head.unknownAuroc, false],
  ['left-out AUROC', (head) => head.leftOutAuroc, false],
  ['left-out noticed', (head) => head.leftOutUnknownRecall, true],
];

/** Everything of an evaluation but the changed questions. */
export function describeEvaluation(evaluation: Evaluation): string {
  const { figures, figuresAgainst, examples, strangers, leftOut } = evaluation;
  const unlike = strangers > 0 ? `, and on ${plural(strangers, 'question')} of topics that no head knows` : '';
  const out = leftOut > 0 ? `; ${plural(leftOut, 'label')} left out, as learned from` : '';
  const parts = [
    `head     ${figures.headId}`,
    ...(figuresAgainst ? [`against  ${figuresAgainst.headId}`] : []),
    `Measured on ${plural(examples, 'label')} not learned from${unlike}${out}.`,
    '',
    describeFigures(figures, figuresAgainst ?? undefined),
  ];
  if (figuresAgainst) parts.push('', describeComparison(evaluation));
  parts.push('', describeTopics(evaluation), ...describeConfusion(evaluation));
  return parts.join('\n');
}

function describeFigures(head: EvaluatedHead, against: EvaluatedHead | undefined): string {
  const text = (value: number | null | undefined, isShare: boolean) =>
    value == null ? '' : isShare ? percent(value) : value.toFixed(3);
  const shown = rows.filter(([, of]) => of(head) != null);
  const cells = shown.map(([name, of, isShare]) => {
    const own = of(head);
    const other = against && of(against);
    const gain = own == null || other == null ? '' : signed(own - other, isShare);
    return [name, text(own, isShare), ...(against ? [text(other, isShare), gain] : [])];
  });
  const numbers = [{ name: 'head' }, ...(against ? [{ name: 'against' }, { name: 'change' }] : [])];
  return formatTable([{ name: '' }, ...numbers.map(({ name }) => ({ name, align: 'right' as const }))], cells);
}

const signed = (difference: number, isShare: boolean): string => {
  const value = isShare ? (100 * difference).toFixed(1) : difference.toFixed(3);
  return Number(value) > 0 ? `+${value}` : value;
};

function describeComparison({ pValue, changed, fixed, broken }: Evaluation): string {
  const chance = pValue == null ? '' : ` Accuracies so far apart would come by chance with p = ${pValue.toFixed(3)}.`;
  return `${plural(changed, 'answer')} changed: ${fixed} are right now, ${broken} were right before.${chance}`;
}

function describeTopics({ topics, figuresAgainst }: Evaluation): string {
  const sorted = [...topics].sort((a, b) => a.f1 - b.f1);
  return formatTable(
    [
      { name: 'topic' },
      ...['labels', 'precision', 'recall', 'F1'].map((name) => ({ name, align: 'right' as const })),
      ...(figuresAgainst ? [{ name: 'change', align: 'right' as const }] : []),
      { name: 'mostly taken for' },
    ],
    sorted.map(({ topic, examples, precision, recall, f1, f1Against, takenFor, takenForCount }) => [
      topic?.slug ?? '(gone)',
      String(examples),
      percent(precision),
      percent(recall),
      percent(f1),
      ...(figuresAgainst ? [f1Against == null ? '' : signed(f1 - f1Against, true)] : []),
      takenForCount > 0 ? `${takenFor?.slug ?? '(gone)'} (${takenForCount})` : '',
    ]),
  );
}

/** Cells of the confusion matrix that are wrong, the largest first. */
const shownConfusions = 10;

function describeConfusion({ confusion }: Evaluation): string[] {
  const wrong = confusion.filter(({ topic, said }) => topic?.slug !== said?.slug).sort((a, b) => b.count - a.count);
  if (wrong.length === 0) return [];
  const more = wrong.length > shownConfusions ? `, the ${shownConfusions} largest of ${wrong.length}` : '';
  return [
    '',
    `mistaken${more}:`,
    ...wrong
      .slice(0, shownConfusions)
      .map(({ topic, said, count }) => `  ${count}  ${topic?.slug ?? '(gone)'} -> ${said?.slug ?? 'another topic'}`),
  ];
}

/** Questions that the two heads say different things of. */
export function describeChanges(changes: readonly EvaluationChange[]): string {
  if (changes.length === 0) return '';
  const said = (topic: TopicName | null | undefined) => topic?.slug ?? 'unknown';
  return formatTable(
    [{ name: '' }, { name: 'label' }, { name: 'before' }, { name: 'now' }, { name: 'question' }],
    changes.map(({ text, change, topic, said: now, saidAgainst }) => [
      change.toLowerCase().replace('_', ' '),
      topic?.slug ?? 'unknown',
      said(saidAgainst),
      said(now),
      shorten(text, 70),
    ]),
  );
}

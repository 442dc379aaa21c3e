import { describeHead, type Head } from './head.js';
import { plural } from './table.js';

/** Counts of a knowledge base. */
export interface Status {
  readonly questions: number;
  readonly published: number;
  readonly answers: number;
  readonly topics: number;
  readonly labelled: number;
  readonly embedded: number;
  readonly classified: number;
  readonly unknown: number;
  readonly pendingSuggestions: number;
  readonly answersWithoutPassages: number;
  readonly encoderId?: string | null;
  readonly database: string;
  readonly head?: Head | null;
}

const lacking = (answers: number): string =>
  answers === 0 ? '' : `; ${plural(answers, 'answer')} without passages: cairn embed makes them`;

/** The counts, a line each. */
export function describeStatus(counts: Status): string[] {
  return [
    `questions    ${counts.questions} (${counts.published} published, ${plural(counts.answers, 'answer')})`,
    `topics       ${counts.topics}, ${plural(counts.labelled, 'labelled question')}`,
    `embedded     ${counts.embedded}${lacking(counts.answersWithoutPassages)}`,
    `classified   ${counts.classified}, ${counts.unknown} of them unknown`,
    `suggestions  ${counts.pendingSuggestions} pending`,
    `database     ${counts.database}`,
    ...(counts.head ? describeHead(counts.head) : ['head         none; train one with cairn train --promote']),
  ];
}

import { describeHead } from '../output/head.js';
import { describeSuggestion } from '../output/suggestion.js';
import { percent, plural } from '../output/table.js';
import type { SuggestionScore } from './discovery-score.js';
import type { FirstRunReport } from './first-run.js';

const of = (part: number, whole: number): string => `${part} (${percent(whole === 0 ? 0 : part / whole)})`;

/** The report of a first run, for a person. */
export function describeFirstRun({ head, classified, unknown, verdicts, suggestions }: FirstRunReport): string {
  const { known, nearestRight, heldBack } = verdicts;
  return [
    'The head, measured on labels it was not trained on',
    ...describeHead(head).map((line) => `  ${line}`),
    '',
    `What it says of ${plural(classified, 'question')}: ${classified - unknown} known, ${unknown} unknown`,
    `  of ${known.questions} known-topic questions whose label was kept back: ${of(known.right, known.questions)} right, ${known.wrong} wrong, ${known.unknown} called unknown; nearest topic right for ${of(nearestRight, known.questions)}`,
    `  of ${heldBack.questions} questions of topics it never saw: ${of(heldBack.unknown, heldBack.questions)} called unknown`,
    '',
    `What it discovered: ${plural(suggestions.length, 'suggestion')} from the unknown questions`,
    ...suggestions.flatMap((score, index) => ['', ...describeScored(score, index + 1)]),
  ].join('\n');
}

function describeScored({ suggestion, match }: SuggestionScore, number: number): string[] {
  const lines = describeSuggestion(suggestion, `  ${number}.`).map((line, i) => (i === 0 ? line : `   ${line}`));
  if (match === undefined) return [...lines, '     matches no topic on record'];
  const { topic, heldBack: unseen, members, scored, share } = match;
  return [
    ...lines,
    `     matches ${unseen ? 'the held-back topic' : 'the known topic'} ${topic}: ${of(members, scored)} of its members, ${percent(share)} of that topic`,
  ];
}

/** inference.v1.Evaluate: labelled texts in, progress and a comparison of two heads out. */
import { DomainError, type inferenceV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import type { Evaluation, HeadEvaluation } from './evaluation.js';
import type { VersionFigures } from './heads/compare-versions.js';
import type { StoredHead } from './heads/head-store.js';
import { checkKeys } from './heads/head-training.js';

type Handling = DuplexHandling<inferenceV1.EvaluateRequest, inferenceV1.EvaluateResponse>;

const defaultChanges = 1000;
/** A change is about 200 bytes: a message of these stays below 32 MiB. */
const mostChanges = 100_000;

/** Runs one comparison. Heads that cannot be compared are refused before any example is read. */
export async function answerEvaluate({ requests, send, signal }: Handling, evaluation: HeadEvaluation): Promise<void> {
  let start: inferenceV1.EvaluateStart | undefined;
  let contenders: Awaited<ReturnType<HeadEvaluation['contender']>>[] = [];
  const examples = { texts: [] as string[], labels: [] as string[], keys: [] as number[] };
  for await (const message of requests) {
    if (message.start != null) {
      if (start !== undefined) throw DomainError.invalid('start', 'An evaluation starts once.');
      start = message.start;
      if (start.maxChanges < 0 || start.maxChanges > mostChanges)
        throw DomainError.invalid('max_changes', `At most ${mostChanges} changes are told; got ${start.maxChanges}.`);
      contenders = [await evaluation.contender(start.headId, 'head_id')];
      if (start.againstHeadId === start.headId)
        throw DomainError.invalid('against_head_id', 'A head is compared with another one, not with itself.');
      if (start.againstHeadId !== '')
        contenders.push(await evaluation.contender(start.againstHeadId, 'against_head_id'));
    } else if (message.examples != null) {
      if (start === undefined) throw DomainError.invalid('start', 'Send `start` before any examples.');
      const { texts, labels, textKey } = message.examples;
      if (labels.length !== texts.length || textKey.length !== texts.length)
        throw DomainError.invalid(
          'examples',
          `There are ${texts.length} texts, ${labels.length} labels and ${textKey.length} keys; give one for each.`,
        );
      checkKeys(textKey, texts.length);
      for (const text of texts) examples.texts.push(text);
      for (const label of labels) examples.labels.push(label);
      for (const key of textKey) examples.keys.push(key);
    }
  }
  if (start === undefined) throw DomainError.invalid('start', 'Send `start` before any examples.');
  let sending: Promise<void> | undefined;
  // Progress is dropped, not queued, while the client reads slowly.
  const report = (done: number, total: number) => {
    sending ??= send({ progress: { stage: 'judge', done, total } })
      .catch(() => {})
      .finally(() => (sending = undefined));
  };
  const [one, other] = contenders;
  const found = await evaluation.compare(examples, one, other, report, signal);
  await sending;
  await send({ result: toEvaluation(found, start.maxChanges || defaultChanges) });
}

function toEvaluation(evaluation: Evaluation, maxChanges: number): inferenceV1.Evaluation {
  const { head, against, measured, strangers, leftOut, topics, comparison, judged, judgedAgainst } = evaluation;
  const { candidate, current, confusion, changed, fixed, broken, pValue } = comparison;
  const width = topics.length + 1;
  return {
    examples: comparison.examples - strangers,
    ...{ strangers, leftOut },
    head: toFigures(head, candidate),
    against: against && current && toFigures(against, current),
    pValue: against && pValue,
    // A class that neither an example has nor is said of one tells nothing.
    classes: comparison.topics
      .filter(({ examples, precision }) => examples > 0 || precision > 0)
      .map(({ topic, examples, precision, recall, f1, change, takenFor }) => ({
        ...{ label: topic, examples, precision, recall, f1 },
        f1Against: change === undefined ? undefined : f1 - change,
        takenFor: takenFor?.topic ?? '',
        takenForCount: takenFor?.count ?? 0,
      })),
    confusion: Array.from(confusion.keys())
      .filter((cell) => confusion[cell] > 0)
      .map((cell) => ({
        label: topics[Math.floor(cell / width)],
        said: topics[cell % width] ?? '',
        count: confusion[cell],
      })),
    ...{ changed: changed.length, fixed, broken },
    changes: changed.slice(0, maxChanges).map(({ index, label, before, after, change }) => ({
      index: measured[index],
      label: label ?? '',
      saidAgainst: before ?? '',
      said: after ?? '',
      confidenceAgainst: judgedAgainst?.confidence[index] ?? 0,
      confidence: judged.confidence[index],
      change,
    })),
  };
}

function toFigures({ id, unknown }: StoredHead, figures: VersionFigures): inferenceV1.VersionFigures {
  const { accuracy, macroF1, ece, kept, answered, unknownRecall, unknownAuroc } = figures;
  return {
    ...{ headId: id, accuracy, macroF1, ece, kept, answered, leftOut: unknown },
    unknownRecall: Number.isNaN(unknownRecall) ? undefined : unknownRecall,
    unknownAuroc: Number.isNaN(unknownAuroc) ? undefined : unknownAuroc,
  };
}

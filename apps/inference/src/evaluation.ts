/** A head beside another, on labelled texts that neither has learned from. */
import { DomainError } from '@cairn/contracts';
import type { Classification } from './classification.js';
import { compareVersions, type Comparison, type Judged } from './heads/compare-versions.js';
import { copyRecorded, emptyJudged, standingsOf, type Standing } from './heads/fair-verdicts.js';
import type { HeadStore, StoredHead } from './heads/head-store.js';
import type { TrainingRecord } from './heads/training-record.js';
import type { Encoders } from './model-store/encoders.js';
import { isLoaded } from './model-store/known-encoder.js';
import { readLearnedTexts } from './model-store/learned-texts.js';

/** Labelled texts, one entry a text. */
export interface EvaluationExamples {
  readonly texts: readonly string[];
  /** The class of each, as heads name it. */
  readonly labels: readonly string[];
  /** See TrainingSet.keys. */
  readonly keys: readonly number[];
}

export interface Evaluation {
  readonly head: StoredHead;
  readonly against?: StoredHead;
  /** Positions of the examples that were measured. */
  readonly measured: Int32Array;
  /** Those of them whose class no head knows. */
  readonly strangers: number;
  readonly leftOut: number;
  /** Class names; the comparison numbers classes and examples by these and by `measured`. */
  readonly topics: readonly string[];
  readonly comparison: Comparison;
  readonly judged: Judged;
  readonly judgedAgainst?: Judged;
}

/** A head with what is needed to judge it fairly. */
interface Contender {
  readonly head: StoredHead;
  readonly record: TrainingRecord;
  readonly standing: (key: number) => Standing;
}

/** Texts classified in one go. */
const chunk = 64;

export class HeadEvaluation {
  constructor(
    private readonly heads: HeadStore,
    private readonly encoders: Encoders,
    private readonly classification: Classification,
  ) {}

  /**
   * @param field names of the request, for refusals
   * @throws NOT_FOUND for a head that is not there; INVALID_INPUT for one without a record of its training
   */
  async contender(headId: string, field: string): Promise<Contender> {
    const head = await this.heads.get(headId).catch((error: unknown) => {
      throw error instanceof DomainError && error.code === 'NOT_FOUND'
        ? new DomainError('NOT_FOUND', `There is no head "${headId}".`, { field })
        : error;
    });
    const record = await this.heads.record(headId);
    if (record === undefined)
      throw DomainError.invalid(
        field,
        `The training of the head ${headId} kept no record of what it has learned from, so that nothing fair can be said of it: it is from before there was one, or its encoder was trained with nothing held out. Train a head again.`,
      );
    const { path } = await this.encoders.get(head.provenance.encoderId);
    return { head, record, standing: standingsOf(record, await readLearnedTexts(path)) };
  }

  /**
   * @param report told how many texts of how many have been judged
   * @throws INVALID_INPUT if no label is left that neither has learned from
   */
  async compare(
    given: EvaluationExamples,
    one: Contender,
    other: Contender | undefined,
    report: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<Evaluation> {
    const contenders = other === undefined ? [one] : [one, other];
    const topics = [...new Set(contenders.flatMap(({ head }) => head.head.classes))];
    const index = new Map(topics.map((topic, i) => [topic, i]));
    const fair = given.keys.flatMap((key, i) =>
      contenders.some(({ standing }) => standing(key).kind === 'learned') ? [] : [i],
    );
    const todo = contenders.map(({ standing }) => fair.filter((i) => standing(given.keys[i]).kind === 'unseen'));
    const total = todo.reduce((sum, { length }) => sum + length, 0);
    let done = 0;
    const lost = new Set<number>();
    const all: Judged[] = [];
    for (const [c, contender] of contenders.entries()) {
      const judged = emptyJudged(given.keys.length);
      const topicOf = contender.head.head.classes.map((name) => index.get(name)!);
      for (const i of fair) {
        const standing = contender.standing(given.keys[i]);
        if (standing.kind === 'held out') copyRecorded(contender.record, standing.at, topicOf, judged, i);
      }
      await this.judge(contender.head, given.texts, todo[c], index, judged, lost, signal, (count) =>
        report((done += count), total),
      );
      all.push(judged);
    }
    const measured = Int32Array.from(fair.filter((i) => !lost.has(i)));
    const labels = measured.map((i) => index.get(given.labels[i]) ?? -1);
    if (!labels.some((label) => label >= 0))
      throw DomainError.invalid(
        'examples',
        `Of ${given.keys.length} labels there is none ${other === undefined ? 'that the head has' : 'that neither head has'} learned from. Label some more questions, or train with a larger held-out share.`,
      );
    const [judged, judgedAgainst] = all.map((part) => takeJudged(part, measured));
    return {
      head: one.head,
      ...(other !== undefined && { against: other.head, judgedAgainst }),
      ...{ measured, topics, judged },
      strangers: labels.filter((label) => label < 0).length,
      leftOut: given.keys.length - measured.length,
      comparison: compareVersions(topics, labels, judged, judgedAgainst),
    };
  }

  /** Asks the head as it serves about texts it has never seen; those that cannot be encoded are `lost`. */
  private async judge(
    { id, provenance }: StoredHead,
    texts: readonly string[],
    todo: readonly number[],
    index: ReadonlyMap<string, number>,
    judged: Judged,
    lost: Set<number>,
    signal: AbortSignal,
    onDone: (count: number) => void,
  ): Promise<void> {
    if (todo.length === 0) return;
    const isLent = !isLoaded(await this.encoders.get(provenance.encoderId));
    if (isLent) await this.encoders.load(provenance.encoderId);
    const options = { model: provenance.encoderId, truncate: 'end', lane: 'bulk', waits: true, signal } as const;
    try {
      for (let at = 0; at < todo.length; at += chunk) {
        signal.throwIfAborted();
        const part = todo.slice(at, at + chunk);
        const own = part.map((i) => texts[i]);
        const { verdicts } = await this.classification.ofTexts(own, id, 1, options);
        part.forEach((i, n) => {
          const verdict = verdicts[n];
          if (verdict === undefined) return void lost.add(i);
          judged.best[i] = index.get(verdict.classes[0].label) ?? -1;
          judged.confidence[i] = verdict.classes[0].probability;
          judged.unknown[i] = verdict.unknown ? 1 : 0;
          judged.score[i] = verdict.score;
        });
        onDone(part.length);
      }
    } finally {
      // It was loaded for this alone; if somebody has given it a name meanwhile, it stays.
      if (isLent) await this.encoders.unload(provenance.encoderId).catch(() => {});
    }
  }
}

function takeJudged({ best, confidence, unknown, score }: Judged, indices: Int32Array): Judged {
  return {
    best: indices.map((i) => best[i]),
    confidence: Float64Array.from(indices, (i) => confidence[i]),
    unknown: Uint8Array.from(indices, (i) => unknown[i]),
    score: Float64Array.from(indices, (i) => score[i]),
  };
}

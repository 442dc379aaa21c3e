import { createHash } from 'node:crypto';
import type { CheckedExamples, ExampleNotes } from './check-examples.js';
import type { Measurement } from './checkpoints.js';
import type { TrainingSettings } from './training-settings.js';

/** Where a fine-tuned encoder comes from: `lineage.json` beside it. */
export interface Lineage {
  readonly format: 1;
  readonly parent: { readonly id: string; readonly revision: string };
  readonly data: {
    readonly examples: number;
    readonly trainExamples: number;
    readonly heldOutExamples: number;
    readonly classes: number;
    /** SHA-256 over texts and labels, in their order. */
    readonly hash: string;
    readonly contradictions: number;
    readonly duplicates: number;
  };
  readonly settings: TrainingSettings;
  readonly trainedWeights: number;
  readonly steps: number;
  /** Step whose weights these are. */
  readonly keptStep: number;
  readonly stoppedEarly: boolean;
  readonly history: readonly Measurement[];
  /** Time of the training, in all runs together if it was interrupted. */
  readonly seconds: number;
  readonly createdAt: string;
}

/** SHA-256, lower-case hex, over texts, their partners, classes and labels. */
export function hashExamples({ texts, partners, classes, labels, targets, keys }: CheckedExamples): string {
  const hash = createHash('sha256');
  // A length before each text: no two lists of texts read the same.
  const put = (list: readonly string[]) => {
    hash.update(`${list.length}\n`);
    for (const text of list) hash.update(`${text.length}:${text}\n`, 'utf8');
  };
  put(texts);
  put(partners ?? []);
  put(classes);
  hash.update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  if (targets !== undefined) hash.update(targets);
  // They decide what is held out.
  if (keys !== undefined) hash.update(new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength));
  return hash.digest('hex');
}

/** What decides the weights that a training ends with, as far as it was asked for. SHA-256, lower-case hex. */
export function fingerprintOf(revision: string, dataHash: string, settings: TrainingSettings): string {
  const sorted = Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify({ format: 1, revision, dataHash, settings: sorted }))
    .digest('hex');
}

/** For people, one sentence each; none if nothing is odd. */
export function describeNotes(notes: ExampleNotes): string[] {
  const { contradictionCount, contradictions, singleExampleClasses, emptyClasses, duplicates } = notes;
  const count = (n: number, one: string, more: string) => `${n.toLocaleString('en-US')} ${n === 1 ? one : more}`;
  const some = (names: readonly string[]) => names.slice(0, 5).join(', ') + (names.length > 5 ? ', ...' : '');
  const said: string[] = [];
  if (contradictionCount > 0) {
    const [{ text, labels }] = contradictions;
    said.push(
      `${count(contradictionCount, 'text has', 'texts have')} contradictory labels, as "${text}": ${labels.join(', ')}.`,
    );
  }
  if (singleExampleClasses.length > 0)
    said.push(
      `${count(singleExampleClasses.length, 'class has', 'classes have')} a single example, which is trained on and not measured: ${some(singleExampleClasses)}.`,
    );
  if (emptyClasses.length > 0)
    said.push(
      `${count(emptyClasses.length, 'class has', 'classes have')} no example, and cannot be learned: ${some(emptyClasses)}.`,
    );
  if (duplicates > 0) said.push(`${count(duplicates, 'example repeats', 'examples repeat')} another.`);
  return said;
}

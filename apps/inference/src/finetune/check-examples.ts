import { DomainError } from '@cairn/contracts';
import { admitText } from '../tokenization/admissible-text.js';
import { noLabel } from './no-label.js';
import type { Objective } from './training-settings.js';

/** What is trained on, as it comes in. */
export interface GivenExamples {
  readonly texts: readonly string[];
  /**
   * Of the objectives `classes`, `labels` and `contrastive`: the class of each text, or its classes. Of `clusters`: its class,
   * or ""; absent: none has one.
   */
  readonly labels?: readonly (string | readonly string[])[];
  /** Of the same: all classes. */
  readonly classes?: readonly string[];
  /** Of the objective `pairs`: what belongs to each text. */
  readonly partners?: readonly string[];
  /** Where there are labels: the key of each text, see TrainingSet.keys. */
  readonly keys?: readonly number[];
}

/** Examples that can be trained on. */
export interface CheckedExamples {
  readonly texts: readonly string[];
  readonly partners: readonly string[] | undefined;
  /** Those with examples, in the order given. */
  readonly classes: readonly string[];
  /** `[count]`, the first class of each text; all 0 where there are no classes; of `clusters`, `noLabel` without one. */
  readonly labels: Int32Array;
  /** Of the objective `labels`: `[count, classes]`, 1 where a class fits. */
  readonly targets: Uint8Array | undefined;
  /** `[count]`, where they were given. */
  readonly keys?: Float64Array;
  readonly notes: ExampleNotes;
}

/** What is odd about examples, though they can be trained on. */
export interface ExampleNotes {
  /** The same text under different classes, the first of them. */
  readonly contradictions: readonly { readonly text: string; readonly labels: readonly string[] }[];
  readonly contradictionCount: number;
  /** Classes of a single example: it is trained on, and nothing is left to measure it with. */
  readonly singleExampleClasses: readonly string[];
  /** Classes without examples: a head cannot know them. */
  readonly emptyClasses: readonly string[];
  /** Texts that are there more than once under the same class. */
  readonly duplicates: number;
}

const shownContradictions = 20;

const refuse = (field: string, message: string) => DomainError.invalid(field, message);

/**
 * Looks through examples before anything is computed.
 * @throws INVALID_INPUT for "texts", "labels", "partners" or "classes": no examples, empty or overlong texts, labels that are
 * no classes, fewer than two classes with examples; each with what to do
 */
export function checkExamples(given: GivenExamples, objective: Objective): CheckedExamples {
  const texts = admitted(given.texts, 'texts');
  if (texts.length === 0) throw refuse('texts', 'There are no examples to train on.');
  const none = { contradictions: [], contradictionCount: 0, singleExampleClasses: [], emptyClasses: [] };
  if (objective === 'masked' || objective === 'views' || objective === 'pairs') {
    const partners = objective === 'pairs' ? admitted(given.partners ?? [], 'partners') : undefined;
    if (partners !== undefined && partners.length !== texts.length)
      throw refuse('partners', `There are ${texts.length} texts and ${partners.length} partners; give one for each.`);
    if (objective !== 'masked' && texts.length < 2)
      throw refuse('texts', 'One example cannot be compared with others: give at least two.');
    const notes = { ...none, duplicates: texts.length - new Set(texts).size };
    return { texts, partners, classes: [], labels: new Int32Array(texts.length), targets: undefined, notes };
  }
  if (objective === 'clusters') return withSomeClasses(texts, given);
  return withClasses(texts, given, objective === 'labels');
}

/** Some texts have a class, or none. */
function withSomeClasses(texts: readonly string[], given: GivenExamples): CheckedExamples {
  const { labels = texts.map(() => ''), classes, keys } = given;
  if (labels.length !== texts.length)
    throw refuse('labels', `There are ${texts.length} texts and ${labels.length} labels; give one for each, or "".`);
  const own = labels.flatMap((label, i) => (label.length > 0 ? [i] : []));
  const notes = { contradictions: [], contradictionCount: 0, singleExampleClasses: [], emptyClasses: [] };
  const known =
    own.length > 0
      ? withClasses(
          own.map((i) => texts[i]),
          { texts: [], labels: own.map((i) => labels[i]), classes },
          false,
        )
      : { classes: [], labels: new Int32Array(), notes };
  const all = new Int32Array(texts.length).fill(noLabel);
  own.forEach((i, at) => (all[i] = known.labels[at]));
  return {
    ...{ texts, partners: undefined, classes: known.classes, labels: all, targets: undefined },
    ...(keys !== undefined && { keys: Float64Array.from(keys) }),
    notes: { ...known.notes, duplicates: texts.length - new Set(texts).size },
  };
}

function withClasses(texts: readonly string[], given: GivenExamples, several: boolean): CheckedExamples {
  const { labels = [], classes = [], keys } = given;
  if (labels.length !== texts.length)
    throw refuse('labels', `There are ${texts.length} texts and ${labels.length} labels; give one for each.`);
  const index = new Map(classes.map((name, i) => [name, i]));
  if (index.size < classes.length)
    throw refuse('classes', `The class "${classes.find((name, i) => index.get(name) !== i)}" is listed twice.`);
  const chosen = labels.map((label, i) => {
    const names = typeof label === 'string' ? [label] : [...new Set(label)];
    const unknown = names.find((name) => !index.has(name));
    if (unknown !== undefined)
      throw refuse('labels', `The label "${unknown}" of text ${i} is not among the ${classes.length} classes.`);
    if (!several && names.length !== 1)
      throw refuse('labels', `Text ${i} has ${names.length} labels; the objective wants exactly one.`);
    return names.map((name) => index.get(name)!).sort((a, b) => a - b);
  });
  const counts = new Int32Array(classes.length);
  for (const label of chosen) for (const c of label) counts[c]++;
  const used = classes.flatMap((_, c) => (counts[c] > 0 ? [c] : []));
  if (used.length < 2)
    throw refuse(
      'classes',
      used.length === 0
        ? 'No example has a class. Label texts of at least two.'
        : `All ${texts.length} examples are of one class, "${classes[used[0]]}". Label texts of at least two.`,
    );
  const position = new Map(used.map((c, i) => [c, i]));
  const targets = several ? new Uint8Array(texts.length * used.length) : undefined;
  if (targets !== undefined)
    chosen.forEach((label, i) => label.forEach((c) => (targets[i * used.length + position.get(c)!] = 1)));
  return {
    texts,
    partners: undefined,
    classes: used.map((c) => classes[c]),
    labels: Int32Array.from(chosen, (label) => position.get(label[0]) ?? 0),
    targets,
    ...(keys !== undefined && { keys: Float64Array.from(keys) }),
    notes: {
      ...compareLabels(texts, chosen, classes),
      singleExampleClasses: used.filter((c) => counts[c] === 1).map((c) => classes[c]),
      emptyClasses: classes.filter((_, c) => counts[c] === 0),
    },
  };
}

/** Texts that differ only in case or spaces are the same here: a transformer sees hardly more. */
const sameText = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();

function compareLabels(texts: readonly string[], chosen: readonly (readonly number[])[], classes: readonly string[]) {
  const seen = new Map<string, { text: string; labels: Set<string> }>();
  let duplicates = 0;
  texts.forEach((text, i) => {
    const key = sameText(text);
    const label = chosen[i].map((c) => classes[c]).join(' + ');
    const before = seen.get(key);
    if (before === undefined) seen.set(key, { text, labels: new Set([label]) });
    else if (before.labels.has(label)) duplicates++;
    else before.labels.add(label);
  });
  const contradictions = [...seen.values()]
    .filter(({ labels }) => labels.size > 1)
    .map(({ text, labels }) => ({ text, labels: [...labels] }));
  return {
    contradictions: contradictions.slice(0, shownContradictions),
    contradictionCount: contradictions.length,
    duplicates,
  };
}

function admitted(texts: readonly string[], field: string): string[] {
  return texts.map((given, i) => {
    const admission = admitText(given);
    if ('text' in admission) return admission.text;
    const total = texts.filter((text) => 'fault' in admitText(text)).length;
    const more = total === 1 ? '' : ` (${total} texts like it or with other faults)`;
    throw refuse(field, `Text ${i} cannot be trained on: ${admission.fault}${more}`);
  });
}

import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { Random } from '@cairn/numerics';
import { admitText } from '../tokenization/admissible-text.js';
import { UsageFault } from './usage-fault.js';

/** Texts and what they are about. */
export interface ExampleTexts {
  readonly texts: readonly string[];
  /** `[texts]`, numbers of labels. */
  readonly labels: Int32Array;
  /** Labels, in the order of their first text; empty if none were wanted. */
  readonly classes: readonly string[];
}

const flagOf = '--examples';
const textColumns = ['text', 'question'];
const labelColumns = ['label', 'topic'];

/**
 * Reads a table of texts and labels: tab-separated, no quoting, a header with their names or none.
 * @param wantLabels whether each line needs a label
 * @throws UsageFault naming the line that has no label, or a text that no encoder takes
 */
export function readExampleTexts(file: string, wantLabels: boolean): ExampleTexts {
  const lines = readText(file).split(/\r?\n/);
  const header = (lines[0] ?? '').split('\t').map((name) => name.trim().toLowerCase());
  const column = (names: readonly string[]) => header.findIndex((name) => names.includes(name));
  const named = column(textColumns) >= 0 && (column(labelColumns) >= 0 || !wantLabels);
  const [textColumn, labelColumn] = named ? [column(textColumns), column(labelColumns)] : [0, 1];
  const texts: string[] = [];
  const labels: number[] = [];
  const numbers = new Map<string, number>();
  lines.forEach((line, i) => {
    if ((named && i === 0) || line.trim() === '') return;
    const fields = line.split('\t');
    const fault = (what: string) => new UsageFault(flagOf, `line ${i + 1} of ${file} ${what}`);
    const admitted = admitText(fields[textColumn] ?? '');
    if ('fault' in admitted) throw fault(`cannot be used: ${admitted.fault}`);
    texts.push(admitted.text);
    if (!wantLabels) return;
    const label = (fields[labelColumn] ?? '').trim();
    if (label === '')
      throw fault(`has no label: expected a text, a tab and its label. With --skip-probe labels are not needed.`);
    if (!named && fields.length > 2)
      throw fault(`has ${fields.length} columns and the table no header that says which are "text" and "label".`);
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    labels.push(numbers.get(label)!);
  });
  return { texts, labels: Int32Array.from(labels), classes: [...numbers.keys()] };
}

function readText(file: string): string {
  const unreadable = (reason: string) => new UsageFault(flagOf, `${file} cannot be read: ${reason}.`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable((error as Error).message);
  }
  if (!isUtf8(bytes)) throw unreadable('it is not UTF-8 text');
  // Without its byte order mark.
  return new TextDecoder().decode(bytes);
}

/** Some of the examples, drawn at random; all if there are no more. The same seed draws the same. */
export function drawExamples(examples: ExampleTexts, count: number, seed: number): ExampleTexts {
  const { texts, labels, classes } = examples;
  if (texts.length <= count) return examples;
  const order = Array.from(texts.keys());
  new Random(seed).shuffle(order);
  const drawn = Int32Array.from(order.slice(0, count)).sort();
  return {
    texts: Array.from(drawn, (i) => texts[i]),
    labels: classes.length === 0 ? labels : drawn.map((i) => labels[i]),
    classes,
  };
}

/** What a quality gate with a probe needs. */
const leastTexts = 200;
const leastHeldOut = 40;

/**
 * @param heldOut texts that the probe is tested on
 * @throws UsageFault saying what is needed
 */
export function checkEnough({ texts, classes }: ExampleTexts, heldOut: number, skipProbe: boolean): void {
  if (texts.length === 0) throw new UsageFault(flagOf, 'there is no text in the file.');
  if (skipProbe) return;
  const needed = `A probe needs ${leastTexts} texts of at least two labels, several of each; give more, or let the cosine decide alone with --skip-probe.`;
  if (texts.length < leastTexts || classes.length < 2)
    throw new UsageFault(flagOf, `${texts.length} texts of ${classes.length} labels are too few. ${needed}`);
  if (heldOut < leastHeldOut)
    throw new UsageFault(flagOf, `only ${heldOut} texts could be held out: most labels have one text. ${needed}`);
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { repository } from '../test/support/stack.js';

interface Row {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number | null;
  readonly holds: boolean | null;
  readonly peer: string | null;
}

interface RowOptions {
  /** What the figure should reach; with `lower`, what it should stay under. */
  readonly target?: number;
  readonly lower?: boolean;
  /** What was run beside us, for a figure that is its. */
  readonly peer?: string;
}

interface WriteOptions {
  readonly file?: string;
  readonly notes?: readonly string[];
  readonly merge?: boolean;
}

/** What an earlier run wrote. */
interface Written {
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
}

/** What a note is about: all before its second colon or comma. */
const subject = (note: string): string => note.split(/[:,]/, 2).join(',');

/** Earlier things that are not about the same as a later one, then the later ones. */
function merged<T>(earlier: readonly T[], later: readonly T[], about: (one: T) => string): T[] {
  const replaced = new Set(later.map(about));
  return [...earlier.filter((one) => !replaced.has(about(one))), ...later];
}

/** Collects the figures of one benchmark, prints each as it comes, and writes bench/results/NAME.json. */
export class Report {
  private readonly rows: Row[] = [];

  constructor(private readonly name: string) {}

  add(figure: string, value: number, unit: string, { target, lower = false, peer }: RowOptions = {}): void {
    const holds = target === undefined ? null : lower ? value <= target : value >= target;
    this.rows.push({
      figure,
      value: Number(value.toPrecision(6)),
      unit,
      target: target ?? null,
      holds,
      peer: peer ?? null,
    });
    const shown = unit === 'share' ? `${(100 * value).toFixed(1)} %` : `${Number(value.toPrecision(4))} ${unit}`;
    console.log(
      `${figure.padEnd(66)} ${shown.padStart(14)}${holds === null ? '' : holds ? '' : `   (target ${target})`}`,
    );
  }

  /**
   * @param options.file where to, seen from the checkout; bench/results/NAME.json if absent
   * @param options.notes what to know about the figures
   * @param options.merge keep the rows of an earlier run in that file that this run did not measure
   */
  write({ file = `bench/results/${this.name}.json`, notes, merge = false }: WriteOptions = {}): void {
    const { version, dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
    };
    const target = resolve(repository, file);
    const earlier: Written =
      merge && existsSync(target) ? (JSON.parse(readFileSync(target, 'utf8')) as Written) : { rows: [] };
    const result = {
      name: this.name,
      date: new Date().toISOString().slice(0, 10),
      machine: { cpu: cpus()[0].model.trim(), cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30) },
      versions: {
        cairn: version,
        node: process.version,
        'onnxruntime-node': dependencies['onnxruntime-node'],
        'transformers.js': dependencies['@xenova/transformers'].replace('npm:', ''),
      },
      notes: notes && merged(earlier.notes ?? [], notes, subject),
      rows: merged(earlier.rows, this.rows, ({ figure }) => figure),
    };
    writeFileSync(target, `${JSON.stringify(result, null, 2)}\n`);
  }
}

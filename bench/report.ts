import { readFileSync, writeFileSync } from 'node:fs';
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
   */
  write({ file = `bench/results/${this.name}.json`, notes }: { file?: string; notes?: readonly string[] } = {}): void {
    const { version, dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
    };
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
      notes,
      rows: this.rows,
    };
    writeFileSync(resolve(repository, file), `${JSON.stringify(result, null, 2)}\n`);
  }
}

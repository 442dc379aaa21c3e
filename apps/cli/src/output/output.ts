import { progressDisplay, type ProgressDisplay } from './progress.js';

/** Where a command writes: its result on standard output, everything said on the way on standard error. */
export interface Output {
  readonly json: boolean;
  /** The result: as one JSON value with `--json`, else as text for a person. */
  result(value: unknown, text: string): void;
  /** One line of a result that is written as it comes; the caller formats it. */
  write(text: string): Promise<void>;
  /** Something a person should know; never part of the result. */
  note(text: string): void;
  progress(label: string): ProgressDisplay;
}

export function createOutput(
  json: boolean,
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Output {
  return {
    json,
    result: (value, text) => stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`),
    write: (text) =>
      new Promise((resolve, reject) => stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    note: (text) => stderr.write(`${text}\n`),
    progress: (label) => progressDisplay(label, stderr.isTTY ? 'bar' : 'lines', stderr),
  };
}

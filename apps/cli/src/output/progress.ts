import { Presets, SingleBar } from 'cli-progress';
import { formatRate, formatSeconds } from './rate.js';

/** How far long work has come. */
export interface Progress {
  readonly done: number;
  /** 0 while unknown. */
  readonly total: number;
  /** What it is doing now. */
  readonly stage?: string;
  /** Units a second; 0 or absent while unknown. */
  readonly rate?: number;
  /** Seconds to go; absent while unknown. */
  readonly etaSeconds?: number;
}

/** Shows the progress of one piece of work, on standard error. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Takes the display away; the caller then says how it ended. */
  stop(): void;
}

export type ProgressStyle = 'bar' | 'lines' | 'none';

/** Time between two lines where there is no terminal to redraw. */
const lineIntervalMs = 5_000;

/**
 * @param stream where to show it; standard output is for results
 * @param now milliseconds, for the pace of lines
 */
export function progressDisplay(
  label: string,
  style: ProgressStyle,
  stream: NodeJS.WritableStream = process.stderr,
  now: () => number = Date.now,
): ProgressDisplay {
  if (style === 'none') return { show: () => {}, stop: () => {} };
  return style === 'bar' ? bar(label, stream) : lines(label, stream, now);
}

function lines(label: string, stream: NodeJS.WritableStream, now: () => number): ProgressDisplay {
  let last = now();
  let said = '';
  return {
    show: (progress) => {
      const line = `${label}: ${progress.total > 0 ? counts(progress) : `${progress.done}`}${pace(progress)}`;
      if (now() - last < lineIntervalMs || line === said) return;
      last = now();
      said = line;
      stream.write(`${line}\n`);
    },
    stop: () => {},
  };
}

function bar(label: string, stream: NodeJS.WritableStream): ProgressDisplay {
  const single = new SingleBar(
    {
      stream,
      format: `${label} [{bar}] {percentage}% {counts}{pace}`,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
      fps: 8,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show: (progress) => {
      const payload = { counts: counts(progress), pace: pace(progress) };
      const total = Math.max(progress.total, 1);
      if (!started) single.start(total, progress.done, payload);
      started = true;
      if (single.getTotal() !== total) single.setTotal(total);
      single.update(progress.done, payload);
    },
    stop: () => {
      if (started) single.stop();
      started = false;
    },
  };
}

function counts({ done, total }: Progress): string {
  return total > 0 ? `${done.toLocaleString('en')} of ${total.toLocaleString('en')}` : '';
}

function pace({ stage, rate, etaSeconds }: Progress): string {
  const parts = [
    rate ? formatRate(rate) : '',
    etaSeconds === undefined ? '' : `${formatSeconds(etaSeconds)} to go`,
    stage ?? '',
  ];
  const text = parts.filter((part) => part !== '').join(', ');
  return text === '' ? '' : `, ${text}`;
}

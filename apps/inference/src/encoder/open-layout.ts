import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { logits } from './forward.js';
import { devicesToTry, type ChosenDevice } from './devices.js';
import type { EncoderData } from './encoder.worker.js';
import type { EncodingSpec } from './encoding-spec.js';
import type { OnnxBackend } from './onnx-forward.js';
import { openSessions, type Session } from './open-sessions.js';
import { candidateLayouts, fastestLayout, type ChosenLayout, type Layout } from './session-layout.js';

/** Open sessions, and why there are as many. */
export interface OpenLayout {
  readonly sessions: Session[];
  readonly layout: ChosenLayout;
  readonly device: ChosenDevice;
}

export interface LayoutOptions {
  /** 0: measured. */
  readonly sessions: number;
  /** 0: measured, or what the sessions leave. */
  readonly threads: number;
  readonly tokenBudget: number;
  /** Where a measurement is kept. */
  readonly cacheFile: string | undefined;
  /** Bytes of the weights: each session has most of them in memory. */
  readonly weightBytes: number;
  readonly onCrash: (error: Error) => void;
}

/** Time of one turn of a candidate, in milliseconds. */
const measuredMs = 50;
/** Tokens of a text in the measurement: a short question; and of a batch at most. */
const measuredTokens = 16;
const measuredBatch = 128;

/**
 * Opens the sessions of an encoder: as many as configured, or as were fastest when they were measured on this machine.
 * On a GPU one session has the device to itself.
 * @throws INVALID_INPUT if the file is not an encoder or the device cannot be used
 */
export async function openLayout(data: EncoderData, options: LayoutOptions): Promise<OpenLayout> {
  const cores = availableParallelism();
  const given = configuredLayout(options, cores) ?? (await readLayout(options));
  const open = (layout: Layout, of: EncoderData = data) =>
    openSessions(withThreads(of, layout.threads), layout.sessions, options.onCrash);

  if (data.backend.type === 'kserve') {
    const sessions = options.sessions || 4;
    const layout = { sessions, threads: 1, reason: options.sessions > 0 ? 'configured' : 'calls in flight' };
    const opened = await open(layout);
    return { sessions: opened, layout, device: (await opened[0].info()).device };
  }

  if (devicesToTry(data.backend.device).candidates[0] !== 'cpu') {
    // The device decides how many sessions there are: one is opened to see.
    const [first] = await open({ sessions: 1, threads: cores });
    const { device } = await first.info();
    if (device.name !== 'cpu')
      return { sessions: [first], layout: { sessions: 1, threads: cores, reason: 'one session a GPU' }, device };
    await first.close();
    const onCpu: EncoderData = { ...data, backend: { ...data.backend, device: 'cpu' } };
    return { ...(await openOnCpu(onCpu)), device };
  }
  const opened = await openOnCpu(data);
  return { ...opened, device: (await opened.sessions[0].info()).device };

  async function openOnCpu(of: EncoderData): Promise<{ sessions: Session[]; layout: ChosenLayout }> {
    if (given !== undefined) return { sessions: await open(given, of), layout: given };
    // All candidates are open while they are measured: together they have less than twice the sessions of the first.
    const most = Math.max(1, Math.floor((0.25 * totalmem()) / Math.max(1, options.weightBytes)));
    const candidates = candidateLayouts(cores, most);
    if (candidates.length === 1) {
      const layout = { ...candidates[0], reason: 'the only way on this machine' };
      return { sessions: await open(layout, of), layout };
    }
    const opened = await openAll(candidates, (candidate) => open(candidate, of));
    const { index, ...layout } = await measureLayouts(candidates, opened, of, options.tokenBudget);
    await Promise.all(opened.flatMap((sessions, i) => (i === index ? [] : sessions.map((session) => session.close()))));
    await writeLayout(options, layout);
    return { sessions: opened[index], layout };
  }
}

/** The sessions of every candidate; all of them or none. */
async function openAll(candidates: readonly Layout[], open: (layout: Layout) => Promise<Session[]>) {
  const outcomes = await Promise.allSettled(candidates.map(open));
  const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return opened;
  await closeAll(opened);
  throw failure.reason;
}

async function measureLayouts(
  candidates: readonly Layout[],
  opened: readonly Session[][],
  data: EncoderData,
  tokenBudget: number,
) {
  try {
    return await fastestLayout(candidates, (index) => tokensPerSecond(opened[index], data, tokenBudget));
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function closeAll(opened: readonly Session[][]): Promise<void> {
  await Promise.all(opened.flat().map((session) => session.close()));
}

function configuredLayout({ sessions, threads }: LayoutOptions, cores: number): ChosenLayout | undefined {
  if (sessions === 0 && threads === 0) return undefined;
  const reason = 'configured';
  if (sessions > 0) return { sessions, threads: threads || Math.max(1, Math.floor(cores / sessions)), reason };
  return { sessions: Math.max(1, Math.floor(cores / threads)), threads, reason };
}

function withThreads(data: EncoderData, threads: number): EncoderData {
  if (data.backend.type === 'kserve') return data;
  const backend: OnnxBackend = { ...data.backend, threads };
  return { ...data, backend };
}

/** Full batches of short texts through all sessions at once. */
async function tokensPerSecond(
  sessions: readonly Session[],
  { classes, layers, hidden }: EncoderData,
  budget: number,
): Promise<number> {
  const spec: EncodingSpec = {
    layers: [classes > 0 ? logits : layers],
    combination: 'mean',
    pooling: 'mean',
    normalize: true,
    dimension: classes || hidden,
  };
  const count = Math.max(1, Math.floor(Math.min(budget, measuredBatch) / measuredTokens));
  const once = async (session: Session) => {
    const ids = Int32Array.from({ length: count * measuredTokens }, (_, i) => 1 + (i % 64));
    const lengths = new Int32Array(count).fill(measuredTokens);
    await session.request({ ids, lengths, specs: [spec], specOf: new Uint16Array(count) });
  };
  await Promise.all(sessions.map(once)); // one that slept, or never ran, is slower at first
  const until = performance.now() + measuredMs;
  // Each session by its own clock: one that the system kept waiting must not count as waiting for all.
  const rates = sessions.map(async (session) => {
    const started = performance.now();
    let tokens = 0;
    do {
      await once(session);
      tokens += count * measuredTokens;
    } while (performance.now() < until);
    return (1000 * tokens) / (performance.now() - started);
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

/** What a measurement holds for: another machine, another budget, another measurement. */
function conditions({ tokenBudget }: LayoutOptions): string {
  return JSON.stringify([cpus()[0]?.model.trim(), availableParallelism(), tokenBudget]);
}

async function readLayout(options: LayoutOptions): Promise<ChosenLayout | undefined> {
  if (options.cacheFile === undefined) return undefined;
  try {
    const kept = JSON.parse(await readFile(options.cacheFile, 'utf8')) as Record<string, ChosenLayout | undefined>;
    return kept[conditions(options)];
  } catch {
    return undefined;
  }
}

/** A store that cannot be written to costs a measurement at each start, not more. */
async function writeLayout(options: LayoutOptions, layout: ChosenLayout): Promise<void> {
  if (options.cacheFile === undefined) return;
  const kept: Record<string, ChosenLayout> = {};
  try {
    Object.assign(kept, JSON.parse(await readFile(options.cacheFile, 'utf8')));
  } catch {
    // There is none yet, or a broken one.
  }
  kept[conditions(options)] = layout;
  await mkdir(dirname(options.cacheFile), { recursive: true }).catch(() => undefined);
  await writeFile(options.cacheFile, JSON.stringify(kept, null, 2)).catch(() => undefined);
}

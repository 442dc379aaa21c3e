import { Gauge, type Registry } from 'prom-client';
import type { Lane } from '../batching/lanes.js';
import { metricPrefix } from './engine-metrics.js';

/** What waits for one model in one lane. */
export interface QueueDepth {
  readonly model: string;
  readonly lane: Lane;
  readonly texts: number;
  readonly tokens: number;
}

/** What a loaded model holds. */
export interface ModelLoad {
  /** The id that the engine's observer is told, never an alias. */
  readonly model: string;
  readonly device: string;
  readonly precision: string;
  readonly memoryBytes: number;
  readonly sessions: number;
  readonly busySessions: number;
}

/** The state of the engine, read when somebody scrapes and at no other time. */
export interface EngineState {
  queues(): Iterable<QueueDepth>;
  /** Every loaded model, once. */
  models(): Iterable<ModelLoad>;
  /** Texts inside: waiting or in work. */
  admitted(): number;
  /** Texts that may be inside. */
  readonly admissionLimit: number;
}

/** Gauges over the state that `state` gives; without one they have no series. */
export function createEngineGauges(registry: Registry, state: () => EngineState | undefined): void {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[], fill: Fill<L>) =>
    new Gauge<L>({
      name: metricPrefix + name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        const now = state();
        if (now !== undefined) fill(this, now);
        // Without labels, a gauge is 0 after a reset; but nothing is known yet.
        else if (labelNames.length === 0) this.remove();
      },
    });

  const perLane = (name: string, help: string, depth: (queue: QueueDepth) => number) =>
    gauge(name, help, ['model', 'lane'], (target, now) => {
      // A loaded model with nothing in its queue shows as 0, not as missing.
      for (const { model } of now.models()) for (const lane of lanes) target.set({ model, lane }, 0);
      for (const queue of now.queues()) target.inc({ model: queue.model, lane: queue.lane }, depth(queue));
    });
  perLane('queue_texts', 'Texts that wait for a session.', ({ texts }) => texts);
  perLane('queue_tokens', 'Tokens of the texts that wait for a session.', ({ tokens }) => tokens);

  gauge('admitted_texts', 'Texts inside the service: waiting or in work.', [], (target, now) =>
    target.set(now.admitted()),
  );
  gauge('admission_limit_texts', 'Texts that may be inside before new ones are refused.', [], (target, now) =>
    target.set(now.admissionLimit),
  );

  gauge(
    'model_memory_bytes',
    'Memory booked for a loaded model: weights in all sessions and the largest batch.',
    ['model', 'device', 'precision'],
    (target, now) => {
      for (const { model, device, precision, memoryBytes } of now.models())
        target.set({ model, device, precision }, memoryBytes);
    },
  );
  const perModel = (name: string, help: string, value: (load: ModelLoad) => number) =>
    gauge(name, help, ['model', 'device'], (target, now) => {
      for (const load of now.models()) target.set({ model: load.model, device: load.device }, value(load));
    });
  perModel('sessions', 'Sessions of a loaded model.', ({ sessions }) => sessions);
  perModel('sessions_busy', 'Sessions that compute right now.', ({ busySessions }) => busySessions);
}

type Fill<L extends string> = (gauge: Gauge<L>, state: EngineState) => void;

const lanes: readonly Lane[] = ['interactive', 'bulk'];

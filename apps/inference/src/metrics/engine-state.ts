import type { Admission } from '../batching/admission.js';
import type { Lane } from '../batching/lanes.js';
import type { Encoders } from '../model-store/encoders.js';
import type { EngineState, ModelLoad, QueueDepth } from './engine-gauges.js';

const lanes: readonly Lane[] = ['interactive', 'bulk'];

/** What the gauges read, from the parts that know it. */
export function engineState(encoders: Encoders, admission: Admission, admissionLimit: number): EngineState {
  return {
    admissionLimit,
    admitted: () => admission.occupied,
    *queues(): Iterable<QueueDepth> {
      for (const { id, pool } of encoders.loaded())
        for (const lane of lanes) yield { model: id, lane, ...pool.waiting(lane) };
    },
    *models(): Iterable<ModelLoad> {
      for (const { id, pool, device, folder, memoryBytes, layout } of encoders.loaded())
        yield {
          model: id,
          device: device.name,
          precision: folder.precision ?? '',
          memoryBytes,
          sessions: layout.sessions,
          busySessions: pool.busySessions,
        };
    },
  };
}

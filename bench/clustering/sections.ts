import { discovery } from './discovery.js';
import { memory } from './memory.js';
import type { SectionName } from './options.js';
import { service } from './service.js';
import type { Setting } from './setting.js';
import { silhouette } from './silhouette.js';
import { speed } from './speed.js';

/** One function for each section of the benchmark. */
export const sections: Record<SectionName, (setting: Setting) => Promise<void>> = {
  speed,
  memory,
  silhouette,
  service,
  discovery,
};

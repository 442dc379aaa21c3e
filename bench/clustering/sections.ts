import { memory } from './memory.js';
import type { SectionName } from './options.js';
import type { Setting } from './setting.js';
import { silhouette } from './silhouette.js';
import { speed } from './speed.js';

const notYet =
  (name: string) =>
  ({ note }: Setting): Promise<void> =>
    Promise.resolve(note(`${name}: there is no such section yet`));

/** One function for each section of the benchmark. */
export const sections: Record<SectionName, (setting: Setting) => Promise<void>> = {
  speed,
  memory,
  silhouette,
  discovery: notYet('discovery'),
};

import type { Report } from '../report.js';
import type { Options } from './options.js';

/** What a section works with. */
export interface Setting {
  readonly options: Options;
  readonly report: Report;
  /** A folder for files, kept between runs if the command line asks for it. */
  readonly scratch: string;
  /** Says something about the figures, on the screen and in the file. */
  readonly note: (text: string) => void;
}

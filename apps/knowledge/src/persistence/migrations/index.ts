import { FirstSchema1763900000000 } from './1763900000000-first-schema.js';
import { FineTuneJobs1764000000000 } from './1764000000000-fine-tune-jobs.js';

/** All migrations, oldest first. */
export const migrations = [FirstSchema1763900000000, FineTuneJobs1764000000000];

import { FirstSchema1763900000000 } from './1763900000000-first-schema.js';

/** All migrations, oldest first. */
export const migrations = [FirstSchema1763900000000];

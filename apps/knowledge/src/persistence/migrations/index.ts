import { FirstSchema1763900000000 } from './1763900000000-first-schema.js';
import { FineTuneJobs1764000000000 } from './1764000000000-fine-tune-jobs.js';
import { Evaluations1765000000000 } from './1765000000000-evaluations.js';
import { ClusterIdentity1765001000000 } from './1765001000000-cluster-identity.js';
import { ContentLife1765002000000 } from './1765002000000-content-life.js';
import { Review1765002100000 } from './1765002100000-review.js';
import { Spaces1765003000000 } from './1765003000000-spaces.js';
import { ApiKeys1765003100000 } from './1765003100000-api-keys.js';
import { AuditLog1765003200000 } from './1765003200000-audit-log.js';
import { JobWork1765004000000 } from './1765004000000-job-work.js';
import { SearchLanguages1765004100000 } from './1765004100000-search-languages.js';
import { JobTraces1790000000000 } from './1790000000000-job-traces.js';
import { TransferredIds1790000100000 } from './1790000100000-transferred-ids.js';
import { Likeness1790000101000 } from './1790000101000-likeness.js';
import { PassageEmbeddings1790000200000 } from './1790000200000-passage-embeddings.js';

/** All migrations, oldest first. */
export const migrations = [
  FirstSchema1763900000000,
  FineTuneJobs1764000000000,
  Evaluations1765000000000,
  ClusterIdentity1765001000000,
  ContentLife1765002000000,
  Review1765002100000,
  Spaces1765003000000,
  ApiKeys1765003100000,
  AuditLog1765003200000,
  JobWork1765004000000,
  SearchLanguages1765004100000,
  JobTraces1790000000000,
  TransferredIds1790000100000,
  Likeness1790000101000,
  PassageEmbeddings1790000200000,
];

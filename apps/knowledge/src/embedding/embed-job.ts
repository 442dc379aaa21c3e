import type { InferenceClient, knowledgeV1 } from '@cairn/contracts';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { embedContent } from './embed-content.js';
import { embedQuestions } from './embed-questions.js';
import { nothing, sum } from './embedding-work.js';
import { findEncoderInUse, resolveDefaultEncoder, switchEncoder, type EncoderRecord } from './encoder-in-use.js';

/**
 * Vectors for all questions, and passages of answers, that have none of the encoder that inference uses by default. If
 * that encoder is another one than the one in use, the old vectors serve until the last new one is written; then one step
 * switches.
 */
export class EmbedJob implements JobHandler<'embed'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
  ) {}

  async run(_input: knowledgeV1.EmbedInput, job: RunningJob<'embed'>): Promise<knowledgeV1.EmbedResult> {
    const encoder = await resolveDefaultEncoder(this.database, this.inference, job);
    // What an earlier version of this program stored says nothing of passages.
    const earlier = { ...nothing, ...job.earlier };
    const stored = await embedContent(this.database, this.inference, encoder, job, (sql, sofar) =>
      job.guard(sql, sum(earlier, sofar)),
    );
    if (!encoder.inUse) await switchEncoder(this.database, encoder, job);
    return sum(earlier, stored);
  }
}

/**
 * For jobs that work on vectors: the encoder in use, after every question has its vector (passages are search's). While a changed encoder
 * waits for its embed job, the old vectors are used as they are.
 */
export async function embedFirst(
  database: Database,
  inference: InferenceClient,
  job: RunningJob,
): Promise<EncoderRecord> {
  const encoder = await resolveDefaultEncoder(database, inference, job);
  if (!encoder.inUse) return (await findEncoderInUse(database)) ?? encoder;
  await embedQuestions(database, inference, encoder, job, (sql) => job.guard(sql));
  return encoder;
}

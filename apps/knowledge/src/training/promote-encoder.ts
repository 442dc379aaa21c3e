import type { InferenceClient, inferenceV1 } from '@cairn/contracts';
import { embedQuestions } from '../embedding/embed-questions.js';
import { findEncoder, registerEncoder, switchEncoder, type EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { markInUse } from './promote-head.js';

/** The alias of inference that requests without a model go to. */
const defaultAlias = 'default';

/** The row of an encoder that was trained, made if it is new; it is not in use. */
export async function registerTrained(
  database: Database,
  model: inferenceV1.Model,
  job: RunningJob,
): Promise<EncoderRecord> {
  if (model.provenance == null) throw new Error(`Inference says nothing of the vectors of "${model.id}".`);
  const { provenance } = model;
  return database.transaction(async (sql) => {
    await job.guard(sql);
    return registerEncoder(sql, provenance);
  });
}

/**
 * Puts an encoder in use together with a head that reads its vectors. All questions are embedded anew while the old ones
 * serve; then one transaction switches both. A worker that dies on the way repeats what is missing.
 */
export async function promoteEncoder(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  headId: string,
  job: RunningJob,
): Promise<void> {
  const { encoderId } = encoder.provenance;
  const call = { context: job.context, signal: job.signal };
  await inference.loadModel({ source: encoderId }, { ...call, deadlineMs: 600_000 });
  await embedQuestions(database, inference, encoder, job, (sql) => job.guard(sql));
  await inference.promoteHead({ id: headId }, call);
  // From here on an embed job, and a start of inference, would take the new encoder too.
  await inference.setModelAlias({ alias: defaultAlias, model: encoderId }, call);
  const now = await findEncoder(database, encoder.id);
  if (now?.inUse !== true) await switchEncoder(database, encoder, job, (sql) => markInUse(sql, headId));
}

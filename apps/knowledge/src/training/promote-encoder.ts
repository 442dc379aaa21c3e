import { DomainError, type InferenceClient, type inferenceV1 } from '@cairn/contracts';
import { countMissing, embedContent } from '../embedding/embed-content.js';
import type { EmbeddingWork } from '../embedding/embedding-work.js';
import { findEncoder, registerEncoder, switchEncoder, type EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { markInUse } from './promote-head.js';
import type { PromotionReason } from './promotion-record.js';

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
 * Puts an encoder in use together with a head that reads its vectors. All questions, and passages of answers, are embedded
 * anew while the old vectors serve; then one transaction switches both. A worker that dies on the way repeats what is missing.
 */
export async function promoteEncoder(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  headId: string,
  why: PromotionReason,
  job: EmbeddingWork & Pick<RunningJob, 'guard'>,
): Promise<void> {
  const { encoderId } = encoder.provenance;
  const call = { context: job.context, signal: job.signal };
  await inference.loadModel({ source: encoderId }, { ...call, deadlineMs: 600_000 });
  await embedContent(database, inference, encoder, job, (sql) => job.guard(sql));
  await inference.promoteHead({ id: headId }, call);
  // From here on an embed job, and a start of inference, would take the new encoder too.
  await inference.setModelAlias({ alias: defaultAlias, model: encoderId }, call);
  const now = await findEncoder(database, encoder.id);
  if (now?.inUse !== true) await switchEncoder(database, encoder, job, (sql) => markInUse(sql, headId, why));
}

/** Questions, and answers with all their passages, that may be embedded while somebody waits for a promotion. */
const mostMissing = { questions: 5000, answers: 500 };

/**
 * Goes back (or over) to the encoder of a head that was trained before, in the call that asks for it: its vectors are
 * still there, and only what was asked since then is embedded.
 * @throws CONFLICT if too many questions or answers have no vectors of that encoder
 */
export async function returnToEncoder(
  database: Database,
  inference: InferenceClient,
  encoder: EncoderRecord,
  headId: string,
  why: PromotionReason,
  work: Pick<EmbeddingWork, 'context' | 'logger' | 'signal'>,
): Promise<void> {
  const missing = await countMissing(database, encoder);
  const { encoderId } = encoder.provenance;
  if (missing.questions > mostMissing.questions || missing.answers > mostMissing.answers)
    throw DomainError.conflict(
      `${missing.questions} questions and ${missing.answers} answers have no vectors of the encoder "${encoderId}" that this head reads. Make it the default (cairn models alias ${defaultAlias} ${encoderId}), run cairn embed, then promote the head.`,
      'id',
    );
  await promoteEncoder(database, inference, encoder, headId, why, {
    ...work,
    id: `promotion of ${headId}`,
    progress: () => {},
    holdFor: (_seconds, run) => run(),
    guard: async () => {},
  });
}

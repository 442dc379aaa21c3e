import { DomainError, fromVectors, inferenceV1, sameProvenance, type InferenceClient } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { findEncoder, findEncoderInUse } from '../embedding/encoder-in-use.js';
import type { Database } from '../persistence/database.js';
import { checkedText } from '../questions/checked-text.js';
import { findHeadInUse } from '../training/head-in-use.js';
import { answerPassages } from './answer-passages.js';
import { fullTextSearch, textQuery } from './full-text.js';
import { fuseWordsAndVectors } from './fuse-ranks.js';
import { nearContent } from './near-content.js';
import type { QueryVector } from './nearest.js';
import { interactiveDeadlineMs, refuseFailed } from './query-vector.js';
import { recordQuestion } from './record-question.js';
import { searchHits, type SearchHit } from './search-hits.js';
import { candidates } from './search-questions.js';
import type { SearchScope } from './search-scope.js';

export interface AskedAnswer {
  readonly answerId: string;
  readonly questionId: string;
  readonly score: number;
  readonly similarity?: number;
  /** Its paragraph that has most of the words and is nearest in meaning; Markdown. */
  readonly passage: string;
  /** The same as HTML, matches marked. */
  readonly highlight: string;
}

/** What the head in use says of a text. */
export interface TextVerdict {
  readonly headId: string;
  readonly unknown: boolean;
  /** Most probable topic, of unknown texts too. */
  readonly topicId: string;
  readonly confidence: number;
  /** How that was told: which quantity was compared with what, and the nearest topic. */
  readonly detector: string;
  readonly score: number;
  readonly threshold: number;
  readonly nearest?: { readonly topicId: string; readonly distance: number; readonly to: string };
}

export interface Asked {
  readonly answers: AskedAnswer[];
  readonly similar: SearchHit[];
  readonly verdict?: TextVerdict;
  /** The incoming question, if the text was kept. */
  readonly questionId?: string;
}

/** What inference made of the text, in one forward pass. */
export interface EncodedText {
  readonly vector?: QueryVector;
  readonly tokens: number;
  readonly truncated: boolean;
  readonly verdict?: TextVerdict;
}

const published: SearchScope = { publishedOnly: true };
const similarQuestions = 5;

/**
 * What is known about a text: published answers, nearest questions, its topic or `unknown`. Finds published content
 * only, whoever asks.
 * @param ask `first`: answers to return, 1 to 20, 0: 3; `record`: keep the text as an incoming question
 * @throws UNAVAILABLE if inference cannot be reached: half an answer would look like an `unknown`
 */
export async function askQuestion(
  database: Database,
  inference: InferenceClient,
  caller: Caller,
  ask: { text: string; first: number; record: boolean },
): Promise<Asked> {
  const text = checkedText(ask.text, 'text');
  const first = ask.first || 3;
  if (first < 1 || first > 20)
    throw DomainError.invalid('first', `1 to 20 answers can be returned; ${first} were asked for.`);
  if (ask.record) requireRole(caller, 'editor');
  const encoded = await encode(database, inference, text, caller);
  const { vector, verdict } = encoded;
  const query = await textQuery(database, text, published);
  const [byText, nearest] = await Promise.all([
    fullTextSearch(database, query, published, candidates),
    vector ? nearContent(database, vector, published, candidates) : [],
  ]);
  const similarityOf = new Map(nearest.map(({ id, similarity }) => [id, similarity]));
  const ranks = fuseWordsAndVectors(
    byText,
    nearest.map(({ id }) => id),
  );
  const found = await publishedAnswers(database, ranks, first);
  const passages = await answerPassages(
    database,
    found.map(({ answerId }) => answerId),
    query,
    vector,
  );
  const answers = found.map((answer) => ({
    ...{ passage: '', highlight: '', ...passages.get(answer.answerId) },
    ...answer,
    similarity: similarityOf.get(answer.questionId),
  }));
  const closest = [...ranks].sort((a, b) => place(a.ranks[1]) - place(b.ranks[1])).slice(0, similarQuestions);
  const similar = await searchHits(database, query, closest, published, vector, nearest);
  const questionId = ask.record ? await recordQuestion(database, text, encoded) : undefined;
  return { answers, similar, verdict, questionId };
}

/** Questions that vectors did not find come after all that they did. */
const place = (vectorRank: number) => (vectorRank === 0 ? Infinity : vectorRank);

async function encode(
  database: Database,
  inference: InferenceClient,
  text: string,
  caller: Caller,
): Promise<EncodedText> {
  const inUse = await findEncoderInUse(database);
  const head = await findHeadInUse(database);
  const encoder = head ? await findEncoder(database, head.encoder) : inUse;
  const options = {
    model: encoder?.provenance.encoderId ?? '',
    priority: inferenceV1.Priority.PRIORITY_INTERACTIVE,
  };
  const call = { context: caller, deadlineMs: interactiveDeadlineMs };
  const answered = head
    ? inference.classify({ texts: [text], options, headId: head.id, topK: 1, includeVectors: true }, call)
    : inference.embed({ texts: [text], options }, call).then((embedded) => ({ ...embedded, classifications: [] }));
  const response = await answered.catch((error: unknown) => {
    throw encoderIsGone(error) ? goneEncoder(options.model) : error;
  });
  refuseFailed(response.errors);
  const { vectors, items, classifications } = response;
  const comparable = inUse && vectors?.provenance && sameProvenance(vectors.provenance, inUse.provenance);
  return {
    vector: comparable && vectors ? { encoder: inUse, values: fromVectors(vectors) } : undefined,
    tokens: items[0]?.tokens ?? 0,
    truncated: items[0]?.truncated ?? false,
    verdict: head && verdictOf(head.id, classifications[0]),
  };
}

const encoderIsGone = (error: unknown) =>
  error instanceof DomainError && error.code === 'NOT_FOUND' && error.details.field === 'model';

/** After an update that brings another encoder, for example. */
const goneEncoder = (id: string) =>
  new DomainError(
    'UNAVAILABLE',
    `The encoder in use, "${id}", is not in the model store any more. "cairn embed" makes vectors by the default one, "cairn train --promote" a head that reads them.`,
  );

function verdictOf(headId: string, classification: inferenceV1.Classification): TextVerdict {
  const { unknown, classes, detector, score, threshold, nearest } = classification;
  const [best] = classes;
  return {
    ...{ headId, unknown, detector, score, threshold },
    topicId: best.label,
    confidence: best.probability,
    ...(nearest != null && { nearest: { topicId: nearest.label, distance: nearest.distance, to: nearest.to } }),
  };
}

/** Published answers of the best questions: by the question's score, within one question the most helpful, then oldest. */
async function publishedAnswers(
  database: Database,
  ranks: readonly { id: string; score: number }[],
  first: number,
): Promise<Omit<AskedAnswer, 'passage' | 'highlight'>[]> {
  const scores = new Map(ranks.map(({ id, score }) => [id, score]));
  const rows = await database.rows<{ answerId: string; questionId: string }>(
    `SELECT id AS "answerId", question_id AS "questionId" FROM answer
     WHERE question_id = ANY ($1::uuid[]) AND state = 'published'
     ORDER BY array_position($1::uuid[], question_id), score DESC, seq LIMIT ${first}`,
    [[...scores.keys()]],
  );
  return rows.map((row) => ({ ...row, score: scores.get(row.questionId)! }));
}

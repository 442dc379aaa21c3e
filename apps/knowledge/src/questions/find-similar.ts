import { DomainError, type InferenceClient } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { Database } from '../persistence/database.js';
import { nearestQuestions } from '../search/nearest.js';
import { queryVector } from '../search/query-vector.js';
import { seen, type SearchScope } from '../search/search-scope.js';
import { checkedText } from './checked-text.js';

export interface SimilarQuestion {
  readonly questionId: string;
  /** Share of trigrams in common, 0 to 1; for a text that is part of the question, of the part. */
  readonly textSimilarity: number;
  /** Cosine; absent without vectors. */
  readonly vectorSimilarity?: number;
  /** Probably the same question. */
  readonly duplicate: boolean;
}

/** From here on two questions are taken for one: by their letters, and by their meaning. */
export const duplicateText = 0.7;
export const duplicateVector = 0.92;

/** Trigrams of a long text match nearly everything; its beginning is enough to recognise it by. */
const comparedCharacters = 300;
/** Below this a text says too little to be found inside others. */
const fewestCharacters = 3;
const candidates = 50;

/**
 * Questions much like a text, most alike first. Made for a text that is being typed: a beginning finds the questions
 * that it is part of. Without inference, trigrams alone.
 * @param first 1 to 20; 0: 5
 */
export async function findSimilar(
  database: Database,
  inference: InferenceClient,
  caller: Caller,
  given: { text: string; first: number },
): Promise<{ questions: SimilarQuestion[]; vectorsUsed: boolean }> {
  const text = checkedText(given.text, 'text');
  const first = given.first || 5;
  if (first < 1 || first > 20)
    throw DomainError.invalid('first', `1 to 20 questions can be returned; ${first} were asked for.`);
  const scope: SearchScope = { publishedOnly: !hasRole(caller, 'reader') };
  const byText = await similarTexts(database, text, seen('question', scope), candidates);
  const vector = await queryVector(database, inference, text, caller);
  const byVector = vector ? await nearestQuestions(database, vector, scope, candidates) : [];
  const found = new Map<string, Likeness>();
  for (const { id, whole, part } of byText) found.set(id, { whole, text: Math.max(whole, 0.95 * part) });
  for (const { id, similarity } of byVector) found.set(id, { whole: 0, text: 0, ...found.get(id), vector: similarity });
  const best = ({ text: letters, vector: meaning = 0 }: Likeness) => Math.max(letters, meaning);
  const questions = [...found]
    .sort(([a, one], [b, other]) => best(other) - best(one) || (a < b ? -1 : 1))
    .slice(0, first)
    .map(([questionId, similarity]) => ({
      questionId,
      textSimilarity: similarity.text,
      vectorSimilarity: similarity.vector,
      duplicate: similarity.whole >= duplicateText || (similarity.vector ?? 0) >= duplicateVector,
    }));
  return { questions, vectorsUsed: vector !== undefined };
}

interface Likeness {
  /** Of the whole texts. */
  readonly whole: number;
  /** Of the whole texts, or nearly that of the text and the part of the question most like it. */
  readonly text: number;
  readonly vector?: number;
}

/** Questions by the trigrams they share with a text, through the trigram index. */
async function similarTexts(
  database: Database,
  text: string,
  condition: string,
  limit: number,
): Promise<{ id: string; whole: number; part: number }[]> {
  const compared = text.slice(0, comparedCharacters);
  if (compared.length < fewestCharacters) return [];
  return database.transaction(async (sql) => {
    await sql.rows(`SELECT set_config('pg_trgm.similarity_threshold', '0.3', true),
                           set_config('pg_trgm.word_similarity_threshold', '0.7', true)`);
    return sql.rows(
      `SELECT id, similarity(left(text, ${comparedCharacters}), $1) AS whole, word_similarity($1, text) AS part
       FROM question WHERE (text % $1 OR $1 <% text) AND ${condition}
       ORDER BY greatest(similarity(left(text, ${comparedCharacters}), $1), 0.95 * word_similarity($1, text)) DESC, id
       LIMIT ${limit}`,
      [compared],
    );
  });
}

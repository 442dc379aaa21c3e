import type { knowledgeV1 } from '@cairn/contracts';
import type { Loaders } from '../loaders/loaders.js';
import type { AskedAnswer, AskResult, SearchHit } from '../schema/search.js';
import { given, numberOrAbsent, textOrAbsent } from './values.js';

/** Hits with their questions, loaded together. A question archived in between is left out. */
export async function toSearchHits(hits: knowledgeV1.SearchHit[], loaders: Loaders): Promise<SearchHit[]> {
  const questions = await Promise.all(hits.map((hit) => loaders.questions.load(hit.questionId)));
  return hits.flatMap((hit, index): SearchHit[] => {
    const question = questions[index];
    if (question === undefined) return [];
    return [
      {
        question,
        score: hit.score,
        textRank: numberOrAbsent(hit.textRank),
        vectorRank: numberOrAbsent(hit.vectorRank),
        similarity: given(hit.similarity),
        highlight: hit.highlight,
      },
    ];
  });
}

/** What is known, with the answers and questions it names. Those archived in between are left out. */
export async function toAskResult(asked: knowledgeV1.AskResponse, loaders: Loaders): Promise<AskResult> {
  const [answers, similar] = await Promise.all([
    Promise.all(asked.answers.map(({ answerId }) => loaders.answers.load(answerId))),
    toSearchHits(asked.similar, loaders),
  ]);
  return {
    answers: asked.answers.flatMap(({ score, similarity }, index): AskedAnswer[] => {
      const answer = answers[index];
      return answer === undefined ? [] : [{ answer, score, similarity: given(similarity) }];
    }),
    similar,
    unknown: asked.unknown,
    topicId: textOrAbsent(asked.topicId),
    confidence: asked.confidence,
    headId: textOrAbsent(asked.headId),
  };
}

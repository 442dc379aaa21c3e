import type { knowledgeV1 } from '@cairn/contracts';
import type { Loaders } from '../loaders/loaders.js';
import type { KnownVerdict } from '../schema/encoding.js';
import {
  SearchList,
  type AskedAnswer,
  type AskResult,
  type RankExplanation,
  type SearchHit,
  type SearchResult,
} from '../schema/search.js';
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
        nearness: given(hit.nearness),
        highlight: hit.highlight,
        explanation: explanationOf(hit),
        cursor: textOrAbsent(hit.cursor),
      },
    ];
  });
}

/** What the place among vectors adds to a score (search.proto); words add the rest. */
const addedByVectors = (rank: number): number => (rank === 0 ? 0 : 3 / (5 + rank));

function explanationOf({
  score,
  textRank,
  vectorRank,
  similarity,
  nearness,
}: knowledgeV1.SearchHit): RankExplanation[] {
  const part = (list: SearchList, rank: number, adds: number, reason: string): RankExplanation[] =>
    rank === 0 ? [] : [{ list, rank, score: adds, reason }];
  const byVectors = addedByVectors(vectorRank);
  const own = similarity == null ? '' : `, the question alone ${similarity.toFixed(3)}`;
  const compared =
    nearness == null
      ? ''
      : `: ${nearness.toFixed(3)}, the mean of the best three cosines of the question and passages of its answers${own}`;
  return [
    ...part(SearchList.WORDS, textRank, score - byVectors, `number ${textRank} of those that have the words`),
    ...part(SearchList.VECTORS, vectorRank, byVectors, `number ${vectorRank} by nearness of meaning${compared}`),
  ];
}

/** A page of a search. */
export async function toSearchResult(
  result: knowledgeV1.SearchResponse,
  after: string | null | undefined,
  loaders: Loaders,
): Promise<SearchResult> {
  const { hits, vectorsUsed, hasNextPage, corrections, facets } = result;
  const of = (name: string) =>
    facets.filter(({ facet }) => facet === name).map(({ value, count }) => ({ value, count }));
  return {
    hits: await toSearchHits(hits, loaders),
    vectorsUsed,
    pageInfo: {
      hasNextPage,
      hasPreviousPage: after != null,
      startCursor: hits.at(0)?.cursor,
      endCursor: hits.at(-1)?.cursor,
    },
    corrections,
    facets: {
      topics: of('topic').map(({ value, count }) => ({ topicId: value, count })),
      tags: of('tag'),
      states: of('state'),
      languages: of('language'),
    },
  };
}

/** What is known, with the answers and questions it names. Those archived in between are left out. */
export async function toAskResult(asked: knowledgeV1.AskResponse, loaders: Loaders): Promise<AskResult> {
  const [answers, similar] = await Promise.all([
    Promise.all(asked.answers.map(({ answerId }) => loaders.answers.load(answerId))),
    toSearchHits(asked.similar, loaders),
  ]);
  return {
    answers: asked.answers.flatMap(({ score, similarity, passage, highlight }, index): AskedAnswer[] => {
      const answer = answers[index];
      return answer === undefined ? [] : [{ answer, score, similarity: given(similarity), passage, highlight }];
    }),
    similar,
    unknown: asked.unknown,
    topicId: textOrAbsent(asked.topicId),
    confidence: asked.confidence,
    because: becauseOf(asked),
    headId: textOrAbsent(asked.headId),
  };
}

function becauseOf({ detector, score, threshold, nearest }: knowledgeV1.AskResponse): KnownVerdict | undefined {
  if (detector === '') return undefined;
  const { topicId = '', distance = 0, to = '' } = nearest ?? {};
  return { detector, score, threshold, nearest: nearest == null ? undefined : { label: topicId, distance, to } };
}

import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Answer } from './answer.js';
import { PageInfo } from './connection.js';
import { KnownVerdict } from './encoding.js';
import { Question } from './question.js';

export enum SearchList {
  WORDS = 'WORDS',
  VECTORS = 'VECTORS',
}

registerEnumType(SearchList, {
  name: 'SearchList',
  description: 'One of the rankings that are fused.',
  valuesMap: {
    WORDS: { description: 'Full text of questions and answers, mistyped words corrected.' },
    VECTORS: { description: 'Nearness of embeddings of questions and of passages of answers.' },
  },
});

@ObjectType({ description: 'What one ranking adds to the score of a hit.' })
export class RankExplanation {
  @Field(() => SearchList, { description: 'The ranking.' })
  list: SearchList;

  @Field(() => Int, { description: 'Rank in it, from 1.' })
  rank: number;

  @Field(() => Float, {
    description: 'What it adds: 3 / (5 + rank); for words a third of it if only some of them are in it.',
  })
  score: number;

  @Field({ description: 'The same in words.' })
  reason: string;
}

@ObjectType({ description: 'A question found.' })
export class SearchHit {
  @Field(() => Question, { description: 'The question.' })
  question: Question;

  @Field(() => Float, { description: 'Reciprocal rank fusion: the sum of what its ranks add.' })
  score: number;

  @Field(() => Int, { nullable: true, description: 'Rank in the full-text list, from 1; absent if not in it.' })
  textRank?: number;

  @Field(() => Int, { nullable: true, description: 'Rank in the vector list, from 1; absent if not in it.' })
  vectorRank?: number;

  @Field(() => Float, {
    nullable: true,
    description: "Cosine of the question's embedding to the text's; absent if it has none.",
  })
  similarity?: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'What the vector list is ordered by: the mean of the three greatest cosines to the text among the question and the ' +
      'passages of its answers; absent if not in it.',
  })
  nearness?: number;

  @Field({ description: 'A passage with matches between <mark> and </mark>; everything else is HTML-escaped.' })
  highlight: string;

  @Field(() => [RankExplanation], { description: 'Why it is where it is: what each ranking adds to its score.' })
  explanation: RankExplanation[];

  @Field(() => String, {
    nullable: true,
    description: 'Its place, to be given as `after`; absent outside of a search.',
  })
  cursor?: string;
}

@ObjectType({ description: 'A mistyped word, and the word that was looked for instead.' })
export class SearchCorrection {
  @Field({ description: 'As it was typed.' })
  word: string;

  @Field({ description: 'What was looked for.' })
  used: string;
}

@ObjectType({ description: 'How many hits have a value.' })
export class FacetValue {
  @Field({ description: 'A tag, a state, a language.' })
  value: string;

  @Field(() => Int, { description: 'Hits that have it.' })
  count: number;
}

@ObjectType({ description: 'How many hits have a topic.' })
export class TopicFacet {
  topicId: string;

  @Field(() => Int, { description: 'Hits that have it.' })
  count: number;
}

@ObjectType({
  description: 'What the hits have, counted over all that can be reached by paging; the most frequent first.',
})
export class SearchFacets {
  @Field(() => [TopicFacet], { description: 'Effective topics.' })
  topics: TopicFacet[];

  @Field(() => [FacetValue], { description: 'Tags.' })
  tags: FacetValue[];

  @Field(() => [FacetValue], { description: 'States, as "published".' })
  states: FacetValue[];

  @Field(() => [FacetValue], { description: 'Languages, as "en".' })
  languages: FacetValue[];
}

@ObjectType({ description: 'Questions found, best first.' })
export class SearchResult {
  @Field(() => [SearchHit], { description: 'Best first.' })
  hits: SearchHit[];

  @Field({ description: 'Whether embeddings took part: false while the inference service cannot be reached.' })
  vectorsUsed: boolean;

  @Field(() => PageInfo, { description: 'Where this page lies among the hits.' })
  pageInfo: PageInfo;

  @Field(() => [SearchCorrection], { description: 'Words that were taken for others, because they occur nowhere.' })
  corrections: SearchCorrection[];

  @Field(() => SearchFacets, { description: 'What the hits have.' })
  facets: SearchFacets;
}

@ObjectType({ description: 'An answer found for a text.' })
export class AskedAnswer {
  @Field(() => Answer, { description: 'The answer.' })
  answer: Answer;

  @Field(() => Float, { description: 'As in SearchHit.score; higher is better.' })
  score: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Cosine of the answered question to the text; absent if found by words only.',
  })
  similarity?: number;

  @Field({
    description:
      'The paragraph of the answer that has most of the words and is nearest in meaning; Markdown, as it was written.',
  })
  passage: string;

  @Field({ description: 'The same with matches between <mark> and </mark>; everything else is HTML-escaped.' })
  highlight: string;
}

@ObjectType({ description: 'What is known about a text.' })
export class AskResult {
  @Field(() => [AskedAnswer], { description: 'Best answers first.' })
  answers: AskedAnswer[];

  @Field(() => [SearchHit], { description: 'Nearest published questions, answered or not.' })
  similar: SearchHit[];

  @Field({ description: 'True if no topic fits.' })
  unknown: boolean;

  topicId?: string;

  @Field(() => Float, { description: 'Calibrated probability of the topic; 0 if there is no head yet.' })
  confidence: number;

  @Field(() => KnownVerdict, {
    nullable: true,
    description: 'How it was told whether the text is known; absent if there is no head yet.',
  })
  because?: KnownVerdict;

  @Field(() => ID, { nullable: true, description: 'The head that said so; absent if there is none yet.' })
  headId?: string;
}

import { knowledgeV1, type CallOptions, type KnowledgeClients } from '@cairn/contracts';
import DataLoader from 'dataloader';
import { toClustering, toSuggestion } from '../mapping/discovery.js';
import { toAnswer, toQuestion, toTopic } from '../mapping/content.js';
import { byQuestion, toUncountedTopic } from '../mapping/question-page.js';
import { toEvaluation } from '../mapping/evaluation.js';
import { toHead } from '../mapping/training.js';
import { toJob } from '../mapping/jobs.js';
import type { Answer } from '../schema/answer.js';
import type { Clustering } from '../schema/clustering.js';
import type { Evaluation } from '../schema/evaluation.js';
import type { Head } from '../schema/head.js';
import type { Job } from '../schema/job.js';
import type { Question } from '../schema/question.js';
import type { Suggestion } from '../schema/suggestion.js';
import type { Topic } from '../schema/topic.js';
import { PageLoader } from './page-loader.js';
import type { QuestionReads } from './shared-reads.js';

type ById<T> = DataLoader<string, T | undefined>;

/** Gathers what the fields of one operation need by id, so that a page costs as many calls as a row. */
export interface Loaders {
  readonly questions: ById<Question>;
  readonly answers: ById<Answer>;
  readonly answersOfQuestions: DataLoader<string, Answer[]>;
  readonly questionsOfTopics: PageLoader<knowledgeV1.ListQuestionsResponse>;
  readonly questionsOfSuggestions: PageLoader<knowledgeV1.ListQuestionsResponse>;
  readonly suggestionsOfClusterings: PageLoader<knowledgeV1.ListSuggestionsResponse>;
  /** Without the numbers of their questions, which few pages show. */
  readonly topics: ById<Topic>;
  /** With them, read anew each time. */
  readonly countedTopics: ById<Topic>;
  readonly topicsBySlug: ById<Topic>;
  /** By any address it has or had. */
  readonly questionsBySlug: ById<Question>;
  readonly childTopics: DataLoader<string, Topic[]>;
  readonly suggestions: ById<Suggestion>;
  readonly clusterings: ById<Clustering>;
  readonly heads: ById<Head>;
  readonly jobs: ById<Job>;
  readonly evaluations: ById<Evaluation>;
}

/** Ids in one call. */
const maxBatchSize = 500;

function byKey<T>(keyOf: (row: T) => string, fetch: (keys: string[]) => Promise<T[]>, cache = true): ById<T> {
  return new DataLoader(
    async (keys: readonly string[]) => {
      // No id holds a NUL, which the database would refuse together with the ids beside it.
      const possible = keys.filter((key) => !key.includes('\0'));
      if (possible.length === 0) return keys.map(() => undefined);
      const found = new Map((await fetch(possible)).map((row) => [keyOf(row), row]));
      return keys.map((key) => found.get(key));
    },
    { maxBatchSize, cache },
  );
}

/** What a loader has for an id, read anew: something has changed it. */
export const reload = <T>(loader: ById<T>, id: string): Promise<T | undefined> => loader.clear(id).load(id);

const byId = <T extends { id: string }>(fetch: (ids: string[]) => Promise<T[]>, cache = true) =>
  byKey<T>(
    (row) => row.id,
    (ids) => fetch([...new Set(ids)]),
    cache,
  );

/** Loaders of one operation; they keep what they found until it ends. */
export function createLoaders(knowledge: KnowledgeClients, reads: QuestionReads, call: () => CallOptions): Loaders {
  const { content, editing, topicTree, discovery, training, jobs } = knowledge;
  const questions = byId(async (ids) => {
    const wanted = new Set(ids);
    const rows = await reads.byIds(ids, call());
    return rows.filter(({ id }) => wanted.has(id)).map(toQuestion);
  });
  const topics = byId(async (ids) => {
    const { topics: rows } = await content.getTopics({ ids, withoutCounts: true }, call());
    return rows.map(toUncountedTopic);
  });
  /** Addresses lead to ids, earlier addresses too; then the rows are loaded as by id. */
  const byAddress = <T>(kind: knowledgeV1.ContentKind, rows: ById<T>): ById<T> =>
    new DataLoader(
      async (slugs: readonly string[]) => {
        const { ids } = await editing.resolveSlugs({ kind, slugs: [...slugs] }, call());
        return Promise.all(ids.map((id) => (id === '' ? undefined : rows.load(id))));
      },
      { maxBatchSize },
    );
  return {
    questions,
    answers: byId(async (ids) => (await content.getAnswers({ ids }, call())).answers.map(toAnswer)),
    answersOfQuestions: new DataLoader(
      async (ids: readonly string[]) => {
        const answers = (await content.getAnswersOfQuestions({ ids: [...ids] }, call())).answers.map(toAnswer);
        const grouped = byQuestion(ids, answers);
        return ids.map((id) => grouped.get(id) ?? []);
      },
      { maxBatchSize },
    ),
    questionsOfTopics: new PageLoader(
      async (topicIds, { page }) => (await content.listQuestionsOfParents({ page, topicIds }, call())).pages,
    ),
    questionsOfSuggestions: new PageLoader(
      async (suggestionIds, { page }) => (await content.listQuestionsOfParents({ page, suggestionIds }, call())).pages,
    ),
    suggestionsOfClusterings: new PageLoader(
      async (clusteringIds, query) =>
        (await discovery.listSuggestionsOfClusterings({ ...query, clusteringIds }, call())).pages,
    ),
    topics,
    countedTopics: byId(async (ids) => (await content.getTopics({ ids }, call())).topics.map(toTopic), false),
    topicsBySlug: byAddress(knowledgeV1.ContentKind.CONTENT_KIND_TOPIC, topics),
    questionsBySlug: byAddress(knowledgeV1.ContentKind.CONTENT_KIND_QUESTION, questions),
    childTopics: new DataLoader(
      async (parentIds: readonly string[]) => {
        const { children } = await topicTree.listChildTopics(
          { parentIds: [...parentIds], withoutCounts: true },
          call(),
        );
        return children.map((list) => list.topics.map(toUncountedTopic));
      },
      { maxBatchSize },
    ),
    suggestions: byId(async (ids) => (await discovery.getSuggestions({ ids }, call())).suggestions.map(toSuggestion)),
    clusterings: byId(async (ids) => (await discovery.getClusterings({ ids }, call())).clusterings.map(toClustering)),
    heads: byId(async (ids) => (await training.getHeads({ ids }, call())).heads.map(toHead)),
    evaluations: byId(async (ids) => (await training.getEvaluations({ ids }, call())).evaluations.map(toEvaluation)),
    jobs: byId(async (ids) => (await jobs.getJobs({ ids }, call())).jobs.map(toJob)),
  };
}

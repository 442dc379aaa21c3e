import { knowledgeV1 } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf, type Caller } from '../access/caller.js';
import { createAnswer, setAnswerState, updateAnswer } from '../answers/change-answer.js';
import {
  answerFields,
  getAnswer,
  getAnswers,
  getAnswersOfQuestions,
  type AnswerField,
} from '../answers/read-answers.js';
import { importQuestions } from '../import/import-questions.js';
import { changing } from '../persistence/changing.js';
import { Database, type Sql } from '../persistence/database.js';
import { keysetPage } from '../persistence/keyset-page.js';
import { createQuestion, labelQuestion, setQuestionState, updateQuestion } from '../questions/change-question.js';
import { checkedBatch } from '../questions/checked-text.js';
import { questionFields, topicFields } from '../questions/question-record.js';
import {
  getQuestion,
  getQuestions,
  listQuestions,
  listQuestionsOfParents,
  listQuestionsWithTopics,
} from '../questions/read-questions.js';
import { contentStatus } from '../status/content-status.js';
import { createTopic, setTopicState, updateTopic } from '../topics/change-topic.js';
import { getTopic, getTopics, listTopics } from '../topics/read-topics.js';
import {
  answerMessage,
  duplicateRuleOf,
  givenContentState,
  givenTopicState,
  importRowOf,
  newQuestionState,
  questionFilterOf,
  questionMessage,
  questionsMessage,
  rowResultMessage,
  topicMessage,
  topicsOfLabels,
} from './content-messages.js';
import { wantedFields } from './wanted-fields.js';

/** Messages to domain and back, nothing else. Every change returns the entity as it is after it. */
@Controller()
@knowledgeV1.ContentServiceControllerMethods()
export class ContentController implements knowledgeV1.ContentServiceController {
  constructor(private readonly database: Database) {}

  async listQuestions(
    request: knowledgeV1.ListQuestionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListQuestionsResponse> {
    const caller = callerOf(metadata);
    const filter = questionFilterOf(request.filter);
    const page = keysetPage(request.page);
    const fields = wantedFields(request.fields?.ofQuestions, questionFields, 'fields.ofQuestions');
    const ofTopic = wantedFields(request.fields?.ofTopics, topicFields, 'fields.ofTopics');
    const ofAnswer = wantedFields(request.fields?.ofAnswers, answerFields, 'fields.ofAnswers');
    const labelled =
      request.withTopics && (await listQuestionsWithTopics(this.database, caller, filter, page, fields, ofTopic));
    const listed = labelled || (await listQuestions(this.database, caller, filter, page, fields));
    return {
      ...questionsMessage(listed, caller),
      answers: request.withAnswers
        ? await this.answersOf(
            listed.rows.map(({ id }) => id),
            caller,
            ofAnswer,
          )
        : [],
      topics: labelled ? topicsOfLabels(labelled.rows, caller) : [],
    };
  }

  async listQuestionsOfParents(
    request: knowledgeV1.ListQuestionsOfParentsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListQuestionsOfParentsResponse> {
    const caller = callerOf(metadata);
    const pages = await listQuestionsOfParents(this.database, caller, request, keysetPage(request.page));
    return { pages: pages.map((page) => questionsMessage(page, caller)) };
  }

  async getQuestions(request: knowledgeV1.GetByIdsRequest, metadata?: Metadata): Promise<knowledgeV1.QuestionList> {
    const caller = callerOf(metadata);
    const rows = await getQuestions(this.database, caller, checkedBatch(request.ids));
    return { questions: rows.map((row) => questionMessage(row, caller)) };
  }

  createQuestion(request: knowledgeV1.CreateQuestionRequest, metadata?: Metadata): Promise<knowledgeV1.Question> {
    return this.changeQuestion(metadata, (sql, caller) =>
      createQuestion(sql, caller, { ...request, state: newQuestionState(request.state) }),
    );
  }

  updateQuestion(request: knowledgeV1.UpdateQuestionRequest, metadata?: Metadata): Promise<knowledgeV1.Question> {
    return this.changeQuestion(metadata, async (sql, caller) => {
      await updateQuestion(sql, caller, { ...request, tags: request.setTags ? request.tags : undefined });
      return request.id;
    });
  }

  setQuestionState(request: knowledgeV1.SetStateRequest, metadata?: Metadata): Promise<knowledgeV1.Question> {
    return this.changeQuestion(metadata, async (sql, caller) => {
      await setQuestionState(sql, caller, { ...request, state: givenContentState(request.state) });
      return request.id;
    });
  }

  labelQuestion(request: knowledgeV1.LabelQuestionRequest, metadata?: Metadata): Promise<knowledgeV1.Question> {
    return this.changeQuestion(metadata, async (sql, caller) => {
      await labelQuestion(sql, caller, request);
      return request.id;
    });
  }

  async importQuestions(
    request: knowledgeV1.ImportQuestionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ImportQuestionsResponse> {
    const results = await importQuestions(this.database, callerOf(metadata), {
      ...request,
      rows: request.rows.map(importRowOf),
      duplicates: duplicateRuleOf(request.duplicates),
    });
    return { results: results.map(rowResultMessage) };
  }

  async getAnswersOfQuestions(
    request: knowledgeV1.GetByIdsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.AnswerList> {
    return { answers: await this.answersOf(checkedBatch(request.ids), callerOf(metadata)) };
  }

  async getAnswers(request: knowledgeV1.GetByIdsRequest, metadata?: Metadata): Promise<knowledgeV1.AnswerList> {
    const caller = callerOf(metadata);
    const answers = await getAnswers(this.database, caller, checkedBatch(request.ids));
    return { answers: answers.map((answer) => answerMessage(answer, caller)) };
  }

  createAnswer(request: knowledgeV1.CreateAnswerRequest, metadata?: Metadata): Promise<knowledgeV1.Answer> {
    return this.changeAnswer(metadata, (sql, caller) => createAnswer(sql, caller, request));
  }

  updateAnswer(request: knowledgeV1.UpdateAnswerRequest, metadata?: Metadata): Promise<knowledgeV1.Answer> {
    return this.changeAnswer(metadata, async (sql, caller) => {
      await updateAnswer(sql, caller, request);
      return request.id;
    });
  }

  setAnswerState(request: knowledgeV1.SetStateRequest, metadata?: Metadata): Promise<knowledgeV1.Answer> {
    return this.changeAnswer(metadata, async (sql, caller) => {
      await setAnswerState(sql, caller, { ...request, state: givenContentState(request.state) });
      return request.id;
    });
  }

  async listTopics(
    request: knowledgeV1.ListTopicsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListTopicsResponse> {
    const caller = callerOf(metadata);
    const page = keysetPage(request.page);
    const { rows, pageInfo } = await listTopics(this.database, caller, request.includeArchived, page, !request.withoutCounts);
    return { topics: rows.map((topic) => topicMessage(topic, caller)), pageInfo };
  }

  async getTopics(request: knowledgeV1.GetTopicsRequest, metadata?: Metadata): Promise<knowledgeV1.TopicList> {
    const [ids, slugs] = [checkedBatch(request.ids), checkedBatch(request.slugs, 'slugs')];
    return { topics: await this.topicsOf(ids, slugs, callerOf(metadata), !request.withoutCounts) };
  }

  createTopic(request: knowledgeV1.CreateTopicRequest, metadata?: Metadata): Promise<knowledgeV1.Topic> {
    return this.changeTopic(metadata, (sql, caller) => createTopic(sql, caller, request));
  }

  updateTopic(request: knowledgeV1.UpdateTopicRequest, metadata?: Metadata): Promise<knowledgeV1.Topic> {
    return this.changeTopic(metadata, async (sql, caller) => {
      await updateTopic(sql, caller, request);
      return request.id;
    });
  }

  setTopicState(request: knowledgeV1.SetTopicStateRequest, metadata?: Metadata): Promise<knowledgeV1.Topic> {
    return this.changeTopic(metadata, async (sql, caller) => {
      await setTopicState(sql, caller, { ...request, state: givenTopicState(request.state) });
      return request.id;
    });
  }

  async getStatus(_request: knowledgeV1.GetStatusRequest, metadata?: Metadata): Promise<knowledgeV1.Status> {
    const status = await contentStatus(this.database, callerOf(metadata));
    return {
      ...status,
      encoderId: status.encoderId ?? '',
      headId: status.headId ?? '',
      database: this.database.kind,
    };
  }

  private async answersOf(
    questionIds: readonly string[],
    caller: Caller,
    fields?: ReadonlySet<AnswerField>,
  ): Promise<knowledgeV1.Answer[]> {
    const answers = await getAnswersOfQuestions(this.database, caller, questionIds, fields);
    return answers.map((answer) => answerMessage(answer, caller));
  }

  private async topicsOf(
    ids: readonly string[],
    slugs: readonly string[],
    caller: Caller,
    withCounts: boolean,
  ): Promise<knowledgeV1.Topic[]> {
    const topics = await getTopics(this.database, caller, ids, slugs, withCounts);
    return topics.map((topic) => topicMessage(topic, caller));
  }

  private changeQuestion(metadata: Metadata | undefined, change: Change): Promise<knowledgeV1.Question> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, async (sql) =>
      questionMessage(await getQuestion(sql, caller, await change(sql, caller)), caller),
    );
  }

  private changeAnswer(metadata: Metadata | undefined, change: Change): Promise<knowledgeV1.Answer> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, async (sql) =>
      answerMessage(await getAnswer(sql, caller, await change(sql, caller)), caller),
    );
  }

  private changeTopic(metadata: Metadata | undefined, change: Change): Promise<knowledgeV1.Topic> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, async (sql) =>
      topicMessage(await getTopic(sql, caller, await change(sql, caller)), caller),
    );
  }
}

/** Changes something inside a transaction and returns its id. */
type Change = (sql: Sql, caller: Caller) => Promise<string>;

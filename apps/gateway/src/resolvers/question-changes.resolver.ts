import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { contentState, duplicateRule, newQuestionState, toImportRowResult, toQuestion } from '../mapping/content.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ChangeArgs, IdempotentArgs } from '../schema/change-args.js';
import { ContentState } from '../schema/content-state.js';
import { ImportQuestionsInput, ImportQuestionsPayload, type ImportRowInput } from '../schema/question-import.js';
import { CreateQuestionInput, UpdateQuestionInput } from '../schema/question-input.js';
import { QuestionPayload } from '../schema/question-payload.js';

/** 500 rows are written in one transaction. */
const importDeadlineMs = 120_000;

const fromImportRow = (row: ImportRowInput) => ({
  line: row.line,
  externalId: given(row.externalId),
  text: row.text,
  answer: given(row.answer),
  topic: given(row.topic),
  tags: given(row.tags),
  state: row.state == null ? undefined : contentState.toProto(row.state),
  language: given(row.language),
});

@Resolver()
export class QuestionChangesResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Adds a question.' })
  createQuestion(
    @Args('input', { description: 'The question.' }) input: CreateQuestionInput,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<QuestionPayload> {
    const request = {
      text: input.text,
      tags: given(input.tags),
      topicId: given(input.topicId),
      state: newQuestionState.toProto(input.state),
      idempotencyKey: given(idempotencyKey),
      language: given(input.language),
    };
    return payload('question', async () =>
      toQuestion(await this.knowledge.content.createQuestion(request, context.call())),
    );
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Changes the text or the tags of a question.' })
  updateQuestion(
    @Args() { id, expectedVersion }: ChangeArgs,
    @Args('input', { description: 'What changes.' }) input: UpdateQuestionInput,
    @Context() context: GatewayContext,
  ): Promise<QuestionPayload> {
    const request = {
      id,
      expectedVersion,
      text: given(input.text),
      tags: given(input.tags),
      setTags: input.tags != null,
      language: given(input.language),
      slug: given(input.slug),
    };
    return payload(
      'question',
      async () => toQuestion(await this.knowledge.content.updateQuestion(request, context.call())),
      () => reload(context.loaders.questions, id),
    );
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Shows a question to everybody.' })
  publishQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.setState(change, ContentState.PUBLISHED, context);
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Makes a question a draft again.' })
  withdrawQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.setState(change, ContentState.DRAFT, context);
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Asks somebody else to look at a question.' })
  submitQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.setState(change, ContentState.REVIEW, context);
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Takes a question out of use.' })
  archiveQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.setState(change, ContentState.ARCHIVED, context);
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, {
    nullable: true,
    description: 'Says which topic a question belongs to, or takes that back.',
  })
  labelQuestion(
    @Args() { id, expectedVersion }: ChangeArgs,
    @Args('topicId', { type: () => ID, nullable: true, description: 'The topic; null takes the label back.' })
    topicId: string | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<QuestionPayload> {
    const request = { id, expectedVersion, topicId: given(topicId) };
    return payload(
      'question',
      async () => toQuestion(await this.knowledge.content.labelQuestion(request, context.call())),
      () => reload(context.loaders.questions, id),
    );
  }

  @Requires('editor')
  @Mutation(() => ImportQuestionsPayload, {
    nullable: true,
    description: 'Creates or updates up to 500 questions by their ids in the source. The same again changes nothing.',
  })
  importQuestions(
    @Args('input', { description: 'Source and rows. Send it as a variable.' }) input: ImportQuestionsInput,
    @Context() context: GatewayContext,
  ): Promise<ImportQuestionsPayload> {
    const { source, dryRun } = input;
    const topics = input.topics?.map(({ slug, title, description }) => ({
      slug,
      title,
      description: given(description),
    }));
    const duplicates = duplicateRule.toProto(input.duplicates);
    const request = { source, dryRun, topics, duplicates, rows: input.rows.map(fromImportRow) };
    return payload('results', async () => {
      const { results } = await this.knowledge.content.importQuestions(request, context.call(importDeadlineMs));
      return results.map(toImportRowResult);
    });
  }

  private setState(change: ChangeArgs, state: ContentState, context: GatewayContext): Promise<QuestionPayload> {
    const request = { ...change, state: contentState.toProto(state) };
    return payload(
      'question',
      async () => toQuestion(await this.knowledge.content.setQuestionState(request, context.call())),
      () => reload(context.loaders.questions, change.id),
    );
  }
}

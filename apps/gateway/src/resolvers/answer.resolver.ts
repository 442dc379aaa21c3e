import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { contentState, toAnswer } from '../mapping/content.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { renderMarkdown } from '../rendering/render-markdown.js';
import { Answer, AnswerPayload, CreateAnswerInput, UpdateAnswerInput } from '../schema/answer.js';
import { ChangeArgs, IdempotentArgs } from '../schema/change-args.js';
import { ContentState } from '../schema/content-state.js';
import { Question } from '../schema/question.js';

@Resolver(() => Answer)
export class AnswerResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @ResolveField(() => Question, { nullable: true, description: 'The question it answers; null if it may not be seen.' })
  question({ questionId }: Answer, _args: unknown, { loaders }: GatewayContext): Promise<Question | undefined> {
    return loaders.questions.load(questionId);
  }

  @ResolveField(() => String, {
    description:
      'The text as HTML that is safe to show: no scripts, no HTML of its own, no addresses but web and mail.',
  })
  bodyHtml({ body }: Answer): string {
    return renderMarkdown(body);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Adds an answer to a question.' })
  createAnswer(
    @Args('input', { description: 'The answer.' }) input: CreateAnswerInput,
    @Args() { idempotencyKey }: IdempotentArgs,
    @Context() context: GatewayContext,
  ): Promise<AnswerPayload> {
    const request = { ...input, idempotencyKey: given(idempotencyKey) };
    return payload('answer', async () => toAnswer(await this.knowledge.content.createAnswer(request, context.call())));
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Changes the text of an answer.' })
  updateAnswer(
    @Args() change: ChangeArgs,
    @Args('input', { description: 'What changes.' }) { body }: UpdateAnswerInput,
    @Context() context: GatewayContext,
  ): Promise<AnswerPayload> {
    const request = { ...change, body };
    return payload(
      'answer',
      async () => toAnswer(await this.knowledge.content.updateAnswer(request, context.call())),
      () => reload(context.loaders.answers, change.id),
    );
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Shows an answer to everybody.' })
  publishAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.setState(change, ContentState.PUBLISHED, context);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Makes an answer a draft again.' })
  withdrawAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.setState(change, ContentState.DRAFT, context);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Asks somebody else to look at an answer.' })
  submitAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.setState(change, ContentState.REVIEW, context);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Takes an answer out of use.' })
  archiveAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.setState(change, ContentState.ARCHIVED, context);
  }

  private setState(change: ChangeArgs, state: ContentState, context: GatewayContext): Promise<AnswerPayload> {
    const request = { ...change, state: contentState.toProto(state) };
    return payload(
      'answer',
      async () => toAnswer(await this.knowledge.content.setAnswerState(request, context.call())),
      () => reload(context.loaders.answers, change.id),
    );
  }
}

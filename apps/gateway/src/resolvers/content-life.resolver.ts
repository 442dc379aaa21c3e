import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, GraphQLISODateTime, Mutation, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { reload } from '../loaders/loaders.js';
import { contentKind } from '../mapping/editing.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { AnswerPayload } from '../schema/answer.js';
import { ChangeArgs } from '../schema/change-args.js';
import { PurgeDeletedPayload, PurgePayload } from '../schema/purge.js';
import { QuestionPayload } from '../schema/question-payload.js';
import { ContentKind } from '../schema/version.js';

const publishAtArg = {
  type: () => GraphQLISODateTime,
  nullable: true,
  description: 'When, at a time to come; null: not any more.',
};
const takenBackLater = 'nobody sees it until it is taken back. Its versions stay.';

/** Deletion and its undoing, and publishing at a date: the same for questions and answers. */
@Resolver()
export class ContentLifeResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: `Deletes a question: ${takenBackLater}` })
  deleteQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.question(change, context, (seen) => this.knowledge.editing.deleteContent(seen, context.call()));
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Takes a deleted question back, as it was.' })
  undeleteQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<QuestionPayload> {
    return this.question(change, context, (seen) => this.knowledge.editing.undeleteContent(seen, context.call()));
  }

  @Requires('editor')
  @Mutation(() => QuestionPayload, { nullable: true, description: 'Publishes a question at a date, or not any more.' })
  scheduleQuestion(
    @Args() change: ChangeArgs,
    @Args('publishAt', publishAtArg) publishAt: Date | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<QuestionPayload> {
    return this.question(change, context, (seen) =>
      this.knowledge.editing.schedulePublication({ ...seen, publishAtMs: publishAt?.getTime() ?? 0 }, context.call()),
    );
  }

  @Requires('admin')
  @Mutation(() => PurgePayload, {
    nullable: true,
    description: 'Removes a deleted question for ever, with all it had.',
  })
  purgeQuestion(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<PurgePayload> {
    return this.purge(ContentKind.QUESTION, change, context);
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: `Deletes an answer: ${takenBackLater}` })
  deleteAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.answer(change, context, (seen) => this.knowledge.editing.deleteContent(seen, context.call()));
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Takes a deleted answer back, as it was.' })
  undeleteAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<AnswerPayload> {
    return this.answer(change, context, (seen) => this.knowledge.editing.undeleteContent(seen, context.call()));
  }

  @Requires('editor')
  @Mutation(() => AnswerPayload, { nullable: true, description: 'Publishes an answer at a date, or not any more.' })
  scheduleAnswer(
    @Args() change: ChangeArgs,
    @Args('publishAt', publishAtArg) publishAt: Date | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<AnswerPayload> {
    return this.answer(change, context, (seen) =>
      this.knowledge.editing.schedulePublication({ ...seen, publishAtMs: publishAt?.getTime() ?? 0 }, context.call()),
    );
  }

  @Requires('admin')
  @Mutation(() => PurgePayload, { nullable: true, description: 'Removes a deleted answer for ever.' })
  purgeAnswer(@Args() change: ChangeArgs, @Context() context: GatewayContext): Promise<PurgePayload> {
    return this.purge(ContentKind.ANSWER, change, context);
  }

  @Requires('admin')
  @Mutation(() => PurgeDeletedPayload, {
    nullable: true,
    description: 'Removes for ever what was deleted before a date, up to 1,000 things at once.',
  })
  purgeDeleted(
    @Args('before', { type: () => GraphQLISODateTime, description: 'The date.' }) before: Date,
    @Context() context: GatewayContext,
  ): Promise<PurgeDeletedPayload> {
    return payload('purged', () =>
      this.knowledge.editing.purgeDeleted({ deletedBeforeMs: before.getTime() }, context.call()),
    );
  }

  private question(change: ChangeArgs, { loaders }: GatewayContext, run: Run): Promise<QuestionPayload> {
    const read = () => reload(loaders.questions, change.id);
    return payload('question', () => after(run, ContentKind.QUESTION, change, read), read);
  }

  private answer(change: ChangeArgs, { loaders }: GatewayContext, run: Run): Promise<AnswerPayload> {
    const read = () => reload(loaders.answers, change.id);
    return payload('answer', () => after(run, ContentKind.ANSWER, change, read), read);
  }

  private purge(kind: ContentKind, change: ChangeArgs, context: GatewayContext): Promise<PurgePayload> {
    return payload('purgedId', async () => {
      await this.knowledge.editing.purgeContent({ ...change, kind: contentKind.toProto(kind) }, context.call());
      return change.id;
    });
  }
}

type Run = (seen: ChangeArgs & { kind: ReturnType<typeof contentKind.toProto> }) => Promise<unknown>;

async function after<T>(run: Run, kind: ContentKind, change: ChangeArgs, read: () => Promise<T>): Promise<T> {
  await run({ ...change, kind: contentKind.toProto(kind) });
  return read();
}

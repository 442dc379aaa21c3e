import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { toSimilarQuestion } from '../mapping/editing.js';
import { pageSize } from '../mapping/paging.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { Question } from '../schema/question.js';
import { SimilarQuestion, SimilarQuestionsResult } from '../schema/similar-question.js';

const mostSimilar = 20;

@Resolver(() => SimilarQuestion)
export class SimilarQuestionResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Query(() => SimilarQuestionsResult, {
    nullable: true,
    description: 'Questions much like a text that is being typed, so that nothing is asked twice.',
  })
  async similarQuestions(
    @Args('text', { description: 'What is being typed.' }) text: string,
    @Args('first', { type: () => Int, defaultValue: 5, description: `Questions to return, 1 to ${mostSimilar}.` })
    first: number,
    @Context() context: GatewayContext,
  ): Promise<SimilarQuestionsResult> {
    const request = { text, first: pageSize(first, mostSimilar) };
    const { questions, vectorsUsed } = await this.knowledge.editing.findSimilar(request, context.call());
    return { questions: questions.map(toSimilarQuestion), vectorsUsed };
  }

  @ResolveField(() => Question, { nullable: true, description: 'The question.' })
  question(
    @Parent() { questionId }: SimilarQuestion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Question | undefined> {
    return loaders.questions.load(questionId);
  }
}

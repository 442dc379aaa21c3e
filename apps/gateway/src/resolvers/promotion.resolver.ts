import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Info, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { toPromotion } from '../mapping/evaluation.js';
import { pageRequest, toConnection } from '../mapping/paging.js';
import { toHead } from '../mapping/training.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { PageArgs, type ConnectionOf } from '../schema/connection.js';
import {
  Evaluation,
  Promotion,
  PromotionConnection,
  PromotionRule,
  PromotionRuleInput,
  PromotionRulePayload,
} from '../schema/evaluation.js';
import { Head, HeadPayload } from '../schema/head.js';

@Resolver(() => Promotion)
export class PromotionResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => PromotionConnection, { nullable: true, description: 'What was put in use, when and why; newest first.' })
  async promotions(
    @Args() page: PageArgs,
    @Context() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionOf<Promotion>> {
    const request = { page: pageRequest(page, info) };
    const { promotions, pageInfo } = await this.knowledge.training.listPromotions(request, context.call());
    return toConnection({ rows: promotions, pageInfo }, page, toPromotion);
  }

  @Requires('admin')
  @Query(() => PromotionRule, { nullable: true, description: 'When trainings put their heads in use by themselves.' })
  promotionRule(@Context() context: GatewayContext): Promise<PromotionRule> {
    return this.knowledge.training.getPromotionRule({}, context.call());
  }

  @Requires('admin')
  @Mutation(() => PromotionRulePayload, { nullable: true, description: 'Changes the promotion rule.' })
  setPromotionRule(
    @Args('input', { description: 'What changes.' }) input: PromotionRuleInput,
    @Context() context: GatewayContext,
  ): Promise<PromotionRulePayload> {
    const changes = {
      enabled: given(input.enabled),
      minAccuracyGain: given(input.minAccuracyGain),
      maxPValue: given(input.maxPValue),
      maxEce: given(input.maxEce),
    };
    return payload('rule', () => this.knowledge.training.setPromotionRule(changes, context.call()));
  }

  @Requires('admin')
  @Mutation(() => HeadPayload, {
    nullable: true,
    description: 'Puts the head in use that was so before the present one; called again, the one before that.',
  })
  rollbackHead(@Context() context: GatewayContext): Promise<HeadPayload> {
    return payload('head', async () => toHead(await this.knowledge.training.rollbackHead({}, context.call())));
  }

  @ResolveField(() => Head, { nullable: true, description: 'The head that was put in use, with its lineage.' })
  head(@Parent() { headId }: Promotion, @Context() { loaders }: GatewayContext): Promise<Head | undefined> {
    return loaders.heads.load(headId);
  }

  @ResolveField(() => Head, { nullable: true, description: 'The one that was in use before; absent if none was.' })
  previousHead(
    @Parent() { previousHeadId }: Promotion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Head | undefined> | undefined {
    return previousHeadId === undefined ? undefined : loaders.heads.load(previousHeadId);
  }

  @ResolveField(() => Evaluation, { nullable: true, description: 'The figures that decided; absent if none did.' })
  evaluation(
    @Parent() { evaluationId }: Promotion,
    @Context() { loaders }: GatewayContext,
  ): Promise<Evaluation | undefined> | undefined {
    return evaluationId === undefined ? undefined : loaders.evaluations.load(evaluationId);
  }
}

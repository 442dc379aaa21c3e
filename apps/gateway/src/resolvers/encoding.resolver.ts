import { DomainError, type InferenceClient, type KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { InScope } from '../auth/scope-of-field.js';
import { embedOptions, textOptions } from '../mapping/encode-options.js';
import { toClassifyResult, toEmbedResult } from '../mapping/encoding.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectInference, InjectKnowledge } from '../request/services.js';
import { ClassifyArgs, EmbedArgs } from '../schema/encoding-args.js';
import { ClassCandidate, ClassifyResult, EmbedResult, NearestClass, TextClassification } from '../schema/encoding.js';
import { Head } from '../schema/head.js';
import { Topic } from '../schema/topic.js';

/** The fields of an embedding have no resolvers: each would cost a call and a promise for every text. */
@Resolver(() => EmbedResult)
export class EmbeddingResolver {
  constructor(@InjectInference() private readonly inference: InferenceClient) {}

  @InScope('encode')
  @Query(() => EmbedResult, { nullable: true, description: 'Embeddings of texts. Nothing is stored.' })
  async embed(@Args() args: EmbedArgs, @Context() context: GatewayContext): Promise<EmbedResult> {
    const { texts } = args;
    return toEmbedResult(await this.inference.embed({ texts, options: embedOptions(args) }, context.call()));
  }
}

@Resolver(() => ClassifyResult)
export class ClassificationResolver {
  constructor(
    @InjectInference() private readonly inference: InferenceClient,
    @InjectKnowledge() private readonly knowledge: KnowledgeClients,
  ) {}

  @InScope('encode')
  @Query(() => ClassifyResult, {
    nullable: true,
    description: 'What a head, or a model that is a classifier, says of texts. Nothing is stored.',
  })
  async classify(@Args() args: ClassifyArgs, @Context() context: GatewayContext): Promise<ClassifyResult> {
    const { texts, topK, headId } = args;
    const head = given(headId) ?? (await this.headOfSpace(args, context));
    const request = { texts, topK, headId: head, options: textOptions(args) };
    return toClassifyResult(await this.inference.classify(request, context.call()));
  }

  /** In the default space inference knows it; a model that is named may have a head of its own. */
  private async headOfSpace({ model }: ClassifyArgs, context: GatewayContext): Promise<string | undefined> {
    const call = context.call();
    if (model != null || call.context?.space === undefined) return undefined;
    const { headId } = await this.knowledge.training.getHeadInUse({}, call);
    if (headId === '') throw new DomainError('NOT_FOUND', 'This space has no head yet; train one.');
    return headId;
  }

  @Requires('admin')
  @ResolveField(() => Head, { nullable: true, description: 'The head that answered.' })
  head(
    @Parent() { headId }: ClassifyResult,
    @Context() { loaders }: GatewayContext,
  ): Promise<Head | undefined> | undefined {
    return headId === undefined ? undefined : loaders.heads.load(headId);
  }
}

@Resolver(() => TextClassification)
export class TextClassificationResolver {
  @ResolveField(() => Topic, {
    nullable: true,
    description: 'Most probable topic; for unknown texts the nearest one. Absent for classes of a model.',
  })
  topic(
    @Parent() { topicId }: TextClassification,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}

@Resolver(() => ClassCandidate)
export class ClassCandidateResolver {
  @ResolveField(() => Topic, {
    nullable: true,
    description: 'The topic; absent if it does not exist any more, and for classes of a model.',
  })
  topic(
    @Parent() { topicId }: ClassCandidate,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}

@Resolver(() => NearestClass)
export class NearestClassResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic; absent if it does not exist any more.' })
  topic(@Parent() { label }: NearestClass, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(label);
  }
}

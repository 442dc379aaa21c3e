import { packFloat32, type InferenceClient } from '@cairn/contracts';
import { Args, Context, Float, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { pooling, toClassifyResult, toEmbedResult } from '../mapping/inference.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectInference } from '../request/services.js';
import { ClassifyArgs, EmbedArgs } from '../schema/encoding-args.js';
import { ClassifyResult, Embedding, EmbedResult, TextClassification, TopicCandidate } from '../schema/encoding.js';
import { Head } from '../schema/head.js';
import { Topic } from '../schema/topic.js';

@Resolver(() => Embedding)
export class EmbeddingResolver {
  constructor(@InjectInference() private readonly inference: InferenceClient) {}

  @Query(() => EmbedResult, { nullable: true, description: 'Embeddings of texts. Nothing is stored.' })
  async embed(
    @Args() { texts, model, pooling: kind, normalize }: EmbedArgs,
    @Context() context: GatewayContext,
  ): Promise<EmbedResult> {
    const options = { model: given(model), pooling: kind == null ? undefined : pooling.toProto(kind), normalize };
    return toEmbedResult(await this.inference.embed({ texts, options }, context.call()));
  }

  @ResolveField(() => [Float], { nullable: true, description: 'Its components; absent if the text was not encoded.' })
  values(@Parent() { vector }: Embedding): number[] | undefined {
    return vector && Array.from(vector);
  }

  @ResolveField(() => String, {
    nullable: true,
    description: 'Its components as base64 of little-endian float32: a fifth of the size of `values`.',
  })
  base64(@Parent() { vector }: Embedding): string | undefined {
    return vector && packFloat32(vector).toString('base64');
  }
}

@Resolver(() => ClassifyResult)
export class ClassificationResolver {
  constructor(@InjectInference() private readonly inference: InferenceClient) {}

  @Query(() => ClassifyResult, { nullable: true, description: 'What a head says of texts. Nothing is stored.' })
  async classify(
    @Args() { texts, topK, headId }: ClassifyArgs,
    @Context() context: GatewayContext,
  ): Promise<ClassifyResult> {
    return toClassifyResult(await this.inference.classify({ texts, topK, headId: given(headId) }, context.call()));
  }

  @Requires('admin')
  @ResolveField(() => Head, { nullable: true, description: 'The head that answered.' })
  head(@Parent() { headId }: ClassifyResult, @Context() { loaders }: GatewayContext): Promise<Head | undefined> {
    return loaders.heads.load(headId);
  }
}

@Resolver(() => TextClassification)
export class TextClassificationResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'Most probable topic; for unknown texts the nearest one.' })
  topic(
    @Parent() { topicId }: TextClassification,
    @Context() { loaders }: GatewayContext,
  ): Promise<Topic | undefined> | undefined {
    return topicId === undefined ? undefined : loaders.topics.load(topicId);
  }
}

@Resolver(() => TopicCandidate)
export class TopicCandidateResolver {
  @ResolveField(() => Topic, { nullable: true, description: 'The topic; absent if it does not exist any more.' })
  topic(@Parent() { topicId }: TopicCandidate, @Context() { loaders }: GatewayContext): Promise<Topic | undefined> {
    return loaders.topics.load(topicId);
  }
}

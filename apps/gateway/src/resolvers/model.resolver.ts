import type { InferenceClient } from '@cairn/contracts';
import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { toModel } from '../mapping/inference.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectInference } from '../request/services.js';
import { Model, ModelPayload } from '../schema/model.js';

/** A model from a hub is some hundred megabytes. */
const loadDeadlineMs = 15 * 60_000;

@Resolver(() => Model)
export class ModelResolver {
  constructor(@InjectInference() private readonly inference: InferenceClient) {}

  @Query(() => [Model], { nullable: true, description: 'Encoders in the model store, loaded or not.' })
  async models(@Context() context: GatewayContext): Promise<Model[]> {
    return (await this.inference.listModels({}, context.call())).models.map(toModel);
  }

  @Requires('admin')
  @Mutation(() => ModelPayload, { nullable: true, description: 'Loads an encoder and checks its golden vectors.' })
  loadModel(
    @Args('source', {
      description: 'An id in the model store, a directory in the Hugging Face layout, or a hub id ("owner/name").',
    })
    source: string,
    @Args('revision', { type: () => String, nullable: true, description: 'Commit on the hub; required for hub ids.' })
    revision: string | null | undefined,
    @Context() context: GatewayContext,
  ): Promise<ModelPayload> {
    const request = { source, revision: given(revision) };
    return payload('model', async () => toModel(await this.inference.loadModel(request, context.call(loadDeadlineMs))));
  }

  @Requires('admin')
  @Mutation(() => ModelPayload, {
    nullable: true,
    description: 'Frees the memory of an encoder. The default encoder stays.',
  })
  unloadModel(
    @Args('id', { type: () => ID, description: 'The encoder.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<ModelPayload> {
    return payload('model', async () => toModel(await this.inference.unloadModel({ id }, context.call())));
  }
}

import { DomainError, type InferenceClient } from '@cairn/contracts';
import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { toModel } from '../mapping/models.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectInference } from '../request/services.js';
import { LoadModelArgs, SetModelAliasArgs } from '../schema/model-args.js';
import { Model, ModelAliasPayload, ModelPayload } from '../schema/model.js';

/** A model from a hub is some hundred megabytes. */
const loadDeadlineMs = 15 * 60_000;

@Resolver(() => Model)
export class ModelResolver {
  constructor(@InjectInference() private readonly inference: InferenceClient) {}

  @Query(() => [Model], { nullable: true, description: 'Models in the model store, loaded or not.' })
  async models(@Context() context: GatewayContext): Promise<Model[]> {
    return (await this.inference.listModels({}, context.call())).models.map(toModel);
  }

  @Query(() => Model, { nullable: true, description: 'One model; null if it does not exist.' })
  async model(
    @Args('id', { type: () => ID, description: 'Its id, or an alias.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<Model | undefined> {
    try {
      return toModel(await this.inference.getModel({ id }, context.call()));
    } catch (thrown) {
      if (thrown instanceof DomainError && thrown.code === 'NOT_FOUND') return undefined;
      throw thrown;
    }
  }

  @Requires('admin')
  @Mutation(() => ModelPayload, {
    nullable: true,
    description:
      'Loads a model and checks its golden vectors. If its files have changed since it was loaded, the new content ' +
      'takes its place once it is ready; no request fails.',
  })
  loadModel(@Args() args: LoadModelArgs, @Context() context: GatewayContext): Promise<ModelPayload> {
    const { source, revision, contentHash, device } = args;
    const request = {
      source,
      revision: given(revision),
      contentHash: given(contentHash),
      device: given(device),
    };
    return payload('model', async () => toModel(await this.inference.loadModel(request, context.call(loadDeadlineMs))));
  }

  @Requires('admin')
  @Mutation(() => ModelPayload, {
    nullable: true,
    description: 'Frees the memory of a model once the requests in work are done. The default encoder stays.',
  })
  unloadModel(
    @Args('id', { type: () => ID, description: 'The model.' }) id: string,
    @Context() context: GatewayContext,
  ): Promise<ModelPayload> {
    return payload('model', async () => toModel(await this.inference.unloadModel({ id }, context.call())));
  }

  @Requires('admin')
  @Mutation(() => ModelAliasPayload, {
    nullable: true,
    description: 'Gives a loaded model another name, moves the name to another model, or removes it.',
  })
  setModelAlias(@Args() args: SetModelAliasArgs, @Context() context: GatewayContext): Promise<ModelAliasPayload> {
    const request = { alias: args.alias, model: given(args.model) };
    return payload('model', async () => {
      const { model } = await this.inference.setModelAlias(request, context.call());
      return model == null ? undefined : toModel(model);
    });
  }
}

import { ArgsType, Field, ID } from '@nestjs/graphql';

@ArgsType()
export class LoadModelArgs {
  @Field({
    description: 'An id in the model store, a directory in the Hugging Face layout, or a hub id ("owner/name").',
  })
  source: string;

  @Field(() => String, { nullable: true, description: 'Commit on the hub; required for hub ids.' })
  revision?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 the content must have (`Model.revision`); checked before anything is loaded.',
  })
  contentHash?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where it shall run: cpu, cuda, webgpu or auto; as configured if absent.',
  })
  device?: string | null;
}

@ArgsType()
export class SetModelAliasArgs {
  @Field({
    description: 'A name for requests. Moving it to another model is atomic: requests in work end on the old one.',
  })
  alias: string;

  @Field(() => ID, { nullable: true, description: 'Id of a loaded model; null removes the alias.' })
  model?: string | null;
}

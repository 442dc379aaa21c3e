import { ArgsType, Field, ID, Int } from '@nestjs/graphql';
import { Pooling } from './encoding.js';

@ArgsType()
export class EmbedArgs {
  @Field(() => [String], { description: 'Up to 1,024 texts.' })
  texts: string[];

  @Field(() => ID, { nullable: true, description: 'Encoder; the default one if absent.' })
  model?: string | null;

  @Field(() => Pooling, {
    nullable: true,
    description: "How the token vectors become one; the encoder's own if absent.",
  })
  pooling?: Pooling | null;

  @Field({ defaultValue: true, description: 'Scale to unit L2 norm.' })
  normalize: boolean;
}

@ArgsType()
export class ClassifyArgs {
  @Field(() => [String], { description: 'Up to 1,024 texts.' })
  texts: string[];

  @Field(() => Int, { defaultValue: 3, description: 'Topics to return per text, most probable first.' })
  topK: number;

  @Field(() => ID, { nullable: true, description: 'Head; the one in use if absent.' })
  headId?: string | null;
}

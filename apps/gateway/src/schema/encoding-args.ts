import { ArgsType, Field, ID, Int, registerEnumType } from '@nestjs/graphql';
import { Pooling } from './encoding.js';

export enum Truncation {
  END = 'END',
  START = 'START',
  ERROR = 'ERROR',
}

registerEnumType(Truncation, {
  name: 'Truncation',
  description: 'What happens to a text with more tokens than the model takes.',
  valuesMap: {
    END: { description: 'Its end is cut off.' },
    START: { description: 'Its beginning is cut off.' },
    ERROR: { description: 'It is refused; the other texts are not.' },
  },
});

export enum Priority {
  INTERACTIVE = 'INTERACTIVE',
  BULK = 'BULK',
}

registerEnumType(Priority, {
  name: 'Priority',
  description: 'Whether somebody is waiting.',
  valuesMap: {
    INTERACTIVE: { description: 'Somebody waits: goes ahead of bulk work.' },
    BULK: { description: 'Nobody waits: gets what interactive work leaves, and a share in any case.' },
  },
});

export enum LayerCombination {
  MEAN = 'MEAN',
  CONCAT = 'CONCAT',
}

registerEnumType(LayerCombination, {
  name: 'LayerCombination',
  description: 'How several hidden layers become one, token by token.',
  valuesMap: {
    MEAN: { description: 'Their mean.' },
    CONCAT: { description: 'One after the other, in the order given.' },
  },
});

/** What every query on texts takes. */
@ArgsType()
export class TextArgs {
  @Field(() => [String], { description: 'Up to 1,024 texts.' })
  texts: string[];

  @Field(() => ID, { nullable: true, description: 'Id or alias of a model; the default encoder if absent.' })
  model?: string | null;

  @Field(() => Truncation, {
    defaultValue: Truncation.END,
    description: 'What happens to a text with more tokens than the model takes.',
  })
  truncate: Truncation;

  @Field(() => Priority, { defaultValue: Priority.INTERACTIVE, description: 'Whether somebody is waiting.' })
  priority: Priority;
}

@ArgsType()
export class EmbedArgs extends TextArgs {
  @Field(() => [Int], {
    nullable: true,
    description:
      'Hidden layers to pool from: 0 is the embeddings, n the last of n layers, -1 the last. The last if absent.',
  })
  layers?: number[] | null;

  @Field(() => LayerCombination, {
    defaultValue: LayerCombination.MEAN,
    description: 'How several layers become one.',
  })
  layerCombination: LayerCombination;

  @Field(() => Pooling, {
    nullable: true,
    description: "How the token vectors become one; the encoder's own if absent.",
  })
  pooling?: Pooling | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Components to keep (Matryoshka): the first ones, cut before scaling. All if absent.',
  })
  dimensions?: number | null;

  @Field({ defaultValue: true, description: 'Scale to unit L2 norm.' })
  normalize: boolean;
}

@ArgsType()
export class ClassifyArgs extends TextArgs {
  @Field(() => Int, { defaultValue: 3, description: 'Classes to return per text, most probable first.' })
  topK: number;

  @Field(() => ID, { nullable: true, description: 'Head; the one in use for the encoder if absent.' })
  headId?: string | null;
}

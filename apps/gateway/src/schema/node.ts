import { Field, ID, InterfaceType } from '@nestjs/graphql';

@InterfaceType({
  description: 'What has an id of its own, by which the query `node` finds it again.',
  resolveType: ({ __typename }: { __typename: string }) => __typename,
})
export abstract class Node {
  @Field(() => ID, { description: 'Id, unique over all types.' })
  id: string;
}

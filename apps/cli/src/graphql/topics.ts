import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from './graphql-client.js';
import { topicById, topicBySlug } from './operations.js';

export interface TopicName {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

/**
 * A topic by slug, or else by id.
 * @throws CommandFailure if there is none
 */
export async function findTopic(client: GraphqlClient, name: string): Promise<TopicName> {
  const bySlug = await client.request<{ topic: TopicName | null }>(topicBySlug, { slug: name });
  const found = bySlug.topic ?? (await client.request<{ topic: TopicName | null }>(topicById, { id: name })).topic;
  if (found === null) throw CommandFailure.failed(`There is no topic with the slug or id "${name}".`);
  return found;
}

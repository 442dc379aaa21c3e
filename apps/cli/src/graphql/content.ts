import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from './graphql-client.js';
import { contentById, contentBySlug } from './operations.js';

export type ContentKind = 'QUESTION' | 'ANSWER' | 'TOPIC';

/** A question, an answer or a topic as it is now. */
export interface Content {
  readonly kind: ContentKind;
  readonly id: string;
  readonly version: number;
  /** What a person knows it by: text, body or title. */
  readonly text: string;
  readonly deletedAt?: string | null;
}

type Found = Omit<Content, 'kind'> & { readonly __typename: string };
const kinds: Readonly<Record<string, ContentKind>> = { Question: 'QUESTION', Answer: 'ANSWER', Topic: 'TOPIC' };

/**
 * A question, answer or topic by its id, or a question or topic by its slug.
 * @throws CommandFailure if there is none, or if it is of another kind than `only`
 */
export async function findContent(
  client: GraphqlClient,
  name: string,
  only: readonly ContentKind[] = ['QUESTION', 'ANSWER', 'TOPIC'],
): Promise<Content> {
  const { node } = await client.request<{ node: Found | null }>(contentById, { id: name });
  const named = node ?? (await bySlug(client, name, only));
  const kind = named === null ? undefined : kinds[named.__typename];
  if (named === null || kind === undefined || !only.includes(kind))
    throw CommandFailure.failed(`There is no ${only.join(' or ').toLowerCase()} with the id or slug "${name}".`);
  const { __typename, ...content } = named;
  void __typename;
  return { ...content, kind };
}

async function bySlug(client: GraphqlClient, slug: string, only: readonly ContentKind[]): Promise<Found | null> {
  const { question, topic } = await client.request<{ question: Found | null; topic: Found | null }>(contentBySlug, {
    slug,
  });
  return (only.includes('QUESTION') ? question : null) ?? topic;
}

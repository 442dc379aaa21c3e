import { DomainError } from '@cairn/contracts';

/** What has versions. The names are those of the tables. */
export type ContentKind = 'question' | 'answer' | 'topic';

/** What can be deleted and published at a date: topics are archived instead. */
export type DeletableKind = 'question' | 'answer';

/** @throws INVALID_INPUT for topics */
export function deletable(kind: ContentKind): DeletableKind {
  if (kind === 'topic')
    throw DomainError.invalid('kind', 'Topics are archived or merged; questions and answers can be deleted.');
  return kind;
}

/** The content of the version that holds, as past ones are stored by the trigger of the table. */
export const contentOfRow: Record<ContentKind, string> = {
  question: `jsonb_build_object('text', text, 'state', state, 'tags', tags, 'language', language, 'slug', slug,
    'publishAt', publish_at, 'deletedAt', deleted_at, 'topicId', CASE WHEN topic_said_by <> 'model' THEN topic_id END)`,
  answer: `jsonb_build_object('body', body, 'state', state, 'publishAt', publish_at, 'deletedAt', deleted_at)`,
  topic: `jsonb_build_object('title', title, 'description', description, 'state', state, 'slug', slug,
    'parentId', parent_id, 'mergedInto', merged_into)`,
};

/** What a version gives back when it is restored: JSON name -> column. The rest stays as it is. */
export const restoredColumns: Record<ContentKind, Readonly<Record<string, string>>> = {
  question: { text: 'text', tags: 'tags', language: 'language' },
  answer: { body: 'body' },
  topic: { title: 'title', description: 'description' },
};

/** @throws CONFLICT for content that is deleted: it has to be taken back first */
export function refuseDeleted(kind: DeletableKind, row: { deleted_at: Date | null; version: number }): void {
  if (row.deleted_at === null) return;
  throw DomainError.conflict(`This ${kind} is deleted; take it back before you change it.`, 'id', row.version);
}

/** Versions, votes and likeness as messages, and back. */
import { DomainError, knowledgeV1 } from '@cairn/contracts';
import type { VoteRecord } from '../answers/vote-on-answer.js';
import type { SimilarQuestion } from '../questions/find-similar.js';
import type { ContentKind } from './content-kind.js';
import { textOf, type DiffPart, type FieldDiff } from './diff-versions.js';
import type { VersionRecord } from './read-versions.js';

const { ContentKind: Kind, DiffKind } = knowledgeV1;

const kinds: Partial<Record<knowledgeV1.ContentKind, ContentKind>> = {
  [Kind.CONTENT_KIND_QUESTION]: 'question',
  [Kind.CONTENT_KIND_ANSWER]: 'answer',
  [Kind.CONTENT_KIND_TOPIC]: 'topic',
};
const diffKinds: Record<DiffPart['kind'], knowledgeV1.DiffKind> = {
  same: DiffKind.DIFF_KIND_SAME,
  added: DiffKind.DIFF_KIND_ADDED,
  removed: DiffKind.DIFF_KIND_REMOVED,
};

/** @throws INVALID_INPUT if none is given */
export function givenKind(message: knowledgeV1.ContentKind): ContentKind {
  const kind = kinds[message];
  if (kind === undefined) throw DomainError.invalid('kind', 'Say what it is: a question, an answer or a topic.');
  return kind;
}

export function versionMessage(version: VersionRecord): knowledgeV1.ContentVersion {
  const { content, changedAt, current, changedBy } = version;
  return {
    version: version.version,
    changedBy,
    changedAtMs: changedAt.getTime(),
    current,
    fields: Object.entries(content)
      .map(([name, value]) => ({ name, value: textOf(value) }))
      .filter(({ value }) => value !== '')
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

export function fieldDiffMessage({ name, parts }: FieldDiff): knowledgeV1.FieldDiff {
  return { name, parts: parts.map(({ kind, text }) => ({ kind: diffKinds[kind], text })) };
}

export function voteMessage({ helpful, comment, updatedAt }: VoteRecord): knowledgeV1.Vote {
  return { helpful, comment, votedAtMs: updatedAt.getTime() };
}

export function similarMessage(question: SimilarQuestion): knowledgeV1.SimilarQuestion {
  return { ...question };
}

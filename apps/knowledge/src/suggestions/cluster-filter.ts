import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import type { VectorSelection } from '../embedding/stored-vectors.js';
import type { Sql } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';

/** Which questions a clustering looks at. */
export interface ClusterFilter {
  readonly scope: ClusterScope;
  readonly topicId?: string;
  readonly createdFromMs?: number;
  readonly createdBeforeMs?: number;
  readonly text?: string;
  readonly source?: string;
}

export const clusterScopes = ['unknown', 'unlabelled', 'all'] as const;
export type ClusterScope = (typeof clusterScopes)[number];

/** The conditions among the parameters of a run. */
export function filterOf(parameters: Partial<knowledgeV1.ClusteringParameters>): ClusterFilter {
  const { scope, topicId, createdFromMs, createdBeforeMs, text, source } = parameters;
  return {
    scope: (scope || (topicId ? 'all' : 'unknown')) as ClusterScope,
    ...(topicId ? { topicId: topicId.toLowerCase() } : {}),
    ...(createdFromMs ? { createdFromMs } : {}),
    ...(createdBeforeMs ? { createdBeforeMs } : {}),
    ...(text ? { text } : {}),
    ...(source ? { source } : {}),
  };
}

/** One text for equal filters: runs that share it follow one another. As jsonb writes it, so that SQL can make it too. */
export function filterKey(filter: ClusterFilter): string {
  const entries = Object.entries(filter).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(', ')}}`;
}

const notLabelled = `(q.topic_said_by IS NULL OR q.topic_said_by = 'model')`;

/** Archived questions are never clustered; what a person or an import has labelled only in the scope `all`. */
export function selectionOf(filter: ClusterFilter): VectorSelection {
  const parameters: unknown[] = [];
  // Of a VectorSelection, own parameters start at $4.
  const parameter = (value: unknown) => `$${parameters.push(value) + 3}`;
  const { scope, topicId, createdFromMs, createdBeforeMs, text, source } = filter;
  const where = [`q.state <> 'archived'`];
  if (scope !== 'all') where.push(notLabelled);
  if (topicId !== undefined) where.push(`q.topic_id = ${parameter(topicId)}::uuid`);
  if (createdFromMs !== undefined) where.push(`q.created_at >= ${instant(parameter(createdFromMs))}`);
  if (createdBeforeMs !== undefined) where.push(`q.created_at < ${instant(parameter(createdBeforeMs))}`);
  if (text !== undefined)
    where.push(`q.search @@ plainto_tsquery(search_configuration(q.language), ${parameter(text)})`);
  if (source !== undefined) where.push(`q.source = ${parameter(source)}`);
  const joins =
    scope === 'unknown'
      ? 'JOIN classification c ON c.question_id = q.id AND c.unknown AND c.text_hash = e.text_hash'
      : undefined;
  return { joins, where: where.join(' AND '), parameters };
}

const instant = (ms: string) => `to_timestamp(${ms}::float8 / 1000)`;

/**
 * Tells "nothing matches", which is a fine result, from a condition that cannot match, and "nothing is unknown" from
 * "nobody has looked".
 * @throws INVALID_INPUT if the topic does not exist, or the scope is `unknown` and no question has been classified
 */
export async function checkFilter(sql: Sql, { scope, topicId }: ClusterFilter): Promise<void> {
  if (topicId !== undefined) {
    const topics = isId(topicId) ? await sql.rows('SELECT 1 FROM topic WHERE id = $1', [topicId]) : [];
    if (topics.length === 0)
      throw DomainError.invalid('topicId', `There is no topic "${topicId}"; choose one that is there.`);
  }
  if (scope !== 'unknown') return;
  const classified = await sql.rows('SELECT 1 FROM classification LIMIT 1');
  if (classified.length === 0)
    throw DomainError.invalid(
      'scope',
      'No question is classified yet, so none is unknown: train a head and classify first, or cluster with the scope "unlabelled".',
    );
}

/** Says that no question matches, naming the condition that leaves least. */
export function nothingToCluster(filter: ClusterFilter): DomainError {
  const conditions = { text: 'text', source: 'source', topicId: 'topicId' } as const;
  const given = Object.values(conditions).find((name) => filter[name] !== undefined);
  const time = filter.createdFromMs !== undefined ? 'createdFrom' : filter.createdBeforeMs && 'createdBefore';
  const field = given ?? (time || 'scope');
  const none = {
    unknown: 'no question is unknown',
    unlabelled: 'every question has a label',
    all: 'there are no questions',
  };
  return DomainError.invalid(
    field,
    field === 'scope'
      ? `There is nothing to cluster: ${none[filter.scope]}.`
      : `There is nothing to cluster: no question meets the conditions; look at ${field}.`,
  );
}

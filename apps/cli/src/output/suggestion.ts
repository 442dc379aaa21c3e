import type { TopicName } from '../graphql/topics.js';
import { plural, shorten } from './table.js';

/** A cluster offered as a new topic. */
export interface Suggestion {
  readonly id: string;
  readonly title: string;
  readonly keywords: readonly string[];
  readonly size: number;
  readonly cohesion: number;
  readonly separation: number;
  readonly silhouette: number;
  readonly state: 'PENDING' | 'ACCEPTED' | 'MERGED' | 'REJECTED' | 'SUPERSEDED' | 'SPLIT';
  readonly version: number;
  readonly reason?: string | null;
  readonly decidedBy?: string | null;
  readonly exemplars: readonly { readonly id: string; readonly text: string }[];
  readonly nearestTopics: readonly {
    readonly distance: number;
    readonly topic?: { readonly slug: string; readonly title: string } | null;
  }[];
  readonly topic?: TopicName | null;
  readonly mergedInto?: { readonly id: string; readonly title: string } | null;
  readonly assignedLater: number;
}

/** A suggestion as a few lines: what it is about, how tight it is, typical questions. */
export function describeSuggestion(suggestion: Suggestion, heading = suggestion.id): string[] {
  const {
    title,
    size,
    cohesion,
    silhouette,
    keywords,
    exemplars,
    nearestTopics,
    state,
    topic,
    mergedInto,
    assignedLater,
  } = suggestion;
  const near = nearestTopics.map(({ topic: nearest, distance }) => `${nearest?.slug ?? '?'} (${distance.toFixed(2)})`);
  const outcome = topic ? `: ${topic.title} (${topic.slug})` : mergedInto ? `: into "${mergedInto.title}"` : '';
  const later = assignedLater > 0 ? ` (${assignedLater} since the run)` : '';
  return [
    `${heading}  ${title}`,
    `  ${plural(size, 'question')}${later}, cohesion ${cohesion.toFixed(2)}, silhouette ${silhouette.toFixed(2)}`,
    `  keywords: ${keywords.slice(0, 8).join(', ')}`,
    ...exemplars.slice(0, 3).map(({ text }) => `  - ${shorten(text, 100)}`),
    ...(near.length > 0 ? [`  nearest topics: ${near.slice(0, 3).join(', ')}`] : []),
    ...(state === 'PENDING' ? [] : [`  ${state.toLowerCase()}${outcome}`]),
  ];
}

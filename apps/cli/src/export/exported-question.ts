/** A question as the API gives it to an export. */
export interface StoredQuestion {
  readonly id: string;
  readonly slug: string;
  readonly source: string;
  readonly externalId?: string | null;
  readonly text: string;
  readonly state: string;
  readonly language: string;
  readonly tags: readonly string[];
  readonly label?: { readonly saidBy: string; readonly topic: { readonly slug: string } | null } | null;
  /** Best first. */
  readonly answers: readonly { readonly body: string; readonly state: string }[];
}

/** A question as it is written, in the words that import reads. */
export interface ExportedQuestion {
  readonly id: string;
  readonly source: string;
  readonly question: string;
  readonly answer: string;
  readonly topic: string;
  readonly tags: readonly string[];
  readonly state: string;
  readonly language: string;
}

/** What a model says is no label to be handed on: an import would make it one. Archived answers stay behind. */
export function exportQuestion(stored: StoredQuestion): ExportedQuestion {
  const { label, answers } = stored;
  return {
    id: stored.externalId ?? stored.id,
    source: stored.source,
    question: stored.text,
    answer: answers.find(({ state }) => state !== 'ARCHIVED')?.body ?? '',
    topic: label && label.saidBy !== 'MODEL' ? (label.topic?.slug ?? '') : '',
    tags: stored.tags,
    state: stored.state.toLowerCase(),
    language: stored.language,
  };
}

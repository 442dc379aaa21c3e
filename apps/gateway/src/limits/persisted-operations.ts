import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '@cairn/service-kit';
import { GraphQLError, parse } from 'graphql';
import { refusal } from './document-limits.js';

/** What a request says of its document: the text, or the hash of one that is known here. */
export interface AskedDocument {
  query?: unknown;
  /** "sha256:<hash>" or the hash alone, as the GraphQL-over-HTTP draft on persisted documents has it. */
  documentId?: unknown;
  /** `{ persistedQuery: { sha256Hash } }`, as Apollo's clients send it. */
  extensions?: unknown;
}

export interface PersistedSettings {
  /** A JSON file, `{ "<sha256 of the text>": "<text>" }`, made when clients are built. */
  readonly path: string;
  /** Whether nothing else is run: an allow-list. */
  readonly only: boolean;
}

const hashOf = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

/** Operations that clients name by their hash. Without `only` they save bytes; with it they are all that can be run. */
export class PersistedOperations {
  private readonly documents: ReadonlyMap<string, string>;
  private readonly only: boolean;

  /** @throws ConfigurationError if the file cannot be used, naming the entry that is wrong */
  constructor({ path, only }: PersistedSettings) {
    this.documents = readOperations(path);
    this.only = only;
  }

  /**
   * The text of the document a request asks for; undefined if it asks for none.
   * @throws GraphQLError with HTTP status 400 if it is not known, or not allowed
   */
  resolve({ query, documentId, extensions }: AskedDocument): unknown {
    if (typeof query === 'string' && query !== '') {
      if (this.only && !this.documents.has(hashOf(query)))
        throw refusal('PERSISTED_OPERATION_REQUIRED', 'Only operations that were registered are run here.');
      return query;
    }
    const hash = hashIn(documentId, extensions);
    if (hash === undefined) return query;
    const text = this.documents.get(hash);
    if (text === undefined)
      throw refusal('PERSISTED_QUERY_NOT_FOUND', 'No operation is registered under this hash; send its text.');
    return text;
  }
}

function hashIn(documentId: unknown, extensions: unknown): string | undefined {
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '').toLowerCase();
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
  const hash = persistedQuery?.sha256Hash;
  return typeof hash === 'string' ? hash.toLowerCase() : undefined;
}

function readOperations(path: string): Map<string, string> {
  const fail = (why: string) => new ConfigurationError(`PERSISTED_OPERATIONS=${path}: ${why}`);
  let entries: [string, unknown][];
  try {
    entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as object);
  } catch (error) {
    throw fail(`cannot be read as JSON (${(error as Error).message}).`);
  }
  return new Map(
    entries.map(([hash, text]) => {
      if (typeof text !== 'string') throw fail(`the entry "${hash}" is no text.`);
      if (hashOf(text) !== hash.toLowerCase()) throw fail(`the entry "${hash}" is not the SHA-256 of its text.`);
      try {
        parse(text);
      } catch (error) {
        throw fail(`the entry "${hash}" is no GraphQL (${(error as GraphQLError).message}).`);
      }
      return [hash.toLowerCase(), text];
    }),
  );
}

/**
 * For specs of discovery: questions whose vectors are made here, in groups around random directions, so that it is known what
 * belongs together; and what is done with the suggestions they become.
 */
import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { normalizeRows, Random } from '@cairn/numerics';
import { lastValueFrom } from 'rxjs';
import { registerEncoder, type EncoderRecord } from '../embedding/encoder-in-use.js';
import { encodeVector } from '../embedding/vector-codec.js';
import type { JobRecord } from '../jobs/job-record.js';
import { testAdmin, TestLoop } from '../jobs/test-loop.js';
import { JobWatch } from '../jobs/watch-jobs.js';
import { acceptSuggestion, mergeSuggestion, rejectSuggestion, renameSuggestion } from './decide-suggestion.js';
import { listClusterChanges } from './read-run.js';
import { readSuggestions, suggestionQuestions } from './read-suggestions.js';
import { splitSuggestion } from './split-suggestion.js';
import type { ListedSuggestion } from './suggestion-record.js';
import { undoDecision } from './undo-decision.js';

export const words = ['volcano', 'saffron', 'harbour', 'sextant', 'marzipan', 'glacier', 'trombone', 'orchard'];
export const wholePage = { first: 100, withTotal: true };
export const nowhere = '00000000-0000-4000-8000-000000000000';

type Parameters = Partial<knowledgeV1.ClusteringParameters>;

/** A suggestion as the person who decides has seen it. */
const seen = ({ id, version }: ListedSuggestion) => ({ id, expectedVersion: version });

export class TestDiscovery {
  /** The direction of each group. */
  readonly directions: readonly Float32Array[];

  private constructor(
    readonly loop: TestLoop,
    readonly encoder: EncoderRecord,
    private readonly random: Random,
  ) {
    this.directions = words.map(() => this.direction());
  }

  /** Starts everything, and asks groups of 60, 50, 40, 30 and 20 questions. */
  static async start(): Promise<TestDiscovery> {
    const loop = await TestLoop.start();
    const { database } = loop;
    const { provenance } = await loop.inference.getModel({ id: '' });
    const encoder = await database.transaction((sql) => registerEncoder(sql, provenance!));
    await database.rows('UPDATE encoder SET in_use = true');
    await database.rows(
      `INSERT INTO trained_head (id, state, encoder, figures, seed) VALUES ('h', 'in_use', $1, '{}', 1)`,
      [encoder.id],
    );
    const discovery = new TestDiscovery(loop, encoder, new Random(11));
    for (const [group, count] of [60, 50, 40, 30, 20].entries()) await discovery.ask(group, count);
    return discovery;
  }

  get database() {
    return this.loop.database;
  }

  /** Any direction. */
  direction(): Float32Array {
    const { dimension } = this.encoder.provenance;
    const vector = Float32Array.from({ length: dimension }, () => this.random.normal());
    normalizeRows(vector, dimension);
    return vector;
  }

  /** A unit vector whose cosine to `centre` is about 0.9. */
  near(centre: Float32Array): Float32Array {
    const { dimension } = this.encoder.provenance;
    const spread = 0.45 / Math.sqrt(dimension);
    const vector = centre.map((component) => component + spread * this.random.normal());
    normalizeRows(vector, dimension);
    return vector;
  }

  /** Stores unknown questions of a group with their vectors. @returns their ids */
  async ask(group: number, count: number, vector = () => this.near(this.directions[group])): Promise<string[]> {
    const { encoder, database } = this;
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const [{ id }] = await database.rows<{ id: string }>(
        `INSERT INTO question (slug, text, state, source)
         SELECT 'q-' || n, 'Which ' || $1 || ' is best for case ' || n || '?', 'incoming', 'test'
         FROM (SELECT count(*) AS n FROM question) AS counted RETURNING id`,
        [words[group]],
      );
      await database.rows(
        `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
         SELECT $1, id, md5(text), $3::vector, 5, false FROM question WHERE id = $2`,
        [encoder.id, id, encodeVector(vector(), 0, encoder.provenance.dimension)],
      );
      ids.push(id);
    }
    await database.rows(
      `INSERT INTO classification (question_id, head_id, text_hash, unknown, confidence)
       SELECT id, 'h', md5(text), true, 0.3 FROM question WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return ids;
  }

  /** Starts a run over unknown questions, without a map unless it is asked for. */
  startRun(parameters: Parameters): Promise<JobRecord> {
    return this.loop.start('cluster', { parameters: { map: 'none', scope: 'unknown', ...parameters } });
  }

  /** @returns the job when it has ended, well or not */
  async run(parameters: Parameters): Promise<JobRecord> {
    return lastValueFrom(new JobWatch(this.database).watch((await this.startRun(parameters)).id));
  }

  /** @returns the id of the finished clustering */
  async cluster(parameters: Parameters = { nClusters: 5 }): Promise<string> {
    const { state, error, result } = await this.run(parameters);
    if (state !== 'succeeded') throw new DomainError('INTERNAL', `The run ended ${state}: ${error?.message}`);
    return (result as knowledgeV1.ClusterResult).clusteringId;
  }

  async all(): Promise<ListedSuggestion[]> {
    const rows = await this.database.rows<{ id: string }>('SELECT id FROM suggestion');
    return readSuggestions(
      this.database,
      rows.map(({ id }) => id),
    );
  }

  /** Pending suggestions, the largest first. */
  async pending(): Promise<ListedSuggestion[]> {
    return (await this.all())
      .filter(({ state }) => state === 'pending')
      .sort((a, b) => b.size - a.size || b.seq - a.seq);
  }

  /** The suggestion of a group of questions. */
  async about(group: number, state = 'pending'): Promise<ListedSuggestion> {
    const found = (await this.all()).find(
      (suggestion) => suggestion.state === state && suggestion.keywords.join(' ').includes(words[group]),
    );
    if (found === undefined) throw new Error(`No suggestion that is ${state} is about ${words[group]}.`);
    return found;
  }

  async membersOf(suggestionId: string): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `SELECT question_id AS id FROM ${suggestionQuestions} WHERE suggestion_id = $1 ORDER BY 1`,
      [suggestionId],
    );
    return rows.map(({ id }) => id);
  }

  accept(suggestion: ListedSuggestion, more: object = {}): Promise<void> {
    const acceptance = { ...seen(suggestion), title: '', description: '', excludeQuestionIds: [], ...more };
    return this.database.transaction((sql) => acceptSuggestion(sql, testAdmin, acceptance));
  }

  merge(suggestion: ListedSuggestion, into: { topicId?: string; suggestionId?: string }): Promise<void> {
    const merge = { ...seen(suggestion), topicId: '', excludeQuestionIds: [], ...into };
    return this.database.transaction((sql) => mergeSuggestion(sql, testAdmin, merge));
  }

  reject(suggestion: ListedSuggestion): Promise<void> {
    const rejection = { ...seen(suggestion), reason: 'no topic' };
    return this.database.transaction((sql) => rejectSuggestion(sql, testAdmin, rejection));
  }

  rename(suggestion: ListedSuggestion, title: string): Promise<void> {
    return this.database.transaction((sql) => renameSuggestion(sql, testAdmin, { ...seen(suggestion), title }));
  }

  split(suggestion: ListedSuggestion, parts: number): Promise<string[]> {
    return splitSuggestion(this.database, this.loop.clustering, testAdmin, { ...seen(suggestion), parts });
  }

  /** Takes back the last decision on a suggestion. */
  async undo(suggestionId: string): Promise<void> {
    await this.database.transaction((sql) => undoDecision(sql, testAdmin, { id: '', suggestionId }));
  }

  /** What became of the clusters of the run before, by kind. */
  async kindsOfChange(clusteringId: string): Promise<string[]> {
    const { changes } = await listClusterChanges(this.database, clusteringId, wholePage);
    return changes.map(({ kind }) => kind).sort();
  }

  /** Everything a decision touches, without versions and times. */
  async snapshot() {
    const { database } = this;
    return {
      labels: await database.rows('SELECT question_id, said_by, topic_id, actor FROM label ORDER BY 1, 2'),
      questions: await database.rows('SELECT id, topic_id, topic_said_by FROM question ORDER BY 1'),
      topics: await database.rows('SELECT id, slug, title, state FROM topic ORDER BY 1'),
      suggestions: await database.rows<object>(
        `SELECT to_jsonb(suggestion) - 'version' AS row FROM suggestion
         WHERE parent_id IS NULL OR state <> 'superseded' ORDER BY id`,
      ),
      members: await database.rows<{ suggestion_id: string; question_id: string }>(
        `SELECT suggestion_id, question_id FROM ${suggestionQuestions}
         JOIN suggestion ON suggestion.id = suggestion_id WHERE state <> 'superseded' ORDER BY 1, 2`,
      ),
    };
  }
}

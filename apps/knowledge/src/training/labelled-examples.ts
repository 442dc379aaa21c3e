import { DomainError } from '@cairn/contracts';
import { countVectors, type VectorSelection } from '../embedding/stored-vectors.js';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { Database } from '../persistence/database.js';
import { textKey } from './text-key.js';

/** What a head is trained on: questions that a person or an import has labelled with a topic that is not archived. */
export interface LabelledExamples {
  readonly selection: VectorSelection;
  /** Topic ids in the order of their creation: class i is topics[i]. */
  readonly topics: readonly string[];
  readonly count: number;
}

/** Rows of the selection carry the topic, and the key of the text. */
export interface LabelledRow {
  readonly topic_id: string;
  readonly text_key: number;
}

/**
 * The examples there are, if they make a training.
 * @throws INVALID_INPUT saying how many labels of how many topics there are if there are fewer than two topics
 */
export async function findLabelledExamples(database: Database, encoder: EncoderRecord): Promise<LabelledExamples> {
  const topics = await database.rows<{ id: string; examples: number }>(
    `SELECT topic.id, count(*) AS examples FROM topic
     JOIN question q ON q.topic_id = topic.id AND q.topic_said_by IN ('person', 'import') AND q.state <> 'archived'
     JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id AND e.text_hash = md5(q.text)
     WHERE topic.state = 'active' GROUP BY topic.id, topic.seq ORDER BY topic.seq`,
    [encoder.id],
  );
  const labels = topics.reduce((sum, { examples }) => sum + examples, 0);
  if (topics.length < 2)
    throw DomainError.invalid(
      'input',
      `A head needs labelled questions of at least two topics; there are ${labels} labels of ${topics.length} ` +
        `topic${topics.length === 1 ? '' : 's'}. Label some questions, or import questions with topics.`,
    );
  const ids = topics.map(({ id }) => id);
  const selection = {
    columns: `, q.topic_id, ${textKey} AS text_key`,
    where: `q.topic_id = ANY ($4::uuid[]) AND q.topic_said_by IN ('person', 'import') AND q.state <> 'archived'`,
    parameters: [ids],
  };
  return { selection, topics: ids, count: await countVectors(database, encoder, selection) };
}

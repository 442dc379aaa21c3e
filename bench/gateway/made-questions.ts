/**
 * Questions made by rule, with vectors: as many as are asked for, the same for the same seed. Words follow Zipf's law.
 * Vectors are like those of texts: a topic's direction, a direction of its own, and a spectrum that falls off, so that
 * their neighbours mean something (uniformly random vectors have none that any index could find).
 */
import { createHash } from 'node:crypto';
import { Random } from '@cairn/numerics';

export const dimension = 256;
const topics = 200;
const vocabulary = 60_000;

export interface MadeQuestion {
  readonly id: string;
  readonly text: string;
  readonly tags: string[];
  readonly topic: number;
  readonly published: boolean;
  readonly createdAt: Date;
  /** Every second question has one, whatever its tags are. */
  readonly answer?: string;
}

const syllables = [
  'ka',
  'ri',
  'to',
  'men',
  'sol',
  'der',
  'vin',
  'qua',
  'lo',
  'pe',
  'stra',
  'ni',
  'bu',
  'fer',
  'gan',
  'mi',
];
const first = ['how', 'why', 'when', 'can', 'where', 'does', 'card', 'account', 'model', 'token', 'error', 'payment'];

/** The n-th most frequent word. */
function word(rank: number): string {
  if (rank < first.length) return first[rank];
  let text = '';
  for (let rest = rank; rest > 0; rest = Math.floor(rest / syllables.length))
    text += syllables[rest % syllables.length];
  return text;
}

/** Ids, words and tags of question `index`; each depends on seed and index alone. */
export function madeQuestion(seed: number, index: number): MadeQuestion {
  const random = new Random(seed, 1, index);
  const words = (count: number) =>
    Array.from({ length: count }, () => word(Math.floor(vocabulary ** random.uniform()) - 1)).join(' ');
  const tags = [];
  if (index % 100 === 7) tags.push('one-percent');
  if (index % 10 === 3) tags.push('ten-percent');
  if (index % 2 === 1) tags.push('fifty-percent');
  return {
    id: idOf(seed, index),
    text: `${words(5 + Math.floor(random.uniform() * 8))} ${index}`,
    tags,
    topic: Math.floor(random.uniform() * topics),
    published: index % 10 !== 0,
    createdAt: new Date(Date.UTC(2023, 0, 1) + Math.floor(random.uniform() * 1000) * 86_400_000),
    answer: random.uniform() < 0.5 ? words(25) : undefined,
  };
}

export const topicCount = topics;
export const topicId = (seed: number, topic: number) => idOf(seed, -1 - topic);

function idOf(seed: number, index: number): string {
  const hash = createHash('md5').update(`${seed}:${index}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20)}`;
}

/** Makes vectors; holds the directions of the topics. */
export class MadeVectors {
  private readonly spread = Float64Array.from({ length: dimension }, (_, i) => 1 / Math.sqrt(1 + i / 8));
  private readonly directions: Float64Array;

  constructor(private readonly seed: number) {
    const random = new Random(seed);
    this.directions = Float64Array.from(
      { length: topics * dimension },
      (_, i) => random.normal() * this.spread[i % dimension],
    );
  }

  /** The vector of a question of that topic, of unit length; `index` below 0: of a query, which is no question. */
  vector(index: number, topic: number): Float32Array {
    return this.unit(topic, this.drawn(2, index));
  }

  /** The vector of a passage of the question's answer: near it, as the question stands in front of what is embedded. */
  passage(index: number, topic: number): Float32Array {
    const own = this.drawn(3, index);
    return this.unit(
      topic,
      this.drawn(2, index).map((value, i) => 0.8 * value + 0.6 * own[i]),
    );
  }

  private drawn(stream: number, index: number): Float64Array {
    const random = new Random(this.seed, stream, index);
    return Float64Array.from({ length: dimension }, () => random.normal());
  }

  private unit(topic: number, drawn: Float64Array): Float32Array {
    const values = new Float32Array(dimension);
    let square = 0;
    for (let i = 0; i < dimension; i++) {
      values[i] = this.directions[topic * dimension + i] + 0.7 * drawn[i] * this.spread[i];
      square += values[i] * values[i];
    }
    const length = Math.sqrt(square);
    return values.map((value) => value / length);
  }
}

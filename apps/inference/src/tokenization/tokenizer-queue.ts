import { join } from 'node:path';
import { LaneOrder, type Lane } from '../batching/lanes.js';
import { RestartingWorker } from '../threads/restarting-worker.js';
import { retryOnce } from '../threads/retry-once.js';
import type { Cut, TokenizedTexts } from './encode-texts.js';
import type {
  TextEncoding,
  TokenizerAnswer,
  TokenizerData,
  TokenizerInfo,
  TokenizerRequest,
} from './tokenizer.worker.js';

/** Characters of one chunk: about 2 ms of tokenization, after which something more urgent may go ahead. */
const chunkCharacters = 4_096;

interface Chunk {
  readonly request: TokenizerRequest;
  readonly characters: number;
  readonly signal: AbortSignal;
  readonly resolve: (answer: TokenizerAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** The tokenizer of one encoder: a thread of its own, fed in chunks, interactive ones first. */
export class TokenizerQueue {
  private readonly waiting: Record<Lane, Chunk[]> = { interactive: [], bulk: [] };
  private readonly order = new LaneOrder(chunkCharacters);
  private busy = false;

  private constructor(
    private readonly worker: RestartingWorker<TokenizerData, TokenizerRequest, TokenizerAnswer, TokenizerInfo>,
  ) {}

  /** @throws INVALID_INPUT if the files are not a tokenizer */
  static async start(data: TokenizerData, onCrash: (error: Error) => void): Promise<TokenizerQueue> {
    return new TokenizerQueue(await RestartingWorker.start(join(__dirname, 'tokenizer.worker.js'), data, onCrash));
  }

  async vocabularySize(): Promise<number> {
    return (await this.worker.info()).vocabularySize;
  }

  /** Ids of texts, in order; long requests are done in chunks. */
  async tokenize(texts: readonly string[], cut: Cut, lane: Lane, signal: AbortSignal): Promise<TokenizedTexts> {
    const answers = await Promise.all(
      chunksOf(texts).map((chunk) => this.enqueue({ want: 'ids', texts: chunk, cut }, lane, signal)),
    );
    return concatenate(answers as (TokenizedTexts & { want: 'ids' })[]);
  }

  /** Ids and tokens of texts, as objects: for people, not for the encoder. */
  async encodings(texts: readonly string[], signal: AbortSignal): Promise<TextEncoding[]> {
    const answers = await Promise.all(
      chunksOf(texts).map((chunk) =>
        this.enqueue({ want: 'encodings', texts: chunk, cut: 'end' }, 'interactive', signal),
      ),
    );
    return answers.flatMap((answer) => (answer.want === 'encodings' ? answer.encodings : []));
  }

  close(): Promise<void> {
    return this.worker.close();
  }

  private enqueue(request: TokenizerRequest, lane: Lane, signal: AbortSignal): Promise<TokenizerAnswer> {
    return new Promise((resolve, reject) => {
      let characters = 0;
      for (const text of request.texts) characters += text.length;
      this.waiting[lane].push({ request, characters, signal, resolve, reject });
      void this.work();
    });
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const bulkWaits = this.waiting.bulk.length > 0;
      const lane = this.order.next(this.waiting.interactive.length > 0, bulkWaits);
      if (lane === undefined) break;
      const chunk = this.waiting[lane].shift() as Chunk;
      if (chunk.signal.aborted) {
        chunk.reject(chunk.signal.reason as Error);
        continue;
      }
      this.order.charge(lane, chunk.characters, bulkWaits);
      await retryOnce(() => this.worker.request(chunk.request)).then(chunk.resolve, chunk.reject);
    }
    this.busy = false;
  }
}

function chunksOf(texts: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let characters = Infinity;
  for (const text of texts) {
    if (characters + text.length > chunkCharacters) {
      chunks.push([]);
      characters = 0;
    }
    chunks[chunks.length - 1].push(text);
    characters += text.length;
  }
  return chunks;
}

function concatenate(parts: readonly TokenizedTexts[]): TokenizedTexts {
  const join = (field: keyof TokenizedTexts): Int32Array => {
    const joined = new Int32Array(parts.reduce((total, part) => total + part[field].length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part[field], at);
      at += part[field].length;
    }
    return joined;
  };
  return parts.length === 1 ? parts[0] : { ids: join('ids'), lengths: join('lengths'), tokens: join('tokens') };
}

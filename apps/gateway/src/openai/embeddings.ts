import { DomainError, unpackFloat32, type CallOptions, type InferenceClient, type vectorsV1 } from '@cairn/contracts';
import { truncation } from '../mapping/encode-options.js';
import { asBuffer } from '../mapping/encoding.js';
import { Truncation } from '../schema/encoding-args.js';
import { assertFewTokens, tooManyTokens } from './assert-few-tokens.js';
import { embedInChunks } from './embed-in-chunks.js';
import { embeddingLimits, type EmbeddingsRequest } from './embeddings-request.js';
import { floatDigits } from './float-digits.js';
import { placeOf, refusalOfText } from './refusal-of-text.js';

/**
 * The answer to `POST /v1/embeddings`, as JSON. Rows are written while later ones are computed, and kept as bytes: the
 * largest answers would fill the heap as strings.
 * @throws DomainError with the field of the request; a text that cannot be embedded fails the whole, as it does there
 */
export async function answerEmbeddings(
  inference: InferenceClient,
  request: EmbeddingsRequest,
  call: (wholeMs?: number) => CallOptions,
): Promise<Buffer> {
  const { texts, model, dimensions, format, truncate } = request;
  await assertFewTokens(inference, request, call);
  const options = { model, dimensions, truncate: truncation.toProto(truncate) };
  // Tokens that are cut off are counted here, and cost nothing.
  const mustFit = truncate === Truncation.ERROR;
  const parts = [Buffer.from('{"object":"list","data":[')];
  let answeredBy = model;
  let count = 0;
  let tokens = 0;
  for await (const { items, errors, vectors } of embedInChunks(inference, texts, options, call)) {
    const [failed] = errors;
    if (failed !== undefined) throw refusalOfText(request, count + failed.index, failed);
    items.forEach((item, index) => {
      if (item.tokens > embeddingLimits.tokensPerInput && mustFit)
        throw DomainError.invalid('input', tooLong(placeOf(request, count + index), item.tokens));
      tokens += item.tokens;
    });
    if (tokens > embeddingLimits.tokens && mustFit) throw tooManyTokens();
    if (vectors == null) throw new Error('The embeddings came without vectors.');
    answeredBy = vectors.provenance?.encoderId ?? model;
    const rows = rowsOf(vectors, count, format).join(',');
    parts.push(Buffer.from(count === 0 ? rows : `,${rows}`, 'latin1'));
    count += vectors.count;
  }
  const usage = `{"prompt_tokens":${tokens},"total_tokens":${tokens}}`;
  parts.push(Buffer.from(`],"model":${JSON.stringify(answeredBy)},"usage":${usage}}`));
  return Buffer.concat(parts);
}

/** @param first index of the first row in the answer */
function rowsOf({ data, count, dimension }: vectorsV1.Vectors, first: number, format: 'float' | 'base64'): string[] {
  const bytes = asBuffer(data);
  return Array.from({ length: count }, (_none, index) => {
    const row = bytes.subarray(index * dimension * 4, (index + 1) * dimension * 4);
    const embedding = format === 'base64' ? `"${row.toString('base64')}"` : `[${floatDigits(unpackFloat32(row))}]`;
    return `{"object":"embedding","index":${first + index},"embedding":${embedding}}`;
  });
}

const tooLong = (place: string, tokens: number): string =>
  `${place}: The text has ${tokens} tokens; at most ${embeddingLimits.tokensPerInput} are taken. Shorten or split it.`;

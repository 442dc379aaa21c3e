import { DomainError } from '@cairn/contracts';
import { checkedDimensions } from '../mapping/encode-options.js';
import { Truncation } from '../schema/encoding-args.js';

/** Limits of a request, as OpenAI documents them. The encoder's own limit on tokens comes before `tokensPerInput`. */
export const embeddingLimits = { inputs: 2048, tokensPerInput: 8192, tokens: 300_000 } as const;

/** What `POST /v1/embeddings` asks for, checked. */
export interface EmbeddingsRequest {
  readonly texts: readonly string[];
  /** Whether the input was one text, not a list: errors then name no position. */
  readonly single: boolean;
  /** Id or alias. */
  readonly model: string;
  readonly format: 'float' | 'base64';
  /** Components to keep; absent: all. */
  readonly dimensions?: number;
  /**
   * What happens to a text with more tokens than the model takes. OpenAI has no such parameter and refuses; so does
   * Cairn unless it is given, because the answer has no place to say that a text was cut.
   */
  readonly truncate: Truncation;
}

const truncations: ReadonlyMap<unknown, Truncation> = new Map([
  [undefined, Truncation.ERROR],
  ['error', Truncation.ERROR],
  ['end', Truncation.END],
  ['start', Truncation.START],
]);

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Reads the body of a request.
 * @throws INVALID_INPUT naming the parameter
 */
export function parseEmbeddingsRequest(body: unknown): EmbeddingsRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new DomainError('INVALID_INPUT', 'The body must be a JSON object with "input" and "model".');
  const { input, model, encoding_format, dimensions, user, truncate } = body as Parameters;
  if (typeof model !== 'string' || model === '')
    throw DomainError.invalid('model', 'Say which model: an id or an alias, as GET /v1/models lists them.');
  const format = encoding_format ?? 'float';
  if (format !== 'float' && format !== 'base64')
    throw DomainError.invalid('encoding_format', `"encoding_format" must be "float" or "base64".`);
  if (dimensions != null && typeof dimensions !== 'number')
    throw DomainError.invalid('dimensions', '"dimensions" must be a whole number.');
  if (user != null && typeof user !== 'string') throw DomainError.invalid('user', '"user" must be a string.');
  const cut = truncations.get(truncate ?? undefined);
  if (cut === undefined) throw DomainError.invalid('truncate', '"truncate" must be "end", "start" or "error".');
  return {
    texts: textsOf(input),
    single: typeof input === 'string',
    model,
    format,
    dimensions: checkedDimensions(dimensions),
    truncate: cut,
  };
}

function textsOf(input: unknown): readonly string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (input == null || texts.length === 0)
    throw DomainError.invalid('input', '"input" must be a text or a list of texts, at least one.');
  // The tokens of a list are one input, not many: what they are is said before how many they are.
  const isTokens = (part: unknown) => typeof part === 'number' || Array.isArray(part);
  if (texts.some(isTokens))
    throw DomainError.invalid(
      'input',
      'Token arrays are not taken: tokens of another tokenizer mean nothing to this model. Send the texts themselves ' +
        '(LangChain: check_embedding_ctx_length=False).',
    );
  if (texts.length > embeddingLimits.inputs)
    throw DomainError.invalid(
      'input',
      `There are ${texts.length} inputs; at most ${embeddingLimits.inputs} are taken. Send them in parts.`,
    );
  texts.forEach((text, index) => {
    const place = texts === input ? `input[${index}]` : 'input';
    if (typeof text !== 'string') throw DomainError.invalid('input', `"${place}" must be a text.`);
    if (text === '') throw DomainError.invalid('input', `"${place}" is empty.`);
  });
  return texts as string[];
}

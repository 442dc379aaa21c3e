import { DomainError, type CallOptions, type InferenceClient } from '@cairn/contracts';
import { chunkSize } from './embed-in-chunks.js';
import { embeddingLimits, type EmbeddingsRequest } from './embeddings-request.js';
import { refusalOfText } from './refusal-of-text.js';

export const tooManyTokens = (): DomainError =>
  DomainError.invalid(
    'input',
    `The inputs have more than ${embeddingLimits.tokens.toLocaleString('en')} tokens together. Send them in parts.`,
  );

/**
 * Refuses too many tokens before they cost a forward pass, which would take half a minute of two cores. Tokens are
 * counted only where there may be too many: a token stands for a byte or more, but for two special ones a text.
 * @throws INVALID_INPUT if there are, or if the tokenizer refuses a text
 */
export async function assertFewTokens(
  inference: InferenceClient,
  request: EmbeddingsRequest,
  call: () => CallOptions,
): Promise<void> {
  const { texts, model } = request;
  const most = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
  if (most <= embeddingLimits.tokens) return;
  let tokens = 0;
  for (let at = 0; at < texts.length; at += chunkSize) {
    const answer = await inference
      .tokenize({ texts: texts.slice(at, at + chunkSize), model }, call())
      .catch((thrown) => {
        throw withPlace(thrown, request, at);
      });
    for (const { inputIds } of answer.encodings) tokens += inputIds.length;
    if (tokens > embeddingLimits.tokens) throw tooManyTokens();
  }
}

/** The tokenizer names a text by its place in the chunk. */
function withPlace(thrown: unknown, request: EmbeddingsRequest, first: number): unknown {
  if (!(thrown instanceof DomainError)) return thrown;
  const place = /^texts\.(\d+)$/.exec(thrown.details.field ?? '')?.[1];
  return place === undefined ? thrown : refusalOfText(request, first + Number(place), thrown);
}

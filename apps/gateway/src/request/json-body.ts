import { DomainError } from '@cairn/contracts';
import { BadRequestException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

const decoder = new TextDecoder('utf-8', { fatal: true });
const surrogate = /\p{Surrogate}/u;

/** Faults of a request body, told before GraphQL sees it. */
const refuse = (message: string) => new BadRequestException(message);

/**
 * JSON from the bytes of a body.
 * @throws BadRequestException for bytes that are not UTF-8 and text that is not JSON
 * @throws DomainError INVALID_INPUT for a string that holds half of a surrogate pair: no service could store or send it
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw refuse('The body is not valid UTF-8. Send JSON in UTF-8.');
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw refuse(`The body is not valid JSON: ${(error as Error).message}.`);
  }
  const path = illFormedText(body);
  if (path !== undefined) {
    const field = path.join('.');
    throw DomainError.invalid(field, `"${field}" holds half of a surrogate pair, which is no character.`);
  }
  return body;
}

/** Where a string with a lone surrogate lies, or undefined. */
export function illFormedText(value: unknown): string[] | undefined {
  if (typeof value === 'string') return surrogate.test(value) ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const path = illFormedText(child);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}

/** Makes JSON the only content type the gateway reads. */
export function readJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

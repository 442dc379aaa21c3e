import type { Command } from 'commander';
import { models, status } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeHead, type Head } from '../output/head.js';
import { plural } from '../output/table.js';

/** Counts of a knowledge base. */
export interface Status {
  readonly questions: number;
  readonly published: number;
  readonly answers: number;
  readonly topics: number;
  readonly labelled: number;
  readonly embedded: number;
  readonly classified: number;
  readonly unknown: number;
  readonly pendingSuggestions: number;
  readonly encoderId?: string | null;
  readonly database: string;
  readonly head?: Head | null;
}

interface Model {
  readonly id: string;
  readonly state: string;
  readonly device: string;
  readonly dimension: number;
  readonly error?: string | null;
}

export function addStatus(program: Command): void {
  apiCommand(program, 'status', 'Shows what is in the knowledge base, and which encoder and head are in use.', [
    'status',
    'status --json',
  ]).action(async (_options, command: Command) => {
    const { client, output } = invocationOf(command);
    const { status: counts } = await client.request<{ status: Status }>(status);
    const encoders = await client.request<{ models: Model[] }>(models).then(
      (answer) => answer.models,
      (error: Error) => error,
    );
    const json =
      encoders instanceof Error ? { ...counts, inference: encoders.message } : { ...counts, models: encoders };
    output.result(json, [...describeStatus(counts), ...describeEncoders(encoders)].join('\n'));
  });
}

/** The counts, a line each. */
export function describeStatus(counts: Status): string[] {
  return [
    `questions    ${counts.questions} (${counts.published} published, ${plural(counts.answers, 'answer')})`,
    `topics       ${counts.topics}, ${plural(counts.labelled, 'labelled question')}`,
    `embedded     ${counts.embedded}`,
    `classified   ${counts.classified}, ${counts.unknown} of them unknown`,
    `suggestions  ${counts.pendingSuggestions} pending`,
    `database     ${counts.database}`,
    ...(counts.head ? describeHead(counts.head) : ['head         none; train one with cairn train --promote']),
  ];
}

function describeEncoders(encoders: readonly Model[] | Error): string[] {
  if (encoders instanceof Error) return [`inference    ${encoders.message}`];
  return encoders.map(
    ({ id, state, device, dimension, error }) =>
      `encoder      ${id}: ${state.toLowerCase()} on ${device}, ${dimension} dimensions${error ? ` (${error})` : ''}`,
  );
}

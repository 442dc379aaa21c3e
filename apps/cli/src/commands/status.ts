import type { Command } from 'commander';
import type { Model } from '../graphql/models.js';
import { models, status } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeStatus, type Status } from '../output/status.js';

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

function describeEncoders(encoders: readonly Model[] | Error): string[] {
  if (encoders instanceof Error) return [`inference    ${encoders.message}`];
  return encoders.map(
    ({ id, task, state, device, dimension, error }) =>
      `${task === 'CLASSIFICATION' ? 'classifier' : 'encoder   '}   ${id}: ${state.toLowerCase()}${device ? ` on ${device}` : ''}, ${dimension} dimensions${error ? ` (${error})` : ''}`,
  );
}

import type { Command } from 'commander';
import { jobCommand, startAndFollow } from './run-job.js';

export function addEmbed(program: Command): void {
  jobCommand(
    program,
    'embed',
    'Makes embeddings for all questions, and passages of answers, that have none of the encoder in use.',
    ['embed', 'embed --no-wait --json'],
  ).action(async (_options, command: Command) => startAndFollow(command, 'startEmbedding'));
}

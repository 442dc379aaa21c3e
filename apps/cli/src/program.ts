import { ConfigurationError } from '@cairn/service-kit/environment';
import { Command, CommanderError } from 'commander';
import { addBackup } from './commands/backup.js';
import { addKeys } from './commands/keys.js';
import { addSpaces } from './commands/spaces.js';
import { addAudit } from './commands/audit.js';
import { addAsk, addSearch } from './commands/ask.js';
import { addClassify } from './commands/classify.js';
import { addCluster } from './commands/cluster.js';
import { addClusterings } from './commands/clusterings.js';
import { addAccept, addMerge, addReject } from './commands/decide.js';
import { addEmbed } from './commands/embed.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addFineTune, addPretrain } from './commands/fine-tune.js';
import { addJobs } from './commands/jobs.js';
import { addDemo, addStart } from './commands/start.js';
import { addModels } from './commands/models.js';
import { addStatus } from './commands/status.js';
import { addDeletion } from './commands/deletion.js';
import { addVersions } from './commands/versions.js';
import { addReview } from './commands/review.js';
import { addSuggestions } from './commands/suggestions.js';
import { addTopics } from './commands/topics.js';
import { addPromote, addTrain } from './commands/train.js';
import { addEvaluate, addPromotionRule, addPromotions, addRollback } from './commands/evaluate.js';
import { CommandFailure, exitCode, exitCodeHelp } from './exit-code.js';
import { addConnectionOptions } from './invocation.js';

/** The `cairn` command. */
export function createProgram(version: string): Command {
  const program = new Command('cairn')
    .description('Serves a question-and-answer knowledge base: classifies what it knows, discovers what it does not.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .addHelpText(
      'after',
      `
The loop:
  $ cairn start                          all services on this machine, with example content at first start
  $ cairn import questions.tsv           questions in
  $ cairn embed && cairn train --promote && cairn classify
  $ cairn cluster && cairn suggestions   what nobody has named yet
  $ cairn accept ID                      make it a topic, then train again
  $ cairn evaluate                       how good the head is, topic by topic; cairn rollback goes back to the last one
${exitCodeHelp}`,
    );
  addConnectionOptions(program);
  for (const add of [addStart, addDemo, addImport, addEmbed, addTrain, addFineTune, addPretrain, addPromote])
    add(program);
  for (const add of [addEvaluate, addRollback, addPromotions, addPromotionRule]) add(program);
  for (const add of [addClassify, addCluster, addClusterings]) add(program);
  for (const add of [addSuggestions, addAccept, addMerge, addReject]) add(program);
  for (const add of [addReview, addTopics, addVersions, addDeletion]) add(program);
  for (const add of [addAsk, addSearch, addJobs, addModels, addExport, addStatus]) add(program);
  for (const add of [addKeys, addSpaces, addAudit, addBackup]) add(program);
  return program;
}

/** What commander says of wrong usage, in one line. */
function oneLine(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ');
  return `cairn: ${message}${/[.)]$/.test(message) ? '' : '.'} See --help.\n`;
}

/** Runs one call of the command; what is expected to go wrong is told in one line on standard error. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? exitCode.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (error instanceof CommandFailure) {
      process.stderr.write(`cairn: ${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof ConfigurationError) {
      process.stderr.write(`cairn: ${error.message}\n`);
      return exitCode.usage;
    }
    process.stderr.write(`cairn: something went wrong that should not: ${(error as Error).stack}\n`);
    return exitCode.failed;
  }
}

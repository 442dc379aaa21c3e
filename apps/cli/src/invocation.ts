import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, CommandOptions } from 'commander';
import { readCliConfig } from './cli.config.js';
import { CommandFailure, exitCodeHelp } from './exit-code.js';
import { GraphqlClient } from './graphql/graphql-client.js';
import { createOutput, type Output } from './output/output.js';

/** What a command that talks to the gateway works with. */
export interface Invocation {
  readonly client: GraphqlClient;
  readonly output: Output;
}

interface ConnectionOptions {
  readonly url?: string;
  readonly key?: string;
  readonly space?: string;
  readonly json?: boolean;
}

/**
 * Adds a command that talks to the gateway, with the options all of them have.
 * @param usage name and arguments, "ask <text>"
 * @param examples lines for `--help`, without the leading "cairn"
 * @param settings for commander
 */
export function apiCommand(
  program: Command,
  usage: string,
  description: string,
  examples: readonly string[],
  settings?: CommandOptions,
): Command {
  return addConnectionOptions(program.command(usage, settings))
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ cairn ${line}`).join('\n')}\n${exitCodeHelp}`);
}

/** The options that every command has, and that may stand before its name too. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--json', 'print the result as JSON, and nothing else, on standard output')
    .option('--url <url>', 'address of the gateway (CAIRN_URL) [http://127.0.0.1:4000/graphql]')
    .option('--key <key>', 'API key (CAIRN_KEY); for a local stack, that in CAIRN_DATA/admin.key is taken')
    .option('--space <slug>', 'the space that is meant (CAIRN_SPACE) [that of the key, or "default"]');
}

/** What the options and the environment of one call come to. */
export function invocationOf(command: Command): Invocation {
  const options = command.optsWithGlobals<ConnectionOptions>();
  const config = readCliConfig();
  const url = options.url ?? config.CAIRN_URL;
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
    throw CommandFailure.usage(`--url "${url}" is no address; it looks like http://127.0.0.1:4000/graphql.`);
  const key = options.key ?? config.CAIRN_KEY ?? localKey(url, config.CAIRN_DATA);
  return {
    client: new GraphqlClient(url, key, options.space ?? config.CAIRN_SPACE),
    output: createOutput(options.json ?? false),
  };
}

/** The admin key of a local stack; it is offered to programs on this machine only. */
function localKey(url: string, dataFolder: string): string | undefined {
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)) return undefined;
  try {
    return readFileSync(join(dataFolder, 'admin.key'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

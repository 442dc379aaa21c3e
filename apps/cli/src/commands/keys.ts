import { InvalidArgumentError, Option, type Command } from 'commander';
import { exitCodeHelp } from '../exit-code.js';
import { listNodes } from '../graphql/connection.js';
import type { UserError } from '../graphql/graphql-client.js';
import { apiKeys, createApiKey, revokeApiKey } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable } from '../output/table.js';
import { collect } from './option-values.js';

interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly prefix: string;
  readonly everySpace: boolean;
  readonly createdAt: string;
  readonly expiresAt?: string | null;
  readonly lastUsedAt?: string | null;
  readonly revokedAt?: string | null;
}

interface NewKeyOptions {
  readonly role: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
  readonly everySpace?: boolean;
}

const scopes = ['read', 'ask', 'encode', 'write', 'manage', 'access'];

/** "90d", "12h" or a date, as the moment it stands for. */
function expiry(text: string): string {
  const span = /^(\d{1,6})([dh])$/.exec(text);
  const ms = span ? Number(span[1]) * (span[2] === 'd' ? 86_400_000 : 3_600_000) + Date.now() : Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Say when: 90d, 12h, or a date as 2030-01-31.');
  return new Date(ms).toISOString();
}

function oneScope(value: string, previous: readonly string[] = []): string[] {
  if (!scopes.includes(value)) throw new InvalidArgumentError(`Scopes are ${scopes.join(', ')}.`);
  return collect(value, previous);
}

export function addKeys(program: Command): void {
  const group = program
    .command('keys')
    .description('Makes, lists and revokes API keys.')
    .addHelpText('after', `\nExamples:\n  $ cairn keys create website --role reader\n  $ cairn keys\n${exitCodeHelp}`);
  apiCommand(group, 'list', 'Lists the keys of the space, the newest first.', ['keys', 'keys list --json'], {
    isDefault: true,
  }).action(list);
  apiCommand(group, 'create <name>', 'Makes a key and prints it; it is shown this once.', [
    'keys create website --role reader --scope read --scope ask',
    'keys create nightly --role admin --expires 90d',
  ])
    .addOption(new Option('--role <role>', 'what it may do').choices(['reader', 'editor', 'admin']).default('reader'))
    .option('--scope <scope>', `what it is limited to, may be repeated: ${scopes.join(', ')}`, oneScope)
    .option('--expires <when>', 'when it stops working: 90d, 12h, or a date', expiry)
    .option('--every-space', 'for every space of the installation')
    .action(create);
  apiCommand(group, 'revoke <id>', 'Revokes a key.', ['keys revoke 5d0c...']).action(
    async (id: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      const { apiKey } = await client.mutate<{ apiKey: ApiKey; userErrors: UserError[] }>(
        revokeApiKey,
        'revokeApiKey',
        {
          id,
        },
      );
      output.result(apiKey, `The key "${apiKey.name}" (${apiKey.prefix}...) is revoked; within 30 s nobody takes it.`);
    },
  );
}

async function create(name: string, options: NewKeyOptions, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const { role, scope, expires, everySpace } = options;
  const input = {
    name,
    role: role.toUpperCase(),
    scopes: scope?.map((one) => one.toUpperCase()),
    expiresAt: expires,
    everySpace: everySpace ?? false,
  };
  const { apiKey, secret } = await client.mutate<{ apiKey: ApiKey; secret: string; userErrors: UserError[] }>(
    createApiKey,
    'createApiKey',
    { input },
  );
  output.note('Keep this key: it is shown only now.');
  output.result({ ...apiKey, secret }, secret);
}

async function list(_options: object, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const keys = await listNodes<ApiKey>(client, apiKeys, 'apiKeys');
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.role.toLowerCase(),
    key.scopes.length === 0 ? 'all' : key.scopes.join(' ').toLowerCase(),
    `${key.prefix}...`,
    key.everySpace ? 'every' : 'this',
    stateOf(key),
    key.lastUsedAt ?? 'never',
  ]);
  const columns = ['id', 'name', 'role', 'scopes', 'key', 'space', 'state', 'last used'].map((column) => ({
    name: column,
  }));
  output.result(keys, rows.length === 0 ? 'There are no keys.' : formatTable(columns, rows));
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt) return 'revoked';
  if (!expiresAt) return 'valid';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : `until ${expiresAt.slice(0, 10)}`;
}

import type { Command } from 'commander';
import { exitCodeHelp } from '../exit-code.js';
import { listNodes } from '../graphql/connection.js';
import type { UserError } from '../graphql/graphql-client.js';
import { createSpace, spaces } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable } from '../output/table.js';

interface Space {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly anonymousReading: boolean;
}

export function addSpaces(program: Command): void {
  const group = program
    .command('spaces')
    .description('Lists and makes spaces: each keeps its content, vectors, jobs and keys to itself.')
    .addHelpText('after', `\nExamples:\n  $ cairn spaces\n  $ cairn status --space support\n${exitCodeHelp}`);
  apiCommand(group, 'list', 'Lists spaces, the newest first.', ['spaces', 'spaces --json'], {
    isDefault: true,
  }).action(async (_options, command: Command) => {
    const { client, output } = invocationOf(command);
    const found = await listNodes<Space>(client, spaces, 'spaces');
    const columns = [{ name: 'slug' }, { name: 'title' }, { name: 'read without a key' }];
    const rows = found.map(({ slug, title, anonymousReading }) => [slug, title, anonymousReading ? 'yes' : 'no']);
    output.result(found, formatTable(columns, rows));
  });
  apiCommand(group, 'create <slug>', 'Makes a space. For admins of every space.', [
    'spaces create support --title "Customer support"',
    'spaces create docs --open',
  ])
    .option('--title <title>', 'name for people [the slug]')
    .option('--open', 'callers without a key may read what is published')
    .action(async (slug: string, { title, open }: { title?: string; open?: boolean }, command: Command) => {
      const { client, output } = invocationOf(command);
      const input = { slug, title: title ?? slug, anonymousReading: open ?? false };
      const { space } = await client.mutate<{ space: Space; userErrors: UserError[] }>(createSpace, 'createSpace', {
        input,
      });
      output.result(
        space,
        `The space "${space.slug}" is there. Make a key for it: cairn keys create NAME --space ${slug}`,
      );
    });
}

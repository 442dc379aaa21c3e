import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { listModels, loadModel, setModelAlias, unloadModel, type LoadRequest } from '../graphql/models.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeModels } from '../output/models.js';
import { addQuantize } from './quantize.js';

interface LoadOptions {
  readonly revision?: string;
  readonly hash?: string;
  readonly device?: string;
}

export function addModels(program: Command): void {
  const group = program
    .command('models')
    .description('Lists models; loads, unloads, names or quantizes one.')
    .addHelpText(
      'after',
      `\nExamples:\n  $ cairn models\n  $ cairn models load ./my-encoder\n  $ cairn models quantize my-encoder\n${exitCodeHelp}`,
    );
  apiCommand(group, 'list', 'Lists the models in the model store, loaded or not.', ['models', 'models list --json'], {
    isDefault: true,
  }).action(async (_options, command: Command) => {
    const { client, output } = invocationOf(command);
    const models = await listModels(client);
    output.result(models, describeModels(models));
  });
  addLoad(group);
  apiCommand(group, 'unload <model>', 'Frees the memory of a model once the requests in work are done.', [
    'models unload my-encoder',
  ]).action(async (id: string, _options, command: Command) => {
    const { client, output } = invocationOf(command);
    const model = await unloadModel(client, id);
    output.result(model, `${model.id} is unloaded.`);
  });
  addAlias(group);
  addQuantize(group);
}

function addLoad(group: Command): void {
  apiCommand(
    group,
    'load <source>',
    'Loads a model: an id in the model store, a folder in the Hugging Face layout that the service can read, or a hub ' +
      'id. If the files of a loaded one have changed, the new content takes its place without one failed request.',
    [
      'models load my-encoder-int8',
      'models load ./my-encoder --device cpu',
      'models load owner/name --revision 1f6b... --hash 9c0e...',
    ],
  )
    .option('--revision <commit>', 'commit on the hub; required for hub ids')
    .option('--hash <sha256>', 'hash the content must have; checked before anything is loaded')
    .addOption(
      new Option('--device <device>', 'where it shall run; as configured if not given').choices([
        'auto',
        'cpu',
        'cuda',
        'webgpu',
      ]),
    )
    .action(async (source: string, { revision, hash, device }: LoadOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      // "./name" is seen from here, not from where the service was started.
      const named = source.startsWith('.') ? resolve(source) : source;
      const request: LoadRequest = { source: named, revision, contentHash: hash, device };
      const model = await loadModel(client, request);
      output.result(model, describeModels([model]));
    });
}

function addAlias(group: Command): void {
  apiCommand(
    group,
    'alias <name> [model]',
    'Gives a loaded model another name. A name that is there moves, and requests in work end on the old model.',
    [
      'models alias fast my-encoder-int8',
      'models alias text-embedding-3-small my-encoder',
      'models alias fast --remove',
    ],
  )
    .option('--remove', 'take the name away')
    .action(async (name: string, id: string | undefined, options: { remove?: boolean }, command: Command) => {
      if ((id === undefined) !== (options.remove ?? false))
        throw CommandFailure.usage('Name the model the alias stands for, or say --remove.');
      const { client, output } = invocationOf(command);
      const model = await setModelAlias(client, name, id);
      output.result(
        { alias: name, model: model ?? null },
        model === undefined ? `${name} stands for no model any more.` : `${name} stands for ${model.id} now.`,
      );
    });
}

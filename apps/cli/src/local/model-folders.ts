import { join, resolve } from 'node:path';

/** Where the models of a local stack lie. */
export interface ModelFolders {
  /** Writable: heads, and encoders that were fetched or quantized. */
  readonly store: string;
  /** Those that come with the installation. */
  readonly bundled: string;
}

/**
 * @param root installation
 * @param environment what the services inherit
 */
export function modelFolders(root: string, dataFolder: string, environment: NodeJS.ProcessEnv): ModelFolders {
  return {
    store: resolve(environment.MODEL_STORE || join(dataFolder, 'models')),
    bundled: resolve(environment.BUNDLED_MODELS || join(root, 'models')),
  };
}

import { CommandFailure, exitCode } from '../exit-code.js';
import type { GraphqlClient, UserError } from './graphql-client.js';
import * as operations from './operations.js';

/** A model in the model store. */
export interface Model {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly state: 'AVAILABLE' | 'LOADING' | 'READY' | 'FAILED';
  readonly isDefault: boolean;
  readonly task: 'EMBEDDING' | 'CLASSIFICATION';
  readonly classes: readonly string[];
  readonly dimension: number;
  readonly precision?: string | null;
  readonly device?: string | null;
  readonly deviceReason?: string | null;
  readonly sessions?: number | null;
  readonly threads?: number | null;
  readonly sessionsReason?: string | null;
  readonly memoryBytes?: number | null;
  readonly graph?: string | null;
  readonly error?: string | null;
}

/** What to load, from where, and how. */
export interface LoadRequest {
  readonly source: string;
  readonly revision?: string;
  readonly contentHash?: string;
  readonly device?: string;
}

/** A model may have to come from a hub. Node's own client waits five minutes for the first byte, and no longer. */
const loadTimeoutMs = 290_000;

interface ModelPayload {
  readonly model?: Model | null;
  readonly userErrors: readonly UserError[];
}

export async function listModels(client: GraphqlClient): Promise<readonly Model[]> {
  return (await client.request<{ models: readonly Model[] }>(operations.models)).models;
}

/** @throws CommandFailure if it cannot be loaded, or is still being loaded when nobody can wait any longer */
export async function loadModel(client: GraphqlClient, request: LoadRequest): Promise<Model> {
  try {
    const loaded = await client.mutate<ModelPayload>(operations.loadModel, 'loadModel', { ...request }, loadTimeoutMs);
    return loaded.model!;
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.details.code !== 'DEADLINE_EXCEEDED') throw error;
    throw new CommandFailure(
      exitCode.unreachable,
      `"${request.source}" was not loaded in time; the service may still be at it. See cairn models.`,
      error.details,
    );
  }
}

export async function unloadModel(client: GraphqlClient, id: string): Promise<Model> {
  return (await client.mutate<ModelPayload>(operations.unloadModel, 'unloadModel', { id })).model!;
}

/**
 * Gives `model` the name `alias` too; without `model`, takes the name away.
 * @returns the model the alias stands for now
 */
export async function setModelAlias(client: GraphqlClient, alias: string, model?: string): Promise<Model | undefined> {
  const payload = await client.mutate<ModelPayload>(operations.setModelAlias, 'setModelAlias', { alias, model });
  return payload.model ?? undefined;
}

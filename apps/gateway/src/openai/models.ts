import { DomainError, inferenceV1 } from '@cairn/contracts';

/** A model as OpenAI describes one. */
export interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since the epoch; 0, because nobody has written down when a model was made. */
  readonly created: number;
  readonly owned_by: string;
  /** The model that answers; differs from `id` for an alias. */
  readonly root: string;
}

const listed = (id: string, root: string): ListedModel => ({
  id,
  object: 'model',
  created: 0,
  owned_by: 'cairn',
  root,
});

const canEmbed = ({ state, task }: inferenceV1.Model): boolean =>
  state === inferenceV1.ModelState.MODEL_STATE_READY && task !== 'classification';

/** What `model` of a request may be: the loaded encoders, and their aliases. */
export function listModels(models: readonly inferenceV1.Model[]): { object: 'list'; data: ListedModel[] } {
  const data = models.filter(canEmbed).flatMap(({ id, aliases }) => [id, ...aliases].map((name) => listed(name, id)));
  return { object: 'list', data };
}

/**
 * One of them.
 * @throws NOT_FOUND if it cannot embed
 */
export function describeModel(name: string, model: inferenceV1.Model): ListedModel {
  if (!canEmbed(model)) throw new DomainError('NOT_FOUND', `The model "${name}" is not ready to embed texts.`);
  return listed(name, model.id);
}

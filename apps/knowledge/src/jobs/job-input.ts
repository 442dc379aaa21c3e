import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { checkClustering } from '../suggestions/clustering-input.js';
import { jobKinds, type JobInputs, type JobKind } from './job-record.js';

export interface JobOrder {
  readonly kind: JobKind;
  readonly input: JobInputs[JobKind];
}

/**
 * What a request asks for, checked: a job that cannot succeed as it was asked for is refused before it waits.
 * @throws INVALID_INPUT naming the field
 */
export function orderOfRequest(request: knowledgeV1.StartJobRequest): JobOrder {
  const kind = jobKinds.find((candidate) => request[candidate] != null);
  if (kind === undefined) throw DomainError.invalid('input', `Say which job to start: ${jobKinds.join(', ')}.`);
  switch (kind) {
    case 'embed':
      return { kind, input: {} };
    case 'classify':
      return { kind, input: { again: request.classify?.again ?? false } };
    case 'cluster':
      return { kind, input: { parameters: checkClustering(request.cluster?.parameters) } };
    case 'train':
      return { kind, input: checkTraining(request.train) };
    case 'fineTune':
      return { kind, input: checkFineTuning(request.fineTune) };
    case 'evaluate':
      return { kind, input: checkEvaluation(request.evaluate) };
  }
}

function checkTraining(given: knowledgeV1.TrainInput | undefined): knowledgeV1.TrainInput {
  const { l2, classWeights, heldOut, maxIterations, seed, promoteIfBetter = false } = given ?? {};
  if (l2 != null && !(l2 >= 0)) throw DomainError.invalid('l2', `l2 must not be negative; got ${l2}.`);
  if (heldOut != null && !(heldOut > 0 && heldOut < 1))
    throw DomainError.invalid('heldOut', `heldOut is a share between 0 and 1, for example 0.2; got ${heldOut}.`);
  atLeast('maxIterations', maxIterations, 1);
  return defined({ l2, classWeights, heldOut, maxIterations, seed, promoteIfBetter });
}

function checkEvaluation(given: knowledgeV1.EvaluateInput | undefined): knowledgeV1.EvaluateInput {
  const { headId = '', againstHeadId = '' } = given ?? {};
  if (headId !== '' && headId === againstHeadId)
    throw DomainError.invalid('againstHeadId', 'A head is compared with another one, not with itself.');
  return { headId, againstHeadId };
}

const objectives = ['classes', 'contrastive', 'masked', 'views', 'clusters'];
const trainedParts = ['all', 'last', 'lora', 'head'];

function checkFineTuning(given: knowledgeV1.FineTuneInput | undefined): knowledgeV1.FineTuneInput {
  const { objective = '', scope = '', output = '', promoteIfBetter = false } = given ?? {};
  const { lastLayers, loraRank, epochs, batchSize, patience, seed } = given ?? {};
  const { learningRate, dropout, labelSmoothing, heldOut, contrast, temperature, erase } = given ?? {};
  const {
    model = '',
    accumulate,
    maxTokens,
    warmUp,
    maxNorm,
    weightDecay,
    classWeights,
    clusters,
    neighbours,
  } = given ?? {};
  oneOf('objective', objective, objectives);
  oneOf('scope', scope, trainedParts);
  if (output !== '' && !/^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/.test(output))
    throw DomainError.invalid(
      'output',
      `An encoder's id is made of letters, digits, ".", "_" and "-"; got "${output}".`,
    );
  atLeast('lastLayers', lastLayers, 1);
  atLeast('loraRank', loraRank, 1);
  atLeast('epochs', epochs, 1);
  atLeast('batchSize', batchSize, 1);
  atLeast('patience', patience, 0);
  atLeast('accumulate', accumulate, 1);
  atLeast('maxTokens', maxTokens, 3);
  atLeast('clusters', clusters, 2);
  atLeast('neighbours', neighbours, 0);
  if (objective === 'clusters' && clusters == null)
    throw DomainError.invalid(
      'clusters',
      'Say how many clusters there are, topics with labels among them; a clustering of all questions finds a number.',
    );
  atLeast('weightDecay', weightDecay, 0);
  if (maxNorm != null && !(maxNorm > 0))
    throw DomainError.invalid('maxNorm', `maxNorm is above 0, for example 1; got ${maxNorm}.`);
  if (learningRate != null && !(learningRate > 0 && learningRate <= 1))
    throw DomainError.invalid('learningRate', `learningRate is above 0, for example 0.0001; got ${learningRate}.`);
  for (const [field, value, least] of [
    ['contrast', contrast, 0] as const,
    ['temperature', temperature, 0.001] as const,
  ])
    if (value != null && !(value >= least && value <= 100))
      throw DomainError.invalid(field, `${field} is a number from ${least} to 100; got ${value}.`);
  for (const [field, share] of Object.entries({ dropout, labelSmoothing, heldOut, warmUp, erase }))
    if (share != null && !(share >= 0 && share <= 0.9))
      throw DomainError.invalid(field, `${field} is a share from 0 to 0.9; got ${share}.`);
  return {
    ...defined({
      lastLayers,
      loraRank,
      epochs,
      batchSize,
      learningRate,
      dropout,
      labelSmoothing,
      heldOut,
      patience,
      seed,
      ...{ accumulate, maxTokens, warmUp, maxNorm, weightDecay, classWeights, contrast, temperature, erase, clusters },
      neighbours,
    }),
    ...{ objective, scope, output, promoteIfBetter, model },
  };
}

function oneOf(field: string, given: string, known: readonly string[]): void {
  if (given !== '' && !known.includes(given))
    throw DomainError.invalid(field, `There is no ${field} "${given}"; choose one of ${known.join(', ')}.`);
}

function atLeast(field: string, value: number | undefined, least: number): void {
  if (value != null && !(value >= least))
    throw DomainError.invalid(field, `${field} must be at least ${least}; got ${value}.`);
}

/** Without absent fields: what is stored is what was asked. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as T;
}

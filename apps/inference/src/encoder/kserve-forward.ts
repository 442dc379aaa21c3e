import type { kserveV2 } from '@cairn/contracts';
import type { PaddedBatch } from '../batching/collate.js';
import { Refusal } from '../threads/refusal.js';
import { Unavailable } from '../threads/unavailable.js';
import type { Forward } from './forward.js';
import { KserveConnection, KserveFailure, type KserveAddress } from './kserve-connection.js';
import { floatBytes, int64Bytes, readFloats } from './kserve-tensors.js';

/** Forward passes by a model server that speaks KServe v2, Triton for example. */
export interface KserveBackend extends KserveAddress {
  readonly type: 'kserve';
  /** Version of the model; absent: the newest when the backend is opened, and only that one from then on. */
  readonly version?: string;
}

/** What the deployed graph calls the hidden states. */
export interface KserveOutputs {
  /** Layers of the encoder. */
  readonly layers: number;
  /** Output of the last layer; default `last_hidden_state`. */
  readonly last?: string;
  /** Outputs of layer 0 (the embeddings) to the last, before their number; default `hidden_state_`. */
  readonly hiddenPrefix?: string;
}

export interface KserveForward {
  readonly forward: Forward;
  /** Version of the model that runs; empty if the server has no versions. */
  readonly version: string;
  /** Layers whose hidden states the deployed graph gives. */
  readonly layers: readonly number[];
  close(): void;
}

const required = ['input_ids', 'attention_mask'];
const optional = ['token_type_ids'];

/**
 * Connects to a model server and makes sure that its model is an encoder: inputs `input_ids` and `attention_mask`,
 * perhaps `token_type_ids`, INT64 `[batch, seq]`; outputs FP32 or FP16 `[batch, seq, hidden]`, the last layer's at least.
 * @throws Refusal for field "source" if the model is not there or not such an encoder
 * @throws Unavailable if the server does not answer
 */
export async function openKserve(
  backend: Omit<KserveBackend, 'type'> & { readonly outputs: KserveOutputs },
): Promise<KserveForward> {
  const { url, model, outputs } = backend;
  const connection = await KserveConnection.open(backend);
  try {
    await checkReady(connection, backend);
    const metadata = await connection.call('modelMetadata', { name: model, version: backend.version ?? '' });
    const refuse = (what: string) =>
      new Refusal('source', `The model "${model}" of the model server at ${url} ${what}`);
    const inputs = checkInputs(metadata.inputs, refuse);
    const outputOf = checkOutputs(metadata.outputs, outputs, refuse);
    const version = backend.version ?? newest(metadata.versions);
    const forward = makeForward(connection, model, version, inputs, outputOf);
    return { forward, version, layers: [...outputOf.keys()], close: () => connection.close() };
  } catch (error) {
    connection.close();
    if (error instanceof Unavailable && error.cause !== undefined)
      throw new Unavailable(
        `The model server at ${url} does not answer: ${(error.cause as Error).message}. Is it running, and is this its gRPC port?`,
      );
    if (error instanceof KserveFailure) throw new Refusal('source', `${error.message} (${url})`);
    throw error;
  }
}

async function checkReady(connection: KserveConnection, { url, model, version = '' }: Omit<KserveBackend, 'type'>) {
  const absent = (error: unknown) => {
    if (error instanceof KserveFailure && error.status === 'NOT_FOUND') return { ready: false };
    throw error;
  };
  // The model first: a Triton that failed to load some other model says of itself that it is not ready.
  if ((await connection.call('modelReady', { name: model, version }).catch(absent)).ready) return;
  if (!(await connection.call('serverReady', {})).ready)
    throw new Unavailable(`The model server at ${url} is not ready; it may still be loading its models.`);
  const which = version === '' ? `model "${model}"` : `version ${version} of a model "${model}"`;
  throw new Refusal(
    'source',
    `The model server at ${url} has no ${which} that is ready. Deploy it there, or say by KSERVE_MODEL what it is called.`,
  );
}

type TensorMetadata = kserveV2.ModelMetadataResponse_TensorMetadata;
type Refuse = (what: string) => Refusal;

/** @returns names of the inputs to give */
function checkInputs(inputs: readonly TensorMetadata[], refuse: Refuse): string[] {
  const names = inputs.map(({ name }) => name);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) throw refuse(`has no input ${missing.join(', ')}: it is not a text encoder.`);
  const foreign = names.filter((name) => !required.includes(name) && !optional.includes(name));
  if (foreign.length > 0) throw refuse(`wants the input ${foreign.join(', ')}, which Cairn does not give.`);
  for (const { name, datatype, shape } of inputs) {
    if (datatype !== 'INT64') throw refuse(`takes ${name} as ${datatype}; Cairn gives INT64.`);
    if (shape.length !== 2 || shape.some((size) => size !== -1))
      throw refuse(`takes ${name} of shape [${shape.join(', ')}]; it must take any batch and length, [-1, -1].`);
  }
  return names;
}

/** @returns for each layer that the graph gives, the name of its output */
function checkOutputs(outputs: readonly TensorMetadata[], wanted: KserveOutputs, refuse: Refuse): Map<number, string> {
  const { layers, last = 'last_hidden_state', hiddenPrefix = 'hidden_state_' } = wanted;
  const outputOf = new Map<number, string>();
  for (let layer = 0; layer <= layers; layer++) {
    const candidates = layer === layers ? [last, `${hiddenPrefix}${layer}`] : [`${hiddenPrefix}${layer}`];
    const found = candidates.flatMap((name) => outputs.find((output) => output.name === name) ?? [])[0];
    if (found === undefined) continue;
    const { name, datatype, shape } = found;
    if (floatBytes[datatype] === undefined) throw refuse(`gives ${name} as ${datatype}; Cairn takes FP32 and FP16.`);
    if (shape.length !== 3 || shape[0] !== -1 || shape[1] !== -1)
      throw refuse(`gives ${name} of shape [${shape.join(', ')}]; hidden states are [-1, -1, hidden].`);
    outputOf.set(layer, name);
  }
  if (!outputOf.has(layers))
    throw refuse(`has no output ${last}, only ${outputs.map(({ name }) => name).join(', ')}. Deploy the bare encoder.`);
  return outputOf;
}

/**
 * The version to stay with: if the server chose one call by call, a new deployment would change the vectors without
 * anybody noticing. Triton's versions are numbers, and the largest serves by default.
 */
function newest(versions: readonly string[]): string {
  if (versions.length === 0 || !versions.every((version) => /^\d+$/.test(version))) return '';
  return versions.reduce((best, version) => (Number(version) > Number(best) ? version : best));
}

function makeForward(
  connection: KserveConnection,
  model: string,
  version: string,
  inputs: readonly string[],
  outputOf: ReadonlyMap<number, string>,
): Forward {
  return async (padded, layers) => {
    const names = layers.map((layer) => {
      const name = outputOf.get(layer);
      if (name !== undefined) return name;
      throw new Refusal(
        'options.layers',
        `The model server has no hidden states of layer ${layer} of "${model}", only of ${[...outputOf.keys()].join(', ')}. Deploy a graph that gives them, or ask for another layer.`,
      );
    });
    const wanted = [...new Set(names)];
    const shape = [padded.batch, padded.seq];
    const values: Record<string, () => BigInt64Array> = {
      input_ids: () => padded.inputIds,
      attention_mask: () => padded.attentionMask,
      token_type_ids: () => new BigInt64Array(padded.batch * padded.seq),
    };
    const request = {
      modelName: model,
      modelVersion: version,
      inputs: inputs.map((name) => ({ name, datatype: 'INT64', shape })),
      outputs: wanted.map((name) => ({ name })),
      rawInputContents: inputs.map((name) => int64Bytes(values[name]())),
    };
    const response = await connection.call('modelInfer', request).catch((error: unknown) => {
      if (error instanceof KserveFailure && error.status === 'NOT_FOUND')
        throw new Unavailable(
          `The model server no longer has "${model}"${version && `, version ${version}`}; load the model again.`,
        );
      throw error;
    });
    const states = new Map(wanted.map((name) => [name, readOutput(response, name, padded)]));
    return names.map((name) => states.get(name) as Float32Array);
  };
}

/** @returns `[batch, seq, hidden]` */
function readOutput(response: kserveV2.ModelInferResponse, name: string, padded: PaddedBatch): Float32Array {
  const wrong = (what: string) => new Error(`The model server's answer cannot be used: ${what}.`);
  const index = response.outputs.findIndex((output) => output.name === name);
  if (index === -1) throw wrong(`it has no output ${name}`);
  const { datatype, shape } = response.outputs[index];
  const raw = response.rawOutputContents[index] as Uint8Array | undefined;
  if (raw === undefined) throw wrong(`${name} comes as a list of numbers, not as raw contents`);
  const bytes = floatBytes[datatype];
  if (bytes === undefined) throw wrong(`${name} is ${datatype}`);
  const [batch, seq, hidden] = shape;
  if (shape.length !== 3 || batch !== padded.batch || seq !== padded.seq)
    throw wrong(`${name} has the shape [${shape.join(', ')}] for a batch of [${padded.batch}, ${padded.seq}]`);
  if (raw.byteLength !== batch * seq * hidden * bytes)
    throw wrong(`${name} has ${raw.byteLength} bytes for ${datatype} [${shape.join(', ')}]`);
  return readFloats(raw, datatype);
}

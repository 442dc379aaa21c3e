/** The process behind KserveServer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Draft, kserveV2 } from '@cairn/contracts';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { join } from 'node:path';
import type { FromServer, KserveBehaviour, ServedModel, ToServer } from './kserve-server.js';

interface Loaded {
  readonly session: InferenceSession;
  readonly versions: readonly string[];
}

const datatypes: Record<string, string | undefined> = { int64: 'INT64', float32: 'FP32', float16: 'FP16' };

const models = new Map<string, Loaded>();
let behaviour: KserveBehaviour = {};
let failures = 0;
const counts = { infers: 0, mostAtOnce: 0, lastVersion: '', lastOutputs: [] as string[] };
let atOnce = 0;

const fail = (code: status, details: string) => Object.assign(new Error(details), { code, details });

async function load(served: readonly ServedModel[]): Promise<void> {
  const sessions = await Promise.all(
    served.map(({ file }) => InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 })),
  );
  models.clear();
  served.forEach(({ name, versions = ['1'] }, i) => models.set(name, { session: sessions[i], versions }));
}

/** @throws NOT_FOUND, as Triton does */
function find(name: string, version: string): Loaded {
  const model = models.get(name);
  if (model === undefined) throw fail(status.NOT_FOUND, `Request for unknown model: '${name}' is not found`);
  if (version !== '' && !model.versions.includes(version))
    throw fail(status.NOT_FOUND, `Request for unknown model: '${name}' version ${version} is not found`);
  return model;
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]) {
  return metadata.map((value) => {
    if (!value.isTensor) throw fail(status.INTERNAL, `${value.name} is not a tensor`);
    const shape = value.shape.map((size) => (typeof size === 'number' ? size : -1));
    return { name: value.name, datatype: datatypes[value.type] ?? value.type.toUpperCase(), shape };
  });
}

function modelReady({ name, version }: kserveV2.ModelReadyRequest): kserveV2.ModelReadyResponse {
  const model = models.get(name);
  return { ready: behaviour.ready !== false && model !== undefined && ['', ...model.versions].includes(version) };
}

function modelMetadata({ name, version }: kserveV2.ModelMetadataRequest): kserveV2.ModelMetadataResponse {
  const { session, versions } = find(name, version);
  return {
    name,
    versions: [...versions],
    platform: 'onnxruntime_onnx',
    inputs: describe(session.inputMetadata),
    outputs: describe(session.outputMetadata),
  };
}

async function modelInfer(request: kserveV2.ModelInferRequest): Promise<Draft<kserveV2.ModelInferResponse>> {
  const { modelName, modelVersion, inputs, outputs, rawInputContents } = request;
  counts.infers++;
  counts.mostAtOnce = Math.max(counts.mostAtOnce, ++atOnce);
  counts.lastVersion = modelVersion;
  counts.lastOutputs = outputs.map(({ name }) => name);
  try {
    if (behaviour.delayMs !== undefined) await sleep(behaviour.delayMs);
    if (behaviour.fail !== undefined && failures > 0) {
      failures--;
      throw fail(status[behaviour.fail.status as keyof typeof status], behaviour.fail.message);
    }
    const { session, versions } = find(modelName, modelVersion);
    const feeds = toFeeds(describe(session.inputMetadata), inputs, rawInputContents, modelName);
    const wanted = outputs.length > 0 ? outputs.map(({ name }) => name) : [...session.outputNames];
    for (const name of wanted)
      if (!session.outputNames.includes(name))
        throw fail(status.INVALID_ARGUMENT, `unexpected inference output '${name}' for model '${modelName}'`);
    const results = await session.run(feeds, wanted);
    return {
      modelName,
      modelVersion: modelVersion || versions[versions.length - 1],
      outputs: wanted.map((name) => {
        const { type, dims } = results[name];
        return { name, datatype: datatypes[type], shape: [...dims] };
      }),
      rawOutputContents: wanted.map((name) => {
        const { buffer, byteOffset, byteLength } = results[name].data as Float32Array;
        return Buffer.from(buffer, byteOffset, byteLength);
      }),
    };
  } finally {
    atOnce--;
  }
}

/** Checks the inputs as Triton does. */
function toFeeds(
  expected: ReturnType<typeof describe>,
  inputs: readonly kserveV2.ModelInferRequest_InferInputTensor[],
  contents: readonly Uint8Array[],
  model: string,
): Record<string, Tensor> {
  const refuse = (what: string) => fail(status.INVALID_ARGUMENT, `${what} for model '${model}'`);
  if (inputs.length !== expected.length)
    throw refuse(`expected ${expected.length} inputs but got ${inputs.length} inputs`);
  if (contents.length !== inputs.length) throw refuse('expected raw contents of each input');
  const feeds: Record<string, Tensor> = {};
  inputs.forEach(({ name, datatype, shape }, i) => {
    const known = expected.find((input) => input.name === name);
    if (known === undefined) throw refuse(`unexpected inference input '${name}'`);
    if (datatype !== known.datatype || datatype !== 'INT64')
      throw refuse(`inference input '${name}' data-type is '${datatype}', expected '${known.datatype}'`);
    const bytes = shape.reduce((product, size) => product * size, 8);
    if (contents[i].byteLength !== bytes)
      throw refuse(`input '${name}' has ${contents[i].byteLength} bytes, expected ${bytes}`);
    // A copy: the bytes of a message need not lie at a multiple of eight.
    feeds[name] = new Tensor('int64', new BigInt64Array(new Uint8Array(contents[i]).buffer), shape);
  });
  return feeds;
}

/** A function as a gRPC handler: what it returns or throws is the answer. */
function handler<Q, R>(answer: (request: Q) => R | Promise<R>) {
  return (call: ServerUnaryCall<Q, R>, callback: sendUnaryData<R>) =>
    void (async () => answer(call.request))().then(
      (response) => callback(null, response),
      (error: Error) => callback(Object.hasOwn(error, 'code') ? error : fail(status.INTERNAL, error.message)),
    );
}

const handlers: UntypedServiceImplementation = {
  serverLive: handler(() => ({ live: true })),
  serverReady: handler(() => ({ ready: behaviour.ready !== false })),
  serverMetadata: handler(() => ({ name: 'cairn stand-in', version: '2', extensions: [] })),
  modelReady: handler(modelReady),
  modelMetadata: handler(modelMetadata),
  modelInfer: handler(modelInfer),
};

async function start(port: number, served: readonly ServedModel[]): Promise<number> {
  await load(served);
  const definition = loadSync('kserve/v2/inference.proto', {
    longs: Number,
    defaults: true,
    arrays: true,
    // Built: dist/test/support.
    includeDirs: [join(__dirname, '../../../proto')],
  });
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(definition['inference.GRPCInferenceService'] as ServiceDefinition, handlers);
  return new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
}

const tell = (message: FromServer) => process.send?.(message);

process.on('message', (message: ToServer) => {
  void (async () => {
    if ('port' in message) return tell({ port: await start(message.port, message.models) });
    behaviour = { ...behaviour, ...message.behave };
    if (message.behave.fail !== undefined) failures = message.behave.fail.count;
    if (message.behave.models !== undefined) await load(message.behave.models);
    tell({ counts: { ...counts } });
  })();
});
// Ends with whoever started it.
process.on('disconnect', () => process.exit());

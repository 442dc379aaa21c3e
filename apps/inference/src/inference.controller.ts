import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { DomainError, fromVectors, type inferenceV1 } from '@cairn/contracts';
import { serveDuplex, type DuplexHandling, type Logger } from '@cairn/service-kit';
import type { Metadata, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { Classification } from './classification.js';
import { answerEvaluate } from './evaluation-call.js';
import { HeadEvaluation } from './evaluation.js';
import { answerFineTune, type ModelFolders } from './fine-tuning-call.js';
import { HeadStore, type StoredHead } from './heads/head-store.js';
import { checkParameters, trainInThread, TrainingExamples } from './heads/head-training.js';
import { loggerToken, modelFoldersToken } from './inference.tokens.js';
import { toClassifyResponse, toEmbedResponse, toHead, toModel, toOptions, toParameters } from './messages.js';
import { Encoders } from './model-store/encoders.js';
import { readLearnedTexts } from './model-store/learned-texts.js';
import type { KnownEncoder } from './model-store/known-encoder.js';
import { answerInOrder } from './ordered-answers.js';
import { Pipeline } from './pipeline.js';
import { admitText } from './tokenization/admissible-text.js';

const service = 'InferenceService';

/** Texts of one Embed, Classify or Tokenize call; more go through the streams. */
const maxTexts = 1024;
/** Messages of one stream in work at once. */
const streamWindow = 8;

type UnaryCall = ServerUnaryCall<unknown, unknown>;

/** inference.v1.InferenceService: messages in, messages out. */
@Controller()
export class InferenceController {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly classification: Classification,
    readonly encoders: Encoders,
    readonly heads: HeadStore,
    @Inject(loggerToken) private readonly logger: Logger,
    @Inject(modelFoldersToken) readonly folders: ModelFolders,
  ) {}

  @GrpcMethod(service)
  async embed(
    { texts, options }: inferenceV1.EmbedRequest,
    _metadata: Metadata,
    call: UnaryCall,
  ): Promise<inferenceV1.EmbedResponse> {
    limitTexts(texts, 'EmbedStream');
    return toEmbedResponse(await this.pipeline.embed(texts, toOptions(options, false, signalOf(call))));
  }

  @GrpcStreamCall(service)
  embedStream(call: ServerDuplexStream<inferenceV1.EmbedRequest, inferenceV1.EmbedResponse>): Promise<void> {
    return serveDuplex(call, this.logger, ({ requests, send, signal }) =>
      answerInOrder(
        requests,
        streamWindow,
        async ({ texts, options }) =>
          toEmbedResponse(await this.pipeline.embed(texts, toOptions(options, true, signal))),
        send,
      ),
    );
  }

  @GrpcMethod(service)
  async classify(
    request: inferenceV1.ClassifyRequest,
    _metadata: Metadata,
    call: UnaryCall,
  ): Promise<inferenceV1.ClassifyResponse> {
    limitTexts(request.texts, 'ClassifyStream');
    return this.answerClassify(request, false, signalOf(call));
  }

  @GrpcStreamCall(service)
  classifyStream(call: ServerDuplexStream<inferenceV1.ClassifyRequest, inferenceV1.ClassifyResponse>): Promise<void> {
    return serveDuplex(call, this.logger, ({ requests, send, signal }) =>
      answerInOrder(requests, streamWindow, (request) => this.answerClassify(request, true, signal), send),
    );
  }

  @GrpcMethod(service)
  async tokenize(
    { texts, model }: inferenceV1.TokenizeRequest,
    _metadata: Metadata,
    call: UnaryCall,
  ): Promise<inferenceV1.TokenizeResponse> {
    limitTexts(texts, 'several calls');
    const admitted = texts.map((text, index) => {
      const outcome = admitText(text);
      if ('fault' in outcome) throw DomainError.invalid(`texts.${index}`, outcome.fault);
      return outcome.text;
    });
    const encoder = this.encoders.ready(model);
    return { encodings: await encoder.use(() => encoder.tokenizer.encodings(admitted, signalOf(call))) };
  }

  @GrpcMethod(service)
  async listModels(): Promise<inferenceV1.ListModelsResponse> {
    return { models: (await this.encoders.list()).map((known) => this.toModel(known)) };
  }

  @GrpcMethod(service)
  async getModel({ id }: inferenceV1.GetModelRequest): Promise<inferenceV1.Model> {
    return this.toModel(await this.encoders.get(id));
  }

  @GrpcMethod(service)
  async loadModel({ source, ...options }: inferenceV1.LoadModelRequest): Promise<inferenceV1.Model> {
    return this.toModel(await this.encoders.load(source, options));
  }

  @GrpcMethod(service)
  async unloadModel({ id }: inferenceV1.UnloadModelRequest): Promise<inferenceV1.Model> {
    return this.toModel(await this.encoders.unload(id));
  }

  @GrpcMethod(service)
  async setModelAlias({ alias, model }: inferenceV1.SetModelAliasRequest): Promise<inferenceV1.SetModelAliasResponse> {
    const known = await this.encoders.setAlias(alias, model);
    return { model: known && this.toModel(known) };
  }

  @GrpcStreamCall(service)
  trainHead(call: ServerDuplexStream<inferenceV1.TrainHeadRequest, inferenceV1.TrainHeadResponse>): Promise<void> {
    return serveDuplex(call, this.logger, (handling) => this.train(handling));
  }

  @GrpcStreamCall(service)
  fineTune(call: ServerDuplexStream<inferenceV1.FineTuneRequest, inferenceV1.FineTuneResponse>): Promise<void> {
    return serveDuplex(call, this.logger, (handling) =>
      answerFineTune(handling, this, {
        model: async (id) => this.toModel(await this.encoders.get(id)),
        head: (head) => this.describe(head),
      }),
    );
  }

  @GrpcStreamCall(service)
  evaluate(call: ServerDuplexStream<inferenceV1.EvaluateRequest, inferenceV1.EvaluateResponse>): Promise<void> {
    return serveDuplex(call, this.logger, (handling) =>
      answerEvaluate(handling, new HeadEvaluation(this.heads, this.encoders, this.classification)),
    );
  }

  @GrpcMethod(service)
  async listHeads(): Promise<inferenceV1.ListHeadsResponse> {
    const stored = await this.heads.list();
    return { heads: await Promise.all(stored.map((head) => this.describe(head))) };
  }

  @GrpcMethod(service)
  async getHead({ id }: inferenceV1.GetHeadRequest): Promise<inferenceV1.Head> {
    return this.describe(await this.heads.get(id));
  }

  @GrpcMethod(service)
  async promoteHead({ id }: inferenceV1.PromoteHeadRequest): Promise<inferenceV1.Head> {
    return this.describe(await this.heads.promote(id));
  }

  private async answerClassify(
    { texts, vectors, options, headId, topK, includeVectors }: inferenceV1.ClassifyRequest,
    waits: boolean,
    signal: AbortSignal,
  ): Promise<inferenceV1.ClassifyResponse> {
    const encoding = toOptions(options, waits, signal);
    if (vectors == null || vectors.count === 0)
      return toClassifyResponse(await this.classification.ofTexts(texts, headId, topK, encoding), includeVectors);
    if (texts.length > 0) throw DomainError.invalid('texts', 'Give texts or vectors, not both.');
    const values = fromVectors(vectors);
    return toClassifyResponse(
      await this.classification.ofVectors(values, vectors.provenance ?? undefined, headId, topK, encoding),
      false,
    );
  }

  private async train(
    handling: DuplexHandling<inferenceV1.TrainHeadRequest, inferenceV1.TrainHeadResponse>,
  ): Promise<void> {
    const { requests, send, signal } = handling;
    let start: inferenceV1.TrainHeadStart | undefined;
    let collected: TrainingExamples | undefined;
    for await (const message of requests) {
      if (message.start != null) {
        if (start !== undefined) throw DomainError.invalid('start', 'A training starts once.');
        if (message.start.provenance == null)
          throw DomainError.invalid('provenance', 'Say where the vectors come from: a head knows its encoder.');
        start = message.start;
        checkParameters(toParameters(start.parameters));
        collected = new TrainingExamples(start.classes, message.start.provenance.dimension);
      } else if (message.examples?.vectors != null) {
        if (collected === undefined) throw DomainError.invalid('start', 'Send `start` before any examples.');
        const { vectors, classIndex, textKey } = message.examples;
        collected.add(fromVectors(vectors, 'examples'), vectors.dimension, classIndex, textKey);
      }
    }
    if (start?.provenance == null || collected === undefined)
      throw DomainError.invalid('start', 'Send `start` before any examples.');
    const parameters = toParameters(start.parameters);
    // Progress is dropped, not queued, while the client reads slowly.
    let sending: Promise<void> | undefined;
    const report = (progress: inferenceV1.TrainHeadProgress) => {
      sending ??= send({ progress })
        .catch(() => {})
        .finally(() => (sending = undefined));
    };
    const known = await this.encoders.get(start.provenance.encoderId).catch(() => undefined);
    const learned = known && (await readLearnedTexts(known.path));
    const trained = await trainInThread(collected.toSet(learned), parameters, report, signal);
    const stored = await this.heads.put(trained, start.provenance, parameters, start.parentHeadId);
    await sending;
    await send({ head: await this.describe(stored) });
  }

  private toModel(known: KnownEncoder): inferenceV1.Model {
    return toModel(known, this.encoders.defaultId, this.encoders.aliasesOf(known.id));
  }

  private async describe(stored: StoredHead): Promise<inferenceV1.Head> {
    return toHead(stored, await this.heads.isInUse(stored));
  }
}

function limitTexts(texts: readonly string[], instead: string): void {
  if (texts.length > maxTexts)
    throw DomainError.invalid('texts', `There are ${texts.length} texts; at most ${maxTexts} a call. Use ${instead}.`);
}

/** Aborted when the client cancels, disconnects or runs out of time. */
function signalOf(call: UnaryCall): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new DomainError('CANCELLED', 'The call was cancelled.'));
  if (call.cancelled) abort();
  else call.once('cancelled', abort);
  return controller.signal;
}

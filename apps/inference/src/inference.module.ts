import { join } from 'node:path';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import { Admission } from './batching/admission.js';
import { Classification } from './classification.js';
import type { EncoderResources } from './encoder/encoder.js';
import { HeadStore } from './heads/head-store.js';
import type { InferenceConfig } from './inference.config.js';
import { InferenceController } from './inference.controller.js';
import type { ModelFolders } from './fine-tuning-call.js';
import { loggerToken, modelFoldersToken } from './inference.tokens.js';
import { engineState } from './metrics/engine-state.js';
import type { EngineObserver } from './metrics/observer.js';
import type { OpenMetrics } from './metrics/open-metrics.js';
import { Aliases } from './model-store/aliases.js';
import { Encoders } from './model-store/encoders.js';
import { EngineGraphs } from './model-store/engine-graph.js';
import { defaultMemoryLimit, MemoryBudget } from './model-store/memory-budget.js';
import { ModelStore } from './model-store/model-store.js';
import { Pipeline } from './pipeline.js';

/** The parts of the service, put together once; the maths below knows nothing of Nest. */
@Module({})
export class InferenceModule implements OnApplicationShutdown {
  constructor(private readonly encoders: Encoders) {}

  static with(config: InferenceConfig, logger: Logger, metrics: OpenMetrics): DynamicModule {
    const { bundledModels, modelStore, hubUrl, hubOffline, defaultEncoder, kserve } = config;
    const { sessions, threads, tokenBudget, device, queueLimit } = config;
    const store = new ModelStore({ bundled: bundledModels, writable: modelStore, hubUrl, hubOffline });
    const aliases = new Aliases(join(modelStore, 'aliases'), (error) =>
      logger.error({ err: error }, 'aliases of models cannot be read'),
    );
    const memory = new MemoryBudget(config.modelMemoryLimit ?? defaultMemoryLimit());
    const observer = loudly(metrics.observer, logger);
    const onCrash = (error: Error) => logger.error({ err: error }, 'a worker thread died and is started again');
    const resources: EncoderResources = {
      sessions,
      threads,
      tokenBudget,
      device,
      kserve: kserve && ((model) => ({ ...kserve, model: (model === defaultEncoder && kserve.model) || model })),
      graphs: EngineGraphs.in(join(modelStore, '.engine')),
      observer,
      onCrash,
    };
    const encoders = new Encoders({ store, aliases, memory, defaultId: defaultEncoder, resources, logger });
    const heads = new HeadStore(join(modelStore, 'heads'));
    const admission = new Admission(queueLimit);
    const pipeline = new Pipeline(encoders, admission, observer);
    metrics.bindGauges(engineState(encoders, admission, queueLimit));
    return {
      module: InferenceModule,
      controllers: [InferenceController],
      providers: [
        { provide: Encoders, useValue: encoders },
        { provide: HeadStore, useValue: heads },
        { provide: Pipeline, useValue: pipeline },
        { provide: Classification, useValue: new Classification(encoders, heads, pipeline) },
        { provide: loggerToken, useValue: logger },
        {
          provide: modelFoldersToken,
          useValue: { store: modelStore, bundled: bundledModels, device } satisfies ModelFolders,
        },
      ],
    };
  }

  /** The server has stopped taking requests and the last ones are answered: the threads can go. */
  async onApplicationShutdown(): Promise<void> {
    await this.encoders.close();
  }
}

/** A device that failed costs speed from then on: somebody should look. */
function loudly(observer: EngineObserver, logger: Logger): EngineObserver {
  const told = Object.create(observer) as EngineObserver;
  told.fellBack = (model, from, to, reason) => {
    logger.error({ model, from, to, reason }, 'a device failed; the encoder goes on elsewhere, slower');
    observer.fellBack(model, from, to, reason);
  };
  return told;
}

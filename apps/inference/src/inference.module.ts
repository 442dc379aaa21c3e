import { join } from 'node:path';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import { Admission } from './batching/admission.js';
import { HeadStore } from './heads/head-store.js';
import type { InferenceConfig } from './inference.config.js';
import { InferenceController } from './inference.controller.js';
import { loggerToken } from './inference.tokens.js';
import { Encoders } from './model-store/encoders.js';
import { ModelStore } from './model-store/model-store.js';
import { Pipeline } from './pipeline.js';

/** The parts of the service, put together once; the maths below knows nothing of Nest. */
@Module({})
export class InferenceModule implements OnApplicationShutdown {
  constructor(private readonly encoders: Encoders) {}

  static with(config: InferenceConfig, logger: Logger): DynamicModule {
    const { bundledModels, modelStore, hubUrl, defaultEncoder, sessions, threads, tokenBudget, queueLimit } = config;
    const onCrash = (error: Error) => logger.error({ err: error }, 'a worker thread died and is started again');
    const store = new ModelStore({ bundled: bundledModels, writable: modelStore, hubUrl });
    const encoders = new Encoders(store, defaultEncoder, { sessions, threads, tokenBudget, onCrash });
    const heads = new HeadStore(join(modelStore, 'heads'));
    const pipeline = new Pipeline(encoders, heads, new Admission(queueLimit));
    return {
      module: InferenceModule,
      controllers: [InferenceController],
      providers: [
        { provide: Encoders, useValue: encoders },
        { provide: HeadStore, useValue: heads },
        { provide: Pipeline, useValue: pipeline },
        { provide: loggerToken, useValue: logger },
      ],
    };
  }

  /** The server has stopped taking requests and the last ones are answered: the threads can go. */
  async onApplicationShutdown(): Promise<void> {
    await this.encoders.close();
  }
}

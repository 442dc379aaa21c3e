import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  address,
  count,
  readEnvironment,
  toTraceSettings,
  traceVariables,
  type TraceSettings,
} from '@cairn/service-kit';
import { z } from 'zod';
import { deviceChoices, type DeviceChoice } from './encoder/devices.js';

const environment = z
  .object({
    INFERENCE_ADDRESS: address.default('127.0.0.1:50051'),
    /** Writable folder: trained heads, and encoders fetched from the hub. Replicas share it. */
    MODEL_STORE: z.string().default('.cairn/models'),
    /** Read-only folder with encoders; the `models` folder of the installation if absent. */
    BUNDLED_MODELS: z.string().optional(),
    DEFAULT_ENCODER: z.string().default('cairn-encoder-v2'),
    /** Where forward passes run; "auto" tries cuda, webgpu and cpu. A model can be loaded on another. */
    INFERENCE_DEVICE: z.enum(deviceChoices).default('auto'),
    /** Encoder sessions, each in a thread of its own; 0: as measured to be fastest at the first start. */
    INFERENCE_SESSIONS: count.max(64).default(0),
    /** Threads inside each session; 0: likewise. */
    INFERENCE_THREADS: count.max(256).default(0),
    /** Padded tokens (longest text x number of texts) of one batch; 0: as fits the device. */
    TOKEN_BUDGET: count.default(0),
    /** Texts that may wait or be in work before new ones are refused with OVERLOADED: on two cores, three seconds of work. */
    QUEUE_LIMIT: count.min(2048).default(4096),
    /** Where forward passes run: ONNX Runtime in this process, or a model server that speaks KServe v2 (Triton). */
    INFERENCE_BACKEND: z.enum(['onnx', 'kserve']).default('onnx'),
    /** gRPC address of the model server. Sessions are then calls in flight. */
    KSERVE_URL: address.optional(),
    /** What the default encoder is called there; absent: its own id, as for all other encoders. */
    KSERVE_MODEL: z.string().optional(),
    /** Time for one batch, with all tries. */
    KSERVE_TIMEOUT_MS: count.min(1).default(10_000),
    /** Memory that models may take together, in MiB; 0: 60 % of the machine's or the container's. */
    MODEL_MEMORY_LIMIT_MB: count.default(0),
    /** Where hub models are fetched from; a mirror, for example. Set to nothing, it is the same as HUB_OFFLINE=1. */
    HUB_URL: z.url().default('https://huggingface.co/'),
    /** Whether nothing may be fetched; hub models that are in the store already can be loaded. */
    HUB_OFFLINE: z.enum(['0', '1', 'false', 'true']).default('0'),
    /** Where GET /metrics and /healthz are served, for example "127.0.0.1:9464"; "off": nowhere, and nothing is counted. */
    METRICS_ADDRESS: z
      .string()
      .regex(/^(off|[^\s:]+:\d+)$/, 'must be "host:port" or "off"')
      .default('off'),
    ...traceVariables,
    LOG_LEVEL: z.string().default('info'),
  })
  .refine(({ INFERENCE_BACKEND, KSERVE_URL }) => INFERENCE_BACKEND === 'onnx' || KSERVE_URL !== undefined, {
    path: ['KSERVE_URL'],
    error: 'INFERENCE_BACKEND=kserve needs the gRPC address of the model server, "host:port"',
  });

export interface KserveSettings {
  /** "host:port" */
  readonly url: string;
  /** What the default encoder is called there, if not by its id. */
  readonly model: string | undefined;
  readonly timeoutMs: number;
}

export interface InferenceConfig {
  readonly address: string;
  readonly modelStore: string;
  readonly bundledModels: string;
  readonly defaultEncoder: string;
  readonly device: DeviceChoice;
  /** 0: measured. */
  readonly sessions: number;
  /** 0: measured. */
  readonly threads: number;
  /** 0: as fits the device. */
  readonly tokenBudget: number;
  readonly queueLimit: number;
  /** Bytes; absent: as fits the machine. */
  readonly modelMemoryLimit: number | undefined;
  readonly hubUrl: string;
  readonly hubOffline: boolean;
  /** The model server that runs the forward passes; absent: this process does. */
  readonly kserve: KserveSettings | undefined;
  /** Absent: metrics are off. */
  readonly metricsAddress?: string;
  /** Absent: no traces. */
  readonly traces?: TraceSettings;
  readonly logLevel: string;
}

/** The nearest `models` folder above this file, built or not. */
function bundledModelsFolder(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'models');
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return candidate;
  }
}

/** Reads the configuration of the inference service from the environment. */
export function readInferenceConfig(env: NodeJS.ProcessEnv = process.env): InferenceConfig {
  const given = readEnvironment(environment, env);
  return {
    address: given.INFERENCE_ADDRESS,
    modelStore: resolve(given.MODEL_STORE),
    bundledModels: given.BUNDLED_MODELS === undefined ? bundledModelsFolder() : resolve(given.BUNDLED_MODELS),
    defaultEncoder: given.DEFAULT_ENCODER,
    device: given.INFERENCE_DEVICE,
    sessions: given.INFERENCE_SESSIONS,
    threads: given.INFERENCE_THREADS,
    tokenBudget: given.TOKEN_BUDGET,
    queueLimit: given.QUEUE_LIMIT,
    modelMemoryLimit: given.MODEL_MEMORY_LIMIT_MB > 0 ? given.MODEL_MEMORY_LIMIT_MB * 2 ** 20 : undefined,
    hubUrl: given.HUB_URL.endsWith('/') ? given.HUB_URL : `${given.HUB_URL}/`,
    hubOffline: env['HUB_URL'] === '' || ['1', 'true'].includes(given.HUB_OFFLINE),
    kserve:
      given.INFERENCE_BACKEND === 'kserve' && given.KSERVE_URL !== undefined
        ? { url: given.KSERVE_URL, model: given.KSERVE_MODEL, timeoutMs: given.KSERVE_TIMEOUT_MS }
        : undefined,
    metricsAddress: given.METRICS_ADDRESS === 'off' ? undefined : given.METRICS_ADDRESS,
    traces: toTraceSettings(given),
    logLevel: given.LOG_LEVEL,
  };
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CliConfig } from '../cli.config.js';
import { CommandFailure } from '../exit-code.js';
import { modelFolders } from './model-folders.js';
import { freePorts, isPortFree } from './ports.js';
import type { ServicePlan } from './service-process.js';

/** Where everything of a local stack listens and lies. */
export interface LocalStack {
  readonly plans: readonly ServicePlan[];
  /** Address of the gateway, without a path. */
  readonly origin: string;
  readonly graphqlUrl: string;
  readonly keyFile: string;
  readonly logFolder: string;
}

export interface LocalStackOptions {
  /** Installation: `dist/`, `models/`, `content/`. */
  readonly root: string;
  readonly dataFolder: string;
  readonly config: CliConfig;
  /** What the services inherit. */
  readonly environment: NodeJS.ProcessEnv;
  /** Port of the gateway; 0: any free one. */
  readonly port?: number;
}

const loopback = '127.0.0.1';
const defaultGatewayPort = 4000;

/** Limits of node's heaps, MiB: all services together stay below 1.5 GB. */
const heaps = {
  database: { old: 256, young: 8 },
  inference: { old: 320, young: 2 },
  clustering: { old: 320, young: 8 },
  knowledge: { old: 256, young: 4 },
  gateway: { old: 192, young: 4 },
} as const;

/**
 * Plans the processes of a local stack: the services on loopback, on the ports that were given or on free ones.
 * @throws CommandFailure in one line if the programs are not built or a given port is taken
 */
export async function planLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { root, config } = options;
  const dataFolder = resolve(options.dataFolder);
  const apps = join(root, 'dist', 'apps');
  const mains = {
    database: join(apps, 'knowledge/src/persistence/embedded/main.js'),
    inference: join(apps, 'inference/src/main.js'),
    clustering: join(apps, 'clustering/src/main.js'),
    knowledge: join(apps, 'knowledge/src/main.js'),
    gateway: join(apps, 'gateway/src/main.js'),
  };
  for (const [name, main] of Object.entries(mains))
    if (!existsSync(main)) throw CommandFailure.failed(`${name} is not built (${main}); run npm run build first.`);

  const addresses = await chooseAddresses(options);
  const embedded = config.DATABASE_URL === undefined;
  const keyFile = join(dataFolder, 'admin.key');
  const shared = {
    ...options.environment,
    CAIRN_KEY: undefined,
    INFERENCE_ADDRESS: addresses.inference,
    CLUSTERING_ADDRESS: addresses.clustering,
    KNOWLEDGE_ADDRESS: addresses.knowledge,
    // Without it, glibc keeps an arena of freed memory for every thread.
    MALLOC_ARENA_MAX: options.environment.MALLOC_ARENA_MAX ?? '2',
  };
  const database = {
    DATABASE_URL: config.DATABASE_URL ?? `postgres://postgres@${addresses.database}/postgres`,
    DATABASE_KIND: embedded ? 'embedded' : 'postgres',
  };
  // One address is given, for inference; the others get the ports after it.
  const metrics = metricsAddresses(options.environment.METRICS_ADDRESS);
  const plan = (
    name: string,
    program: keyof typeof mains,
    stage: number,
    environment: Record<string, string | undefined>,
  ): ServicePlan => ({
    name,
    main: mains[program],
    stage,
    nodeOptions: [`--max-old-space-size=${heaps[program].old}`, `--max-semi-space-size=${heaps[program].young}`],
    environment: { ...shared, ...tracedAs(options.environment, name), METRICS_ADDRESS: metrics(), ...environment },
  });
  const plans = [
    plan('inference', 'inference', 0, { MODEL_STORE: modelFolders(root, dataFolder, options.environment).store }),
    plan('clustering', 'clustering', 0, {}),
    plan('knowledge', 'knowledge', 1, { ...database, KNOWLEDGE_ROLE: 'api', BOOTSTRAP_KEY_FILE: keyFile }),
    ...Array.from({ length: config.CAIRN_WORKERS }, (_, i) =>
      plan(i === 0 ? 'worker' : `worker-${i + 1}`, 'knowledge', 2, { ...database, KNOWLEDGE_ROLE: 'worker' }),
    ),
    plan('gateway', 'gateway', 2, { GATEWAY_ADDRESS: addresses.gateway }),
  ];
  if (embedded)
    plans.unshift(
      plan('database', 'database', 0, { EMBEDDED_DATA: dataFolder, EMBEDDED_PORT: addresses.database.split(':')[1] }),
    );
  const origin = `http://${addresses.gateway}`;
  return { plans, origin, graphqlUrl: `${origin}/graphql`, keyFile, logFolder: join(dataFolder, 'logs') };
}

/** In traces, services that share a given name are told apart by their own. */
const tracedAs = ({ OTEL_SERVICE_NAME: given }: NodeJS.ProcessEnv, name: string): Record<string, string> =>
  given ? { OTEL_SERVICE_NAME: `${given}-${name}` } : {};

/** The address that was given, then its host with the next ports; "off" and nothing stay what they are. */
function metricsAddresses(given: string | undefined): () => string | undefined {
  const [, host, port] = /^(.+):(\d+)$/.exec(given ?? '') ?? [];
  let next = Number(port);
  return () => (host === undefined ? given : `${host}:${next++}`);
}

type Part = 'gateway' | 'inference' | 'clustering' | 'knowledge' | 'database';

async function chooseAddresses({ config, port }: LocalStackOptions): Promise<Record<Part, string>> {
  const gatewayGiven = config.GATEWAY_ADDRESS ?? `${loopback}:${defaultGatewayPort}`;
  const given: [Part, string | undefined, string][] = [
    ['gateway', port === 0 ? undefined : port ? `${loopback}:${port}` : gatewayGiven, gatewayAdvice(port)],
    ['inference', config.INFERENCE_ADDRESS, 'change or unset INFERENCE_ADDRESS'],
    ['clustering', config.CLUSTERING_ADDRESS, 'change or unset CLUSTERING_ADDRESS'],
    ['knowledge', config.KNOWLEDGE_ADDRESS, 'change or unset KNOWLEDGE_ADDRESS'],
    [
      'database',
      config.EMBEDDED_PORT === undefined ? undefined : `${loopback}:${config.EMBEDDED_PORT}`,
      'change or unset EMBEDDED_PORT',
    ],
  ];
  const free = await freePorts(given.length);
  const chosen: Partial<Record<Part, string>> = {};
  for (const [i, [part, address, advice]] of given.entries()) {
    const taken = address !== undefined && !(await isPortFree(Number(address.split(':')[1])));
    if (taken)
      throw CommandFailure.failed(
        `Port ${address.split(':')[1]} for the ${part} is taken by another program. Stop that program, or ${advice}.`,
      );
    chosen[part] = address ?? `${loopback}:${free[i]}`;
  }
  return chosen as Record<Part, string>;
}

const gatewayAdvice = (port = defaultGatewayPort): string => `choose another port, as with --port ${port + 1}`;

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';

/** How messages look in JavaScript; the generated types assume exactly this. */
export const loaderOptions: Options = {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
  arrays: true,
  objects: true,
};

/** The `proto/` folder of this checkout or installation: the nearest one above this file, built or not. */
export function protoRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto', 'cairn');
    if (existsSync(candidate)) return dirname(candidate);
    if (folder === dirname(folder)) throw new Error(`There is no proto/cairn folder above ${__dirname}.`);
  }
}

/** What each service serves: its protobuf package and the files it is in. */
export const servicePackages = {
  inference: { package: 'cairn.inference.v1', files: ['cairn/inference/v1/inference.proto'] },
  clustering: { package: 'cairn.clustering.v1', files: ['cairn/clustering/v1/clustering.proto'] },
  knowledge: {
    package: 'cairn.knowledge.v1',
    files: [
      'content',
      'editing',
      'topic_tree',
      'review',
      'search',
      'discovery',
      'jobs',
      'training',
      'access',
      'transfer',
    ].map((name) => `cairn/knowledge/v1/${name}.proto`),
  },
} as const;
export type ServiceName = keyof typeof servicePackages;

/** The definition of one gRPC service, read from proto/. */
export function loadService(service: ServiceName, name: string): ServiceDefinition {
  const { package: packageName, files } = servicePackages[service];
  const root = protoRoot();
  const definition = loadSync([...files], { ...loaderOptions, includeDirs: [root] });
  let scope: unknown = loadPackageDefinition(definition);
  for (const part of [...packageName.split('.'), name]) scope = (scope as Record<string, unknown>)[part];
  return (scope as { service: ServiceDefinition }).service;
}

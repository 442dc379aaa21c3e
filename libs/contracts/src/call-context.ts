import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';

export const roles = ['reader', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who calls and under which request id; travels as gRPC metadata from service to service. */
export interface CallContext {
  readonly requestId: string;
  /** Name of the key; absent for anonymous callers. */
  readonly actor?: string;
  readonly role?: Role;
  /** Id of the space the call is about; absent: the default one. */
  readonly space?: string;
  /** Whether the role holds in every space: an admin of the installation. */
  readonly everySpace?: boolean;
}

export function contextToMetadata(context: CallContext): Metadata {
  const metadata = new Metadata();
  metadata.set('cairn-request-id', context.requestId);
  // Names may hold any character; gRPC text metadata may not.
  if (context.actor !== undefined) metadata.set('cairn-actor-bin', Buffer.from(context.actor, 'utf8'));
  if (context.role !== undefined) metadata.set('cairn-role', context.role);
  if (context.space !== undefined) metadata.set('cairn-space', context.space);
  if (context.everySpace) metadata.set('cairn-every-space', 'true');
  return metadata;
}

export function contextFromMetadata(metadata: Metadata | undefined): CallContext {
  const text = (key: string) => metadata?.get(key)[0]?.toString();
  return {
    requestId: text('cairn-request-id') ?? randomUUID(),
    actor: text('cairn-actor-bin'),
    role: roles.find((known) => known === text('cairn-role')),
    space: text('cairn-space'),
    everySpace: text('cairn-every-space') === 'true' || undefined,
  };
}

import { Server as NetServer, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Time in which connections are told to close with their next answer. */
const leaveMs = 400;

/** Lets the clients of an HTTP server go without failing a request of theirs. */
export class Drain {
  private readonly connections = new Set<Socket>();
  private stopping = false;

  constructor(
    fastify: FastifyInstance,
    private readonly server: Server,
  ) {
    server.on('connection', (socket: Socket) => {
      this.connections.add(socket);
      socket.once('close', () => this.connections.delete(socket));
    });
    // With the answer, not with the request: those that came before the stop are told too. The client's next request
    // goes to another gateway, over a connection of its own.
    fastify.addHook('onSend', async (_request, reply) => {
      if (this.stopping) reply.header('connection', 'close');
    });
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** From now on connections close with their next answer; returns when those that are in the middle of something know. */
  async begin(): Promise<void> {
    this.stopping = true;
    await this.connectionsLeave();
    // No new connections, and those that were taken are served: http.Server's own close would end those whose request
    // has not been read yet.
    NetServer.prototype.close.call(this.server);
    await this.connectionsLeave();
    // Opened in advance and never used: HTTP servers wait for their first request, for a minute.
    for (const socket of this.connections) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Whoever is still there is cut off. */
  end(): void {
    this.server.closeAllConnections();
    for (const socket of this.connections) socket.destroy();
  }

  /**
   * Waits until clients that are in the middle of something have been told to go: a connection that is closed just as its
   * next request is on the way would fail it. Those that stay silent for that long are closed then.
   */
  private async connectionsLeave(): Promise<void> {
    for (const end = Date.now() + leaveMs; Date.now() < end && this.connections.size > 0;) await sleep(20);
  }
}

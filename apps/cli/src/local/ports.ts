import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const loopback = '127.0.0.1';
/** Below the range that systems hand out to outgoing connections, so that a restarted service finds its port free. */
const firstChoice = 20_000;
const lastChoice = 32_000;

/** Whether a program could listen on this loopback port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** `count` different ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries > 200 * count) throw new Error(`There are no free ports between ${firstChoice} and ${lastChoice}.`);
    const port = randomInt(firstChoice, lastChoice);
    if (await isPortFree(port)) ports.add(port);
  }
  return [...ports];
}

/** An HTTP client in a process of its own: the same requests over kept connections, closed or open loop. */
import { Agent, request } from 'node:http';
import { serve } from '../inference/child.js';

export interface Outcome {
  readonly seconds: number;
  readonly clientSeconds: number;
  /** Answers with status 200 and no `errors`. */
  readonly good: number;
  /** Answers 429 or 503 with Retry-After. */
  readonly refused: number;
  /** Everything else, by what it was. */
  readonly failures: Record<string, number>;
  /** Milliseconds of each good answer, and of each refusal. */
  readonly times: Float64Array;
  readonly refusalTimes: Float64Array;
}

export interface HttpLoadFunctions {
  connect(url: string, bodies: readonly string[], key?: string): Promise<void>;
  /** One request; its body. */
  once(): Promise<string>;
  /** So many requests under way at any time. */
  closed(inFlight: number, seconds: number): Promise<Outcome>;
  /** So many requests a second on a clock, whether answers come or not. */
  open(perSecond: number, seconds: number): Promise<Outcome>;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: boolean;
  readonly body: string;
}

let target = new URL('http://127.0.0.1');
let bodies: readonly string[] = [];
let key: string | undefined;
let next = 0;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 4096 });

function send(): Promise<Answer> {
  const body = bodies[next++ % bodies.length];
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const sent = request(target, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] !== undefined,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

class Tally {
  private readonly times: number[] = [];
  private readonly refusalTimes: number[] = [];
  private readonly failures: Record<string, number> = {};
  private readonly started = performance.now();
  private readonly cpu = process.cpuUsage();

  async request(): Promise<void> {
    const started = performance.now();
    try {
      const { status, retryAfter, body } = await send();
      const took = performance.now() - started;
      if (status === 200 && !body.startsWith('{"errors"')) this.times.push(took);
      else if ((status === 503 || status === 429) && retryAfter) this.refusalTimes.push(took);
      else this.fail(`${status} ${body.slice(0, 120)}`);
    } catch (error) {
      this.fail((error as NodeJS.ErrnoException).code ?? String(error));
    }
  }

  outcome(): Outcome {
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      seconds: (performance.now() - this.started) / 1000,
      clientSeconds: (user + system) / 1e6,
      good: this.times.length,
      refused: this.refusalTimes.length,
      failures: this.failures,
      times: Float64Array.from(this.times),
      refusalTimes: Float64Array.from(this.refusalTimes),
    };
  }

  private fail(what: string): void {
    this.failures[what] = (this.failures[what] ?? 0) + 1;
  }
}

const functions: HttpLoadFunctions = {
  async connect(url, given, givenKey) {
    target = new URL(url);
    bodies = given;
    key = givenKey;
    next = 0;
  },
  once: async () => (await send()).body,
  async closed(inFlight, seconds) {
    const tally = new Tally();
    const end = performance.now() + 1000 * seconds;
    const caller = async () => {
      while (performance.now() < end) await tally.request();
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    return tally.outcome();
  },
  async open(perSecond, seconds) {
    const tally = new Tally();
    const started = performance.now();
    const under: Promise<void>[] = [];
    for (let sent = 0; sent < perSecond * seconds;) {
      const due = Math.min(perSecond * seconds, Math.floor((perSecond * (performance.now() - started)) / 1000));
      for (; sent < due; sent++) under.push(tally.request());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(under);
    return tally.outcome();
  },
};

serve({ ...functions });

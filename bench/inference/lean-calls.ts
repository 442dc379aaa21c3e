import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { loadService } from '@cairn/contracts';

/** gRPC's status codes of interest. */
export const ok = 0;
export const resourceExhausted = 8;

const windowBytes = 1 << 24;

/**
 * Embed calls over a bare HTTP/2 connection: a client that shares the cores with the server must cost little, and all
 * that an answer is looked at for is its status. Requests are encoded before the clock runs.
 */
export class LeanCalls {
  private constructor(
    private readonly session: ClientHttp2Session,
    private readonly path: string,
    private readonly requests: readonly Buffer[],
  ) {}

  /** @param texts of one call after the other, `perCall` each, from the start again when they are used up */
  static async open(address: string, texts: readonly string[], perCall: number): Promise<LeanCalls> {
    const { path, requestSerialize } = loadService('inference', 'InferenceService').Embed;
    const requests = Array.from({ length: Math.ceil(texts.length / perCall) }, (_, call) => {
      const given = Array.from({ length: perCall }, (_, i) => texts[(call * perCall + i) % texts.length]);
      return framed(requestSerialize({ texts: given }));
    });
    const session = connect(`http://${address}`);
    await new Promise<void>((resolve, reject) => {
      session.once('connect', () => resolve());
      session.once('error', reject);
    });
    session.setLocalWindowSize(windowBytes);
    return new LeanCalls(session, path, requests);
  }

  /** Makes a call; resolves with its gRPC status. */
  call(index: number): Promise<number> {
    const stream = this.session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: this.path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    stream.end(this.requests[index % this.requests.length]);
    return new Promise((resolve, reject) => {
      let status = -1;
      const look = (headers: IncomingHttpHeaders) => {
        if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
      };
      // A refusal has its status in the headers, an answer after the data.
      stream.on('response', look);
      stream.on('trailers', look);
      stream.on('error', reject);
      stream.on('close', () => resolve(status));
      stream.resume();
    });
  }

  close(): void {
    this.session.close();
  }
}

/** A gRPC message: not compressed, its length, itself. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  return frame;
}

import { DomainError, type Draft, type DuplexCall } from '@cairn/contracts';

export interface StreamDriver<Request, Response> {
  /** Sends everything; the call is half-closed afterwards. */
  send(send: (message: Draft<Request>) => Promise<void>): Promise<void>;
  /** Called in order, one at a time; the next answer waits for it. */
  receive(response: Response): Promise<void>;
}

/**
 * Sends all of a bidirectional call and takes what comes back, at the same time. Whatever fails first (reading what is
 * sent, the call, an answer) ends all and is thrown.
 */
export async function drive<Request, Response>(
  call: DuplexCall<Request, Response>,
  { send, receive }: StreamDriver<Request, Response>,
): Promise<void> {
  let failure: unknown;
  const sending = send((message) => call.send(message))
    .then(() => call.end())
    .catch((error: unknown) => {
      failure = error;
      call.cancel();
    });
  try {
    for await (const response of call) await receive(response);
  } catch (error) {
    call.cancel();
    await sending;
    // A call that was cancelled because sending failed says only that it was cancelled.
    throw error instanceof DomainError && error.code !== 'CANCELLED' ? error : (failure ?? error);
  }
  await sending;
  if (failure !== undefined) throw failure;
}

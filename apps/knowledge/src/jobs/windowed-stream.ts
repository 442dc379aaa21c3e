import { DomainError, type Draft, type DuplexCall } from '@cairn/contracts';

export interface WindowedStream<Item, Request, Response> {
  readonly call: DuplexCall<Request, Response>;
  readonly items: AsyncIterable<Item>;
  /** Items on their way at the same time: enough to keep the service busy while answers are stored. */
  readonly window: number;
  readonly toRequest: (item: Item) => Draft<Request>;
  /** Called in order, one at a time; the next answer waits for it. */
  readonly onAnswer: (item: Item, response: Response) => Promise<void>;
}

/**
 * Sends items over a bidirectional call that answers each message once and in order, at most `window` ahead of the
 * answers. Whatever fails first (reading items, the call, an answer) ends all and is thrown.
 */
export async function streamInWindow<Item, Request, Response>(
  stream: WindowedStream<Item, Request, Response>,
): Promise<void> {
  const { call, items, window, toRequest, onAnswer } = stream;
  const sent: Item[] = [];
  let wake = () => {};
  let ended = false;
  let failure: unknown;
  const send = async () => {
    for await (const item of items) {
      while (sent.length >= window && !ended) await new Promise<void>((resolve) => (wake = resolve));
      if (ended) return;
      sent.push(item);
      await call.send(toRequest(item));
    }
    call.end();
  };
  const sending = send().catch((error: unknown) => {
    failure = error;
    call.cancel();
  });
  try {
    for await (const response of call) {
      await onAnswer(sent[0], response);
      sent.shift();
      wake();
    }
  } catch (error) {
    call.cancel();
    throw failure ?? error;
  } finally {
    ended = true;
    wake();
  }
  await sending;
  if (failure !== undefined) throw failure;
  if (sent.length > 0)
    throw new DomainError('UNAVAILABLE', 'A service ended a stream before it had answered all of it.');
}

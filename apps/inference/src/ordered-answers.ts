/**
 * Answers a stream of requests in order, several of them in work at once, so that batches form across them.
 * Reads no further while `window` answers are open: a slow reader of the answers slows the sender of the requests.
 * @param answer rejecting ends everything with its error
 * @param send waits while the reader is slow
 */
export async function answerInOrder<Q, R>(
  requests: AsyncIterable<Q>,
  window: number,
  answer: (request: Q) => Promise<R>,
  send: (response: R) => Promise<void>,
): Promise<void> {
  const open: Promise<R>[] = [];
  const sendOldest = async () => send(await (open.shift() as Promise<R>));
  for await (const request of requests) {
    const promise = answer(request);
    // Told when its turn comes; until then it is not unhandled.
    promise.catch(() => {});
    open.push(promise);
    if (open.length >= window) await sendOldest();
  }
  while (open.length > 0) await sendOldest();
}

/**
 * Answers a stream of requests in order, several of them in work at once, so that batches form across them. Every
 * answer is sent as soon as it is ready and its turn has come: a sender may wait for it before it sends more. Reads no
 * further while `window` answers are open: a slow reader of the answers slows the sender of the requests.
 * @param answer rejecting ends everything with its error
 * @param send waits while the reader is slow
 */
export async function answerInOrder<Q, R>(
  requests: AsyncIterable<Q>,
  window: number,
  answer: (request: Q) => Promise<R>,
  send: (response: R) => Promise<void>,
): Promise<void> {
  let fail: (reason: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const readAll = async () => {
    const open: Promise<void>[] = [];
    let sent = Promise.resolve();
    for await (const request of requests) {
      const answered = answer(request);
      // Told when its turn comes; until then it is not unhandled.
      answered.catch(() => {});
      sent = sent.then(async () => send(await answered));
      // The sender may wait for this answer and send nothing more: a failure is told at once.
      sent.catch(fail);
      open.push(sent);
      if (open.length >= window) await open.shift();
    }
    await sent;
  };
  await Promise.race([readAll(), failed]);
}

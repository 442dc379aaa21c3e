/**
 * An iterator whose `return()` takes effect at once. That of a plain async generator waits for the pending `next()`,
 * which, while nothing changes, never comes: the call behind it would stay open after the client has left.
 */
export function cancellable<T>(start: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const source = start(controller.signal);
  return {
    next: async () => {
      try {
        return await source.next();
      } catch (error) {
        if (controller.signal.aborted) return { done: true, value: undefined };
        throw error;
      }
    },
    return: () => {
      controller.abort();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

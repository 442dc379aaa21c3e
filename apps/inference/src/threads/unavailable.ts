/**
 * Something that a worker thread depends on, outside this service, does not answer; later it may. On the main thread
 * it becomes UNAVAILABLE. Threads throw this and not DomainError, as they do with Refusal.
 */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

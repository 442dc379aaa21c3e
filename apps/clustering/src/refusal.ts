/**
 * Input that a worker thread cannot use; on the main thread it becomes INVALID_INPUT. Threads throw this and not
 * DomainError, whose package would load gRPC into each of them.
 */
export class Refusal extends Error {
  override name = 'Refusal';

  /** @param field what is wrong, as the caller named it */
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A model that cannot be trained, or not as asked: expected, and for people to read. Worker threads turn it into their
 * refusal of input.
 */
export class NotTrainableError extends Error {
  override name = 'NotTrainableError';

  /**
   * @param message what is wrong, and what to do
   * @param operator the operator without a rule, if that is the reason
   * @param node the name of its node
   */
  constructor(
    message: string,
    readonly operator?: string,
    readonly node?: string,
  ) {
    super(message);
  }
}

import { DomainError, type DuplexCall } from '@cairn/contracts';

/**
 * Sends the examples of a training while its answers are read.
 * @param send all messages, the end of the call not included
 * @param onMessage told of each answer
 * @throws what the service refused, or else what went wrong while examples were sent
 */
export async function followTraining<Q, R>(
  call: DuplexCall<Q, R>,
  send: () => Promise<void>,
  onMessage: (message: R) => void,
): Promise<void> {
  let failure: unknown;
  const sending = send()
    .then(() => call.end())
    .catch((error: unknown) => {
      failure = error;
      call.cancel();
    });
  try {
    for await (const message of call) onMessage(message);
  } catch (error) {
    await sending;
    // A refused training ends the call while examples are sent; then the refusal says more than the broken sending.
    throw error instanceof DomainError && error.code !== 'CANCELLED' ? error : (failure ?? error);
  }
  await sending;
}

import { fromFailure } from '../threads/from-failure.js';
import { toFailure } from '../threads/to-failure.js';
import { openKserve, type KserveBackend, type KserveOutputs } from './kserve-forward.js';

/**
 * Decides, once for all sessions of an encoder and for those that replace them, which version of the model is asked.
 * @returns the backend with the version that is the newest now; without one if the server has no versions
 * @throws INVALID_INPUT for field "source" if the model is not there or no encoder, UNAVAILABLE if nobody answers
 */
export async function pinKserve(backend: KserveBackend, outputs: KserveOutputs): Promise<KserveBackend> {
  try {
    const { version, close } = await openKserve({ ...backend, outputs });
    close();
    return version === '' ? backend : { ...backend, version };
  } catch (error) {
    throw fromFailure(toFailure(error));
  }
}

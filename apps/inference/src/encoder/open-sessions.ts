import { join } from 'node:path';
import { RestartingWorker } from '../threads/restarting-worker.js';
import type { EncoderAnswer, EncoderData, EncoderInfo, EncoderRequest } from './encoder.worker.js';

export type Session = RestartingWorker<EncoderData, EncoderRequest, EncoderAnswer, EncoderInfo>;

/**
 * Opens several sessions of an encoder, each in a thread of its own; all of them or none.
 * @throws INVALID_INPUT if the file is not an encoder
 */
export async function openSessions(
  data: EncoderData,
  count: number,
  onCrash: (error: Error) => void,
): Promise<Session[]> {
  const file = join(__dirname, 'encoder.worker.js');
  const started = await Promise.allSettled(
    Array.from({ length: count }, (): Promise<Session> => RestartingWorker.start(file, data, onCrash)),
  );
  const sessions = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = started.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return sessions;
  await Promise.all(sessions.map((session) => session.close()));
  throw failure.reason;
}

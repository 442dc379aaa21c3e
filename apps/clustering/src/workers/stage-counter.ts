/**
 * Where a thread writes how far it is, in shared memory: `[stage, done, total]`. Messages would lie in the thread's queue while
 * it computes; nobody minds if the three numbers are of two moments.
 */
export type StageCounter = Int32Array;

export const stageCounter = (): StageCounter => new Int32Array(new SharedArrayBuffer(12));

/** How often a counter is read. */
const readEveryMs = 200;

/** Tells what a counter says while the work goes on, and once more when it has ended well. */
export async function following<T>(
  counter: StageCounter,
  tell: (stage: number, done: number, total: number) => void,
  work: Promise<T>,
): Promise<T> {
  let last = '';
  const read = () => {
    const [stage, done, total] = counter;
    const now = `${stage} ${done} ${total}`;
    if (total > 0 && now !== last) tell(stage, done, total);
    last = now;
  };
  const timer = setInterval(read, readEveryMs);
  try {
    const result = await work;
    read();
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** What passes between a RestartingWorker and the thread behind it. */

export interface ToWorker<Q> {
  readonly id: number;
  readonly request: Q;
}

export type FromWorker<R, I> =
  | { readonly type: 'ready'; readonly info: I }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'answer'; readonly id: number; readonly answer: R }
  | { readonly type: 'refusal'; readonly id: number; readonly failure: Failure };

/** An error that crossed a thread: classes do not survive structured cloning, so it is taken apart. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  /** Of a Refusal. */
  readonly field?: string;
  /** It was Unavailable. */
  readonly unavailable?: boolean;
}

/** What the shell is told; every command's `--help` lists these. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  unreachable: 4,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export const exitCodeHelp = `
Exit codes:
  0  everything was done
  1  the operation failed, or some rows did
  2  wrong usage, or input that cannot be used
  3  no key, or a key that may not do this
  4  a service cannot be reached or has too much to do`;

/** An expected end of a command: one line for a person, and the code for the shell. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    /** Domain error code and field, for `--json`. */
    readonly details: { readonly code?: string; readonly field?: string } = {},
  ) {
    super(message);
  }

  static usage(message: string): CommandFailure {
    return new CommandFailure(exitCode.usage, message, { code: 'INVALID_INPUT' });
  }
  static failed(message: string): CommandFailure {
    return new CommandFailure(exitCode.failed, message);
  }
}

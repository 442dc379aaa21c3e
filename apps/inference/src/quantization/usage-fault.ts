/** Wrong usage, or input that cannot be used: one line for a person, who can put it right. */
export class UsageFault extends Error {
  override name = 'UsageFault';

  /** @param flag the option that is wrong, with its dashes; empty: none in particular */
  constructor(flag: string, message: string) {
    super(flag === '' ? message : `${flag}: ${message}`);
  }
}

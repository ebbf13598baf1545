// @ts-check

/** A fault a person can mend: its message is shown as it is, without a stack. */
export class SetupError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}

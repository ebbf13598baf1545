export type MailErrorKind = 'unavailable' | 'uncertain' | 'refused';

/** A mail that its service did not take, or of which nobody knows whether it did. */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** `unavailable`: not taken, try again. `uncertain`: it may have been taken. `refused`: it will not be taken. */
  readonly kind: MailErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: MailErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `refused` is what a person must mend, `missing` what is not there, `unavailable` what passes. */
export type ConcourseErrorKind = 'unavailable' | 'refused' | 'missing';

/** A call that Concourse did not answer as it should. */
export class ConcourseError extends Error {
  override readonly name = 'ConcourseError';
  readonly kind: ConcourseErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  constructor(kind: ConcourseErrorKind, message: string, status: number | null) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

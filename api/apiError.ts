import { type ErrorCode, errorStatus } from './contracts/errors.ts';

/** An answer that is not success: a code of the contract and a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly issues: readonly { path: string; message: string }[] | undefined;
  /** What the code means in this case, for programs. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  constructor(code: ErrorCode, message: string, issues?: readonly { path: string; message: string }[], details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.issues = issues;
    this.details = details;
  }
  get status(): number {
    return errorStatus[this.code];
  }
}

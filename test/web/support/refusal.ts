import type { ErrorCode } from '../../../api/contracts/errors.ts';

/** An error that a fixture answers. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly { path: string; message: string }[] | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  constructor(code: ErrorCode, message: string, issues?: Refusal['issues'], details?: Refusal['details']) {
    super(message);
    this.code = code;
    this.issues = issues;
    this.details = details;
  }
}

import { ApplicationFailure } from '@temporalio/workflow';

/** Whether a step failed in a way that another try would not mend; a step that only ran out of time did not. */
export function isFinalFailure(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ApplicationFailure && cause.nonRetryable === true) return true;
  return false;
}

import type { Problem } from '#domain/runs.ts';
import type { FailureType } from '#temporal/failures.ts';

/** A failure an activity knows by name. The message is the sentence people read. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly type: FailureType;
  readonly problems: readonly Problem[];
  /** Milliseconds before which another try is of no use; null where nobody knows. */
  readonly retryAfterMs: number | null;
  constructor(type: FailureType, message: string, problems: readonly Problem[] = [], retryAfterMs: number | null = null) {
    super(message);
    this.type = type;
    this.problems = problems;
    this.retryAfterMs = retryAfterMs;
  }
}

import type { Problem } from '#domain/runs.ts';
import type { FailureType } from '#temporal/failures.ts';

/** A failure an activity knows by name. The message is the sentence people read. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly type: FailureType;
  readonly problems: readonly Problem[];
  constructor(type: FailureType, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.type = type;
    this.problems = problems;
  }
}

import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Problem } from '#domain/runs.ts';

export interface Reason {
  readonly reason: { readonly code: string; readonly message: string };
  readonly problems: readonly Problem[];
}

function isProblems(value: unknown): value is { problems: Problem[] } {
  return typeof value === 'object' && value !== null && 'problems' in value && Array.isArray(value.problems);
}

/**
 * The reason people read for what a step threw: the innermost failure of ours, or that the step did not end in time.
 * Rethrows what is no failure of a step: a fault in the workflow's own code must stay loud.
 */
export function reasonOf(error: unknown): Reason {
  let timedOut = false;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) {
      const detail: unknown = cause.details?.[0];
      return { reason: { code: cause.type ?? 'Unexpected', message: cause.message }, problems: isProblems(detail) ? detail.problems : [] };
    }
    if (cause instanceof TimeoutFailure) timedOut = true;
  }
  if (timedOut) return { reason: { code: 'TimedOut', message: 'The step did not end within its time. Retry it; if that fails too, ask the engineers to look at the worker.' }, problems: [] };
  if (error instanceof ActivityFailure) return { reason: { code: 'Unexpected', message: error.message }, problems: [] };
  throw error;
}

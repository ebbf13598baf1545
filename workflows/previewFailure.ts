import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import { reasonOf } from './reasonOf.ts';

/** Why a preview could not be shown, as people read it. Rethrows what is no failure of a step. */
export function previewFailure(error: unknown): string {
  const isPlaceless = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_START';
  return isPlaceless ? 'No worker had a free place for it. Show it again in a few minutes.' : reasonOf(error).reason.message;
}

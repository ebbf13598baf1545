import type { WorkflowInterceptors } from '@temporalio/workflow';
import { shortWait } from './shortWaits.ts';

/** Stands round every workflow of a hasty worker: its timers are short. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [{ startTimer: (input, next) => next({ ...input, durationMs: shortWait(input.durationMs) }) }],
});

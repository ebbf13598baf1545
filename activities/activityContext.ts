import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';

/** What an activity needs of its context: a signal that aborts its calls, and what an earlier try left in its heartbeat. */
export function activityContext(): { readonly abortSignal: AbortSignal; readonly context: Context } {
  const context = Context.current();
  // As many calls listen to it as are under way at once; Node takes more than ten for a leak and says so in the worker's log.
  setMaxListeners(0, context.cancellationSignal);
  return { abortSignal: context.cancellationSignal, context };
}

import { Context } from '@temporalio/activity';

/** What an activity needs of its context: a signal that aborts its calls, and what an earlier try left in its heartbeat. */
export function activityContext(): { readonly abortSignal: AbortSignal; readonly context: Context } {
  const context = Context.current();
  return { abortSignal: context.cancellationSignal, context };
}

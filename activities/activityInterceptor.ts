import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Db } from '#db/knex.ts';
import { recordPhase } from '#db/queries/runs.ts';
import { type Classified, classify, toFailure } from './classify.ts';
import type { TellFault } from './activityFaults.ts';
import { isPhaseInput, isPhaseResult } from './phase.ts';

/** A heartbeat each two seconds says the process lives; the server forgets a dead one after the profile's time-out. */
const HEARTBEAT_MS = 2_000;

/**
 * Stands round every activity: sends heartbeats, records the phase of a run (try, failure, end), tells engineers of what
 * is theirs to mend, and turns what was thrown into a named failure with the time of the next try.
 */
export class ActivityInterceptor implements ActivityInboundCallsInterceptor {
  private readonly context: Context;
  private readonly db: Db;
  private readonly log: Logger;
  private readonly tellFault: TellFault | undefined;
  private readonly redact: (text: string) => string;
  constructor(context: Context, deps: { readonly db: Db; readonly log: Logger; readonly tellFault?: TellFault; readonly redact?: (text: string) => string }) {
    this.context = context;
    this.db = deps.db;
    this.log = deps.log;
    this.tellFault = deps.tellFault;
    this.redact = deps.redact ?? ((text) => text);
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { info } = this.context;
    const argument: unknown = input.args[0];
    const phase = isPhaseInput(argument) ? argument : undefined;
    const beating = info.isLocal ? undefined : setInterval(() => this.context.heartbeat(lastDetails.get(this.context)), HEARTBEAT_MS);
    try {
      if (phase !== undefined) await recordPhase(this.db, { runId: phase.runId, phase: phase.phase, state: 'running', attempt: info.attempt, nextAttemptAt: null });
      const result = await next(input);
      if (phase !== undefined && isPhaseResult(result)) {
        await recordPhase(this.db, { runId: phase.runId, phase: phase.phase, state: 'done', summary: result.summary, counts: { ...result.counts }, error: null });
      }
      return result;
    } catch (error) {
      if (error instanceof CancelledFailure || error instanceof CompleteAsyncError || this.context.cancellationSignal.aborted) throw error;
      const classified = this.withoutSecrets(classify(error, info.attempt));
      const log = this.log.child({ activity: info.activityType, workflowId: info.workflowExecution?.workflowId, runId: phase?.runId, attempt: info.attempt, failure: classified.type });
      if (classified.type === 'Unexpected') log.error({ err: error }, 'An activity threw what nobody expected');
      else if (classified.isWait) log.debug(classified.message);
      else log.warn({ detail: error instanceof Error ? error.message : String(error) }, classified.message);
      this.tellFault?.(error, classified, info, argument);
      if (phase !== undefined) {
        // The timeline is a projection: that it cannot be written must not hide why the step failed.
        await recordPhase(this.db, {
          runId: phase.runId,
          phase: phase.phase,
          state: classified.isFinal ? 'failed' : 'retrying',
          attempt: info.attempt,
          error: { code: classified.type, message: classified.message },
          nextAttemptAt: classified.isFinal ? null : new Date(Date.now() + classified.delayMs),
        }).catch((recordError: unknown) => log.warn({ err: recordError }, 'The phase could not be recorded'));
      }
      throw toFailure(classified);
    } finally {
      clearInterval(beating);
    }
  }

  /** What a vendor says back goes to the timeline, to mails and to the history, where it stays. */
  private withoutSecrets(classified: Classified): Classified {
    return { ...classified, message: this.redact(classified.message), problems: classified.problems.map((problem) => ({ ...problem, message: this.redact(problem.message) })) };
  }
}

const lastDetails = new WeakMap<Context, unknown>();

/** Keeps what the next try should know (a position in a list); sent at once and with every heartbeat after. */
export function reportPosition(context: Context, details: unknown): void {
  lastDetails.set(context, details);
  context.heartbeat(details);
}

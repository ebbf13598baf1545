import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from '#api/contracts/client.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { StudioUnreachable } from './apiClient.ts';
import { CliError } from './CliError.ts';
import type { CliContext } from './context.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { duration } from './words.ts';

type Waiting = Pick<CliContext, 'err' | 'isTerminal' | 'pollMs' | 'patienceMs'>;

export interface FollowOptions {
  /** Whether the phases are written while they go by. */
  readonly shows: boolean;
  /** Whether a run that goes on has come as far as is waited for. */
  readonly isDone?: (run: Run) => boolean;
}

/**
 * Waits until the run that takes a request has ended, or has failed and waits for somebody. A studio that does not answer
 * for a while is asked again: the work goes on without it.
 * @throws {CliError} when the studio stays away for longer than the context's patience.
 */
export async function followRequest(context: Waiting, call: Call, request: RunRequest, options: FollowOptions): Promise<Run> {
  const timeline = createTimeline(context);
  const ask = createPatience(context, timeline, request);
  try {
    let asked = request;
    for (let times = 0; asked.runId === null; times += 1) {
      // A worker that is free takes a request at once: only a real queue is worth a line.
      if (options.shows && (asked.state === 'engine' || times > 2)) timeline.note(asked.message);
      await pause(context.pollMs);
      asked = await ask(() => call('GET /api/v1/requests/:request', { params: { request: request.id } }));
    }
    const params = { run: asked.runId };
    for (;;) {
      const run = await ask(() => call('GET /api/v1/runs/:run', { params }));
      if (options.shows) timeline.show(run);
      if (run.state !== 'running' || options.isDone?.(run) === true) return run;
      await pause(context.pollMs);
    }
  } finally {
    timeline.end();
  }
}

/** Asks again while the studio does not answer, and says so when it goes away and when it is back. */
function createPatience(context: Waiting, timeline: Timeline, request: RunRequest): <T>(question: () => Promise<T>) => Promise<T> {
  let outages = 0;
  return async (question) => {
    let awaySince: number | undefined;
    for (;;) {
      try {
        const answer = await question();
        if (awaySince !== undefined) timeline.note(`The studio answers again, after ${duration(Date.now() - awaySince)}.`);
        return answer;
      } catch (error) {
        if (!(error instanceof StudioUnreachable)) throw error;
        if (awaySince === undefined) {
          awaySince = Date.now();
          outages += 1;
          timeline.note(`The studio does not answer${outages === 1 ? '' : ' again'}. What was asked for goes on without it; waiting for it to come back.`);
        }
        if (Date.now() - awaySince >= context.patienceMs) {
          throw new CliError(`The studio has not answered for ${duration(Date.now() - awaySince)}: it is not known how this ended. Ask later with \`npm run studio -- ${request.site === null ? 'runs' : `status ${request.site}`}\`.`);
        }
        await pause(context.pollMs);
      }
    }
  };
}

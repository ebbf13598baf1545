import type { Run } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

export const runActions = ['retry', 'cancel', 'giveUp'] as const;
export type RunAction = (typeof runActions)[number];

/** The three buttons of a run: one at a time, each with its answer or why not. */
export class RunButtons {
  busy = $state<RunAction | undefined>();
  problem = $state.raw<ApiProblem | undefined>();

  /** Asks for the action; resolves to the run as it is then, or undefined with `problem` set. */
  async perform(run: Run, action: RunAction): Promise<Run | undefined> {
    if (this.busy !== undefined) return undefined;
    this.busy = action;
    this.problem = undefined;
    const input = { params: { run: run.id } };
    try {
      switch (action) {
        case 'retry':
          return await call('POST /api/v1/runs/:run/retry', input);
        case 'cancel':
          return await call('POST /api/v1/runs/:run/cancel', input);
        case 'giveUp':
          return await call('POST /api/v1/runs/:run/give-up', input);
      }
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return undefined;
    } finally {
      this.busy = undefined;
    }
  }
}

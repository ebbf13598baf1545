import type { Run } from '#api/contracts/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

export const runActions = ['retry', 'cancel', 'giveUp'] as const;
export type RunAction = (typeof runActions)[number];

/** The three buttons of a run: one at a time, each with its answer or why not. */
export class RunButtons extends OneAtATime<RunAction> {
  /** Asks for the action; resolves to the run as it is then, or undefined with `problem` set. */
  perform(run: Run, action: RunAction): Promise<Run | undefined> {
    const input = { params: { run: run.id } };
    return this.once(action, () => {
      switch (action) {
        case 'retry':
          return call('POST /api/v1/runs/:run/retry', input);
        case 'cancel':
          return call('POST /api/v1/runs/:run/cancel', input);
        case 'giveUp':
          return call('POST /api/v1/runs/:run/give-up', input);
      }
    });
  }
}

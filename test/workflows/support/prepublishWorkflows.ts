/** A workflow that prepares as a publish does, and children it may wait for; only the test of preparations runs them. */
import { ApplicationFailure, condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { Prepared } from '#activities/runs.ts';
import { prepublish, type PrepublishStep, type SiteToPrepare, stepsFor } from '#workflows/prepublish.ts';

export interface Child {
  readonly name: string;
  readonly workflowType: 'quick' | 'broken' | 'held';
  readonly boundMs: number;
  /** For sites that have no need of it. */
  readonly isUnneeded?: true;
}

export const letGo = defineSignal('letGo');

/** @returns what became of each child, and how long it all took, milliseconds. */
export async function preparing(site: SiteToPrepare, children: readonly Child[]): Promise<{ outcomes: Prepared[]; tookMs: number }> {
  const begunAt = Date.now();
  const steps = children.map((child): PrepublishStep => ({ name: child.name, workflowType: child.workflowType, boundMs: child.boundMs, workflowId: ({ siteName, version }) => `${child.name}/${siteName}/${version}`, inputOf: ({ siteName }) => (child.isUnneeded === true ? null : { siteName }) }));
  const outcomes = await prepublish(site, stepsFor(site, steps));
  return { outcomes, tookMs: Date.now() - begunAt };
}

export async function quick(input: { siteName: string }): Promise<string> {
  return input.siteName;
}

export async function broken(): Promise<void> {
  throw ApplicationFailure.nonRetryable('The root site has no starter.', 'StarterMissing');
}

/** Ends when it is let go, and not before. */
export async function held(): Promise<void> {
  let isLetGo = false;
  setHandler(letGo, () => {
    isLetGo = true;
  });
  await condition(() => isLetGo);
}

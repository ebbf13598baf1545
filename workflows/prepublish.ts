import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, CancellationScope, type ChildWorkflowHandle, ParentClosePolicy, patched, sleep, startChild, type Workflow } from '@temporalio/workflow';
import type { Prepared } from '#activities/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { type UpdateRootListingInput, updateRootListingContract } from '#temporal/contracts/updateRootListing.ts';

/** The site a publish prepares. */
export interface SiteToPrepare {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
}

/** A process that a publish lets go first, for as long as its bound. */
export interface PrepublishStep {
  /** What people read in the timeline: "the listing in the root site". */
  readonly name: string;
  readonly workflowType: string;
  readonly workflowId: (site: SiteToPrepare) => string;
  /** Null where the site has no need of it. */
  readonly inputOf: (site: SiteToPrepare) => object | null;
  /** How long a publish waits for it at most, milliseconds. */
  readonly boundMs: number;
}

/** What goes before every publish. Each entry is behind a patch of its name, so that one may be added while publishes run. */
export const prepublishSteps: readonly PrepublishStep[] = [
  {
    name: 'The listing in the root site',
    workflowType: updateRootListingContract.workflowType,
    workflowId: ({ siteName, version }) => updateRootListingContract.workflowId(siteName, version),
    inputOf: ({ siteId, siteName, version }): UpdateRootListingInput => ({ siteId, siteName, version, action: 'list' }),
    boundMs: 60_000,
  },
];

/** The steps this site needs, as far as the history knows of them. */
export function stepsFor(site: SiteToPrepare, steps: readonly PrepublishStep[] = prepublishSteps): PrepublishStep[] {
  return steps.filter((step) => patched(`prepublish/${step.workflowType}`) && step.inputOf(site) !== null);
}

/**
 * Runs every step at once as a child of its own and waits for each as long as its bound. It throws on cancel only: a step
 * that failed, or is at work for longer, is named and left to itself.
 */
export async function prepublish(site: SiteToPrepare, steps: readonly PrepublishStep[]): Promise<Prepared[]> {
  return Promise.all(steps.map(async (step) => ({ name: step.name, fault: await faultOf(site, step) })));
}

async function faultOf(site: SiteToPrepare, step: PrepublishStep): Promise<string | null> {
  let child: ChildWorkflowHandle<Workflow>;
  try {
    // Its end is not the publish's: who cancels that leaves this to itself.
    child = await CancellationScope.nonCancellable(() =>
      startChild(step.workflowType, { workflowId: step.workflowId(site), args: [step.inputOf(site)], parentClosePolicy: ParentClosePolicy.ABANDON, workflowIdReusePolicy: 'ALLOW_DUPLICATE', staticSummary: `${step.name} for ${site.siteName} (${site.version})` }),
    );
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'is at work already for an earlier publish, and was not waited for';
    throw error;
  }
  const ended = child.result().then(
    () => null,
    (error: unknown) => faultText(error),
  );
  return CancellationScope.cancellable(async () => {
    const late = sleep(step.boundMs).then(() => `was not done within ${boundText(step.boundMs)} and goes on by itself`);
    try {
      return await Promise.race([ended, late]);
    } finally {
      CancellationScope.current().cancel();
      await late.catch(() => undefined);
    }
  });
}

function faultText(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ApplicationFailure) return `failed: ${cause.message}`;
  return 'was stopped';
}

function boundText(boundMs: number): string {
  const seconds = Math.round(boundMs / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}

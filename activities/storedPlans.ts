import { type DeployPlan, formatBytes, type Manifest, planSummary } from '#domain/manifest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';

type PlanDeps = Pick<ActivityDeps, 's3' | 'config'>;

/** Whose plan: one run of one version of a site. */
export interface PlanOwner {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly runId: string;
}

/** A plan as it lies in the build store; the manifest it leads to lies beside it. Plans of earlier versions lack what is optional. */
export interface StoredPlan extends Omit<DeployPlan, 'result' | 'removedPages' | 'leftOut'> {
  readonly removedPages?: readonly string[];
  readonly leftOut?: readonly string[];
  /** In the plan of the site's own theme: every theme output of the run, the own one (empty) first. */
  readonly themes?: readonly string[];
  /** Those among them that are taken away, because nothing builds them any more. */
  readonly dropped?: readonly string[];
}

/** One theme output with what is to be done to it. */
export interface PlannedOutput {
  readonly theme: string;
  readonly plan: StoredPlan;
  readonly manifestKey: string;
  readonly manifest: Manifest;
  readonly isDropped: boolean;
}

/** What a run does to all outputs together. */
export interface PlanTotals {
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly bytes: number;
  readonly removedPages: number;
}

/** Stores the plans of a run with the manifests they lead to, that of the site's own theme last: once it is there, all are. */
export async function storePlans(deps: PlanDeps, owner: PlanOwner, outputs: readonly { readonly theme: string; readonly plan: DeployPlan; readonly isDropped: boolean }[]): Promise<void> {
  const themes = outputs.map(({ theme }) => theme);
  const dropped = outputs.filter(({ isDropped }) => isDropped).map(({ theme }) => theme);
  for (const { theme, plan } of [...outputs].reverse()) {
    const { result, ...rest } = plan;
    await putJson(deps, storeKeys.deployed(owner.siteId, owner.version, owner.runId, theme), result);
    await putJson(deps, storeKeys.plan(owner.siteId, owner.version, owner.runId, theme), theme === '' ? { ...rest, themes, dropped } : rest);
  }
}

/** The plan of every output of a run, the site's own first, or null when the run was not planned. */
export async function readPlans(deps: PlanDeps, owner: PlanOwner): Promise<PlannedOutput[] | null> {
  const { siteId, version, runId } = owner;
  const own = await getJson<StoredPlan>(deps, storeKeys.plan(siteId, version, runId));
  if (own === null) return null;
  return Promise.all(
    (own.themes ?? ['']).map(async (theme): Promise<PlannedOutput> => {
      const plan = theme === '' ? own : await getJson<StoredPlan>(deps, storeKeys.plan(siteId, version, runId, theme));
      if (plan === null) throw new Error(`The build store has no plan of run ${runId} for the theme ${theme}, although the run made it`);
      const manifestKey = storeKeys.deployed(siteId, version, runId, theme);
      return { theme, plan, manifestKey, manifest: await getManifest(deps, manifestKey), isDropped: own.dropped?.includes(theme) === true };
    }),
  );
}

/** The same, for a step that comes after the plan. @throws when the run was not planned. */
export async function mustReadPlans(deps: PlanDeps, owner: PlanOwner): Promise<PlannedOutput[]> {
  const outputs = await readPlans(deps, owner);
  if (outputs === null) throw new Error(`The build store has no plan of run ${owner.runId}, although the run made it`);
  return outputs;
}

/** The output of the site's own theme. */
export function ownOutput(outputs: readonly PlannedOutput[]): PlannedOutput {
  const own = outputs.find(({ theme }) => theme === '');
  if (own === undefined) throw new Error('A site without an output in its own theme was planned');
  return own;
}

export function totalsOf(outputs: readonly Pick<PlannedOutput, 'plan'>[]): PlanTotals {
  const sum = (of: (plan: StoredPlan) => number): number => outputs.reduce((total, { plan }) => total + of(plan), 0);
  return {
    changed: sum((plan) => plan.write.length),
    removed: sum((plan) => plan.remove.length),
    unchanged: sum((plan) => plan.unchanged),
    bytes: sum((plan) => plan.writeBytes),
    removedPages: sum((plan) => plan.removedPages?.length ?? 0),
  };
}

/** What the plans of all outputs will do, for a timeline. */
export function plannedSummary(outputs: readonly Pick<PlannedOutput, 'plan'>[]): string {
  const plans = outputs.map(({ plan }) => plan);
  const totals = totalsOf(outputs);
  return planSummary({ write: plans.flatMap((plan) => plan.write), remove: plans.flatMap((plan) => plan.remove), removedPages: plans.flatMap((plan) => plan.removedPages ?? []), unchanged: totals.unchanged, writeBytes: totals.bytes });
}

/** "312 of 1,933 files changed, 4.1 MB, 2 removed", for a timeline. */
export function deployedSummary(totals: PlanTotals): string {
  const removed = totals.removed === 0 ? '' : `, ${totals.removed.toLocaleString('en-US')} removed`;
  return `${totals.changed.toLocaleString('en-US')} of ${(totals.changed + totals.unchanged).toLocaleString('en-US')} files changed, ${formatBytes(totals.bytes)}${removed}`;
}

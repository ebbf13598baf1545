import { beginDeployment, type DeploymentRow, findDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findOpenRun, findRun, moveRun, recordPhaseProgress } from '#db/queries/runs.ts';
import { listSiteRedirects } from '#db/queries/siteRedirects.ts';
import { findSite, listOtherUrlPaths } from '#db/queries/sites.ts';
import { claimDeployUrl, lockUrls } from '#db/queries/siteUrls.ts';
import { clearUnpublished } from '#db/queries/unpublishing.ts';
import { findUrlHolder } from '#db/queries/urlHolder.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { deployedKey, type DeployPlan, formatBytes, type Manifest, planDeploy, planSummary } from '#domain/manifest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { applyPlan } from './applyPlan.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { webBucket } from './places.ts';
import { StepError } from './stepError.ts';

export interface DeployStepInput extends PhaseInput {
  readonly siteId: string;
  readonly version: PublishVersion;
}

export interface PlanDeployInput extends DeployStepInput {
  readonly buildKey: string;
}

export interface PlannedDeploy extends PhaseResult {
  readonly planKey: string;
  readonly changed: number;
  readonly removed: number;
}

export interface DeployManifestInput extends DeployStepInput {
  readonly planKey: string;
}

export interface RecordPublishedInput extends DeployStepInput {
  readonly planKey: string;
  readonly commit: string;
  readonly revision: number;
}

/** Only the plan's own parts are stored: the manifest it leads to lies beside it. */
type StoredPlan = Omit<DeployPlan, 'result'>;

/** Web buckets: from a manifest to what readers see. */
export function createBucketsActivities(deps: ActivityDeps) {
  const { config, db, s3 } = deps;

  return {
    /**
     * Compares the build with what is deployed and stores the plan.
     * Idempotent because a run that has its plan keeps it, and planning writes nothing readers see.
     * Kill points: before the plan is stored (planned again), after it (it is kept).
     */
    async planDeployment(input: PlanDeployInput): Promise<PlannedDeploy> {
      const planKey = storeKeys.plan(input.siteId, input.version, input.runId);
      const deployment = await findDeployment(db, { siteId: input.siteId, version: input.version, theme: '' });
      const next = await getManifest(deps, input.buildKey);
      const stored = await getJson<StoredPlan>(deps, planKey);
      if (stored !== null) return planned(planKey, stored);
      const plan = planDeploy({
        current: await standingAt(input, next.prefix, deployment),
        interrupted: deployment?.pendingManifestKey == null ? null : await getJson<Manifest>(deps, deployment.pendingManifestKey),
        next,
        // Learn compares the time of this file to see that a course was published.
        always: input.version === 'live' && next.files['data.json'] !== undefined ? ['data.json'] : [],
        otherPrefixes: await listOtherUrlPaths(db, input.siteId),
      });
      const { result, ...rest } = plan;
      await putJson(deps, storeKeys.deployed(input.siteId, input.version, input.runId), result);
      await putJson(deps, planKey, rest);
      return planned(planKey, rest);
    },

    /**
     * Writes new and changed assets, then pages, then removes what is gone: readers never meet half a site.
     * A draft whose site got another URL since is taken away from the old one.
     * Idempotent because objects are written whole under their path, and the manifest on its way is noted before the first.
     * Kill points: before the note, between any two objects (goes on from the reported position), after the last (nothing left to do).
     */
    async deployManifest(input: DeployManifestInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal, context } = activityContext();
      const plan = await mustGet<StoredPlan>(input.planKey);
      const manifestKey = storeKeys.deployed(input.siteId, input.version, input.runId);
      const manifest = await getManifest(deps, manifestKey);
      const before = await findDeployment(db, { siteId: input.siteId, version: input.version, theme: manifest.theme });
      await leaveOldPlace(input, manifest, before?.pendingManifestKey ?? null, abortSignal);
      await claimPlace(input, manifest, manifestKey);
      const earlier: unknown = context.info.heartbeatDetails;
      await applyPlan(deps, {
        bucket: webBucket(config, manifest),
        plan,
        manifest,
        position: typeof earlier === 'number' ? earlier : 0,
        abortSignal,
        onPosition: (position) => {
          reportPosition(context, position);
          const text = `${position.toLocaleString('en-US')} of ${plan.write.length.toLocaleString('en-US')} files written`;
          // Only the picture of the progress is lost when this row cannot be written.
          void recordPhaseProgress(db, input.runId, input.phase, text, { written: position, files: plan.write.length }).catch((error: unknown) => deps.log.warn({ err: error }, 'Progress could not be recorded'));
        },
      });
      await leaveOldPlace(input, manifest, before?.manifestKey ?? null, abortSignal);
      const removed = plan.remove.length === 0 ? '' : `, ${plan.remove.length.toLocaleString('en-US')} removed`;
      const all = plan.write.length + plan.unchanged;
      return {
        summary: `${plan.write.length.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} files changed, ${formatBytes(plan.writeBytes)}${removed}`,
        counts: { written: plan.write.length, bytes: plan.writeBytes, removed: plan.remove.length, unchanged: plan.unchanged },
      };
    },

    /**
     * Notes that readers see the run's manifest and ends the run.
     * Idempotent because the deployment's row is set to the same values and a run succeeds once.
     * Kill points: before the rows, between deployment and run (both written again).
     */
    async recordPublished(input: RecordPublishedInput): Promise<PhaseResult> {
      const plan = await mustGet<StoredPlan>(input.planKey);
      const site = await findSite(db, input.siteId);
      const run = await findRun(db, input.runId);
      const result = {
        changed: plan.write.length,
        removed: plan.remove.length,
        unchanged: plan.unchanged,
        uploadedBytes: plan.writeBytes,
        revision: input.revision,
        url: site === undefined ? null : siteUrl(config, { name: site.name, urlPath: frozenUrlPath(run, site) }, input.version),
      };
      await db.transaction(async (trx) => {
        await finishDeployment(trx, { siteId: input.siteId, version: input.version, theme: '' }, { manifestKey: storeKeys.deployed(input.siteId, input.version, input.runId), runId: input.runId, commit: input.commit, contentRevision: input.revision });
        if (input.version === 'live') await clearUnpublished(trx, input.siteId);
        await moveRun(trx, { runId: input.runId, state: 'succeeded', result });
      });
      const people = run === undefined ? '' : `, ${config.gitOrganization}/${site?.shortId ?? ''} at ${input.commit.slice(0, 8)}`;
      return { summary: `${input.version === 'live' ? 'Live' : 'Draft'} site recorded${people}`, counts: {} };
    },
  };

  /** What stands at the place a build goes to: the site itself, or pages that lead on from there, left by a move it now comes back from. */
  async function standingAt(input: DeployStepInput, prefix: string, deployment: DeploymentRow | undefined): Promise<Manifest | null> {
    const current = deployment?.manifestKey == null ? null : await getManifest(deps, deployment.manifestKey);
    if (current === null || current.prefix === prefix || input.version !== 'live') return current;
    const redirect = (await listSiteRedirects(db, input.siteId)).find((row) => row.fromPath === prefix);
    const key = redirect?.manifests[current.theme];
    return key === undefined ? current : getManifest(deps, key);
  }

  /**
   * Notes what is on its way, if its place is still the site's.
   * @throws {StepError} UrlInUse or SiteMoved, final: the address the run was frozen with cannot be written to.
   */
  async function claimPlace(input: DeployManifestInput, manifest: Manifest, manifestKey: string): Promise<void> {
    await db.transaction(async (trx) => {
      // The root site stands at the top, which nobody can take from it.
      if (manifest.prefix !== '') {
        const claimed = await claimDeployUrl(trx, { siteId: input.siteId, version: input.version, prefix: manifest.prefix });
        if (claimed.kind === 'inUse') throw new StepError('UrlInUse', `The URL ‘${manifest.prefix}’ this publish was begun with belongs to the site ‘${claimed.holder.site}’ by now. Nothing was deployed. Publish again, and it goes to the site’s present URL.`);
        if (claimed.kind === 'moved') throw new StepError('SiteMoved', `The site moved to ‘${claimed.urlPath ?? ''}’ after this publish had begun. Nothing was deployed. Publish again.`);
      }
      await beginDeployment(trx, { siteId: input.siteId, version: input.version, theme: manifest.theme }, manifestKey);
    });
  }

  /**
   * Removes a draft from the URL its site had before. What another site holds by now stays, for its own pages may stand
   * there already; the live site leaves its place by a move only, which takes its draft along.
   */
  async function leaveOldPlace(input: DeployStepInput, manifest: Manifest, oldKey: string | null, abortSignal: AbortSignal): Promise<void> {
    const old = oldKey === null || input.version !== 'draft' ? null : await getJson<Manifest>(deps, oldKey);
    if (old === null || old.prefix === '' || old.prefix === manifest.prefix || (await findOpenRun(db, changeSiteUrlContract.process, input.siteId)) !== undefined) return;
    const kept = new Set(Object.keys(manifest.files).map((path) => deployedKey(manifest, path)));
    const keys = [...new Set([...Object.keys(old.files), ...(old.unsure ?? [])])].map((path) => deployedKey(old, path)).filter((key) => !kept.has(key));
    await db.transaction(async (trx) => {
      // Held until all is removed: nobody gets the address in between and puts pages there that would be taken for ours.
      await lockUrls(trx);
      if ((await findUrlHolder(trx, old.prefix, input.siteId)) === undefined) await s3.remove(webBucket(config, manifest), keys, abortSignal);
    });
  }

  async function mustGet<T>(key: string): Promise<T> {
    const value = await getJson<T>(deps, key);
    if (value === null) throw new Error(`The build store has no ${key}, although the run made it`);
    return value;
  }

  function planned(planKey: string, plan: StoredPlan): PlannedDeploy {
    return {
      planKey,
      changed: plan.write.length,
      removed: plan.remove.length,
      summary: planSummary(plan),
      counts: { changed: plan.write.length, removed: plan.remove.length, unchanged: plan.unchanged, bytes: plan.writeBytes },
    };
  }
}

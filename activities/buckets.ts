import { beginDeployment, findDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findRun, moveRun, recordPhaseProgress } from '#db/queries/runs.ts';
import { findSite, listOtherUrlPaths } from '#db/queries/sites.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { deployedKey, type DeployPlan, formatBytes, type Manifest, planDeploy, planSummary } from '#domain/manifest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { inParallel } from './inParallel.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';

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

/** Between two reports of a running deploy, milliseconds. */
const PROGRESS_MS = 1_000;

/** Web buckets: from a manifest to what readers see. */
export function createBucketsActivities(deps: ActivityDeps) {
  const { config, db, s3 } = deps;
  const bucketOf = (version: PublishVersion): string => (version === 'live' ? config.publishBucket : config.previewBucket);

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
        current: deployment?.manifestKey == null ? null : await getManifest(deps, deployment.manifestKey),
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
     * Idempotent because objects are written whole under their path, and the manifest on its way is noted before the first.
     * Kill points: before the note, between any two objects (goes on from the reported position), after the last (nothing left to do).
     */
    async deployManifest(input: DeployManifestInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal, context } = activityContext();
      const plan = await mustGet<StoredPlan>(input.planKey);
      const manifestKey = storeKeys.deployed(input.siteId, input.version, input.runId);
      const manifest = await getManifest(deps, manifestKey);
      await beginDeployment(db, { siteId: input.siteId, version: input.version, theme: '' }, manifestKey);

      const bucket = bucketOf(input.version);
      const earlier: unknown = context.info.heartbeatDetails;
      let position = typeof earlier === 'number' ? earlier : 0;
      let reportedAt = 0;
      const write = async (path: string): Promise<void> => {
        const entry = manifest.files[path];
        if (entry === undefined) throw new Error(`The plan writes ${path}, which the manifest lacks`);
        const from = entry.storageKey === undefined ? { bucket: config.buildStoreBucket, key: storeKeys.blob(entry.sha256) } : { bucket: config.storageBucket, key: entry.storageKey };
        await s3.copy(from, { bucket, key: deployedKey(manifest, path) }, { contentType: entry.contentType, metadata: { 'site-id': manifest.siteName } }, abortSignal);
      };
      const writeAll = async (paths: readonly string[], offset: number): Promise<void> => {
        const start = Math.min(Math.max(0, position - offset), paths.length);
        await inParallel(paths.slice(start), config.awsMaxConnections, write, {
          abortSignal,
          onProgress: (done) => {
            position = offset + start + done;
            if (Date.now() - reportedAt < PROGRESS_MS) return;
            reportedAt = Date.now();
            reportPosition(context, position);
            const text = `${position.toLocaleString('en-US')} of ${plan.write.length.toLocaleString('en-US')} files written`;
            // Only the picture of the progress is lost when this row cannot be written.
            void recordPhaseProgress(db, input.runId, input.phase, text, { written: position, files: plan.write.length }).catch((error: unknown) => deps.log.warn({ err: error }, 'Progress could not be recorded'));
          },
        });
        position = Math.max(position, offset + paths.length);
      };
      await writeAll(plan.write.slice(0, plan.assetCount), 0);
      await writeAll(plan.write.slice(plan.assetCount), plan.assetCount);
      await s3.remove(bucket, plan.remove.map((path) => deployedKey(manifest, path)), abortSignal);
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
        url: site === undefined ? null : siteUrl(config, site, input.version),
      };
      await db.transaction(async (trx) => {
        await finishDeployment(trx, { siteId: input.siteId, version: input.version, theme: '' }, { manifestKey: storeKeys.deployed(input.siteId, input.version, input.runId), runId: input.runId, commit: input.commit, contentRevision: input.revision });
        await moveRun(trx, { runId: input.runId, state: 'succeeded', result });
      });
      const people = run === undefined ? '' : `, ${config.gitOrganization}/${site?.shortId ?? ''} at ${input.commit.slice(0, 8)}`;
      return { summary: `${input.version === 'live' ? 'Live' : 'Draft'} site recorded${people}`, counts: {} };
    },
  };

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

import type { Db } from '#db/knex.ts';
import { beginDeployment, type DeploymentRow, findDeployment, finishDeployment, forgetDeployment, listSiteDeployments } from '#db/queries/deployments.ts';
import { amendRun, findOpenRun, findRun, moveRun, recordPhaseProgress } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { claimDeployUrl, lockUrls } from '#db/queries/siteUrls.ts';
import { clearUnpublishedBefore } from '#db/queries/unpublishing.ts';
import { findUrlHolder } from '#db/queries/urlHolder.ts';
import { deployedKey, type Manifest } from '#domain/manifest.ts';
import type { PublishSource } from '#domain/publishRequest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { applyPlans } from './applyPlan.ts';
import { getJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import { resumeRedirects } from './movePlaces.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { isRootSite, isTestSite, webBucket } from './places.ts';
import { planOutputs, themePrefixOf } from './planOutputs.ts';
import { publishedUrl } from './publishedUrl.ts';
import { isAskedForByPeople, publishMails } from './publishMails.ts';
import { StepError } from './stepError.ts';
import { deployedSummary, mustReadPlans, ownOutput, type PlannedOutput, plannedSummary, readPlans, storePlans, totalsOf } from './storedPlans.ts';
import { withMails } from './withMails.ts';

export interface DeployStepInput extends PhaseInput {
  readonly siteId: string;
  readonly version: PublishVersion;
}

export interface PlanDeployInput extends DeployStepInput {
  /** Of the site's own theme. */
  readonly buildKey: string;
  /** Set when the output of a stored run is shown. */
  readonly from?: PublishSource;
}

export interface PlannedDeploy extends PhaseResult {
  readonly planKey: string;
  readonly changed: number;
  readonly removed: number;
}

export interface DeployManifestInput extends DeployStepInput {
  readonly planKey: string;
  /** With these the deploy itself notes what readers see; runs of earlier versions left that to `recordPublished`. */
  readonly commit?: string;
  readonly revision?: number;
}

export interface RecordPublishedInput extends DeployStepInput {
  readonly planKey: string;
  readonly commit: string;
  readonly revision: number;
}

/** Whom to tell that a live course changed. */
export interface Notice {
  /** The course's address, without a slash at the end. */
  readonly prefix: string;
  /** Webhooks of the catalogues. */
  readonly receivers: readonly string[];
}

export interface RecordedPublish extends PhaseResult {
  /** Absent when nobody is to be told by this run. */
  readonly notice?: Notice;
}

/** Web buckets: from manifests to what readers see, for every theme output of a site. */
export function createBucketsActivities(deps: ActivityDeps) {
  const { config, db, learn, s3 } = deps;

  return {
    /**
     * Compares what was built, or what an earlier run put out, with what is deployed, for every theme output, and stores the plans.
     * Idempotent because a run that has its plan keeps it, and planning writes nothing readers see.
     * Kill points: before the last plan is stored (planned again), after it (it is kept).
     */
    async planDeployment(input: PlanDeployInput): Promise<PlannedDeploy> {
      const stored = await readPlans(deps, input);
      if (stored !== null) return planned(input, stored);
      const { outputs, warnings } = await planOutputs(deps, input);
      await amendRun(db, input.runId, { warnings, phase: input.phase });
      await storePlans(deps, input, outputs);
      return planned(input, outputs);
    },

    /**
     * Writes new and changed assets of every output, then pages, then removes what is gone: readers never meet half a site.
     * Then notes that readers see it. A draft whose site got another URL since is taken away from the old one; from old addresses of a live
     * site that was unpublished pages lead on again.
     * Idempotent because objects are written whole under their path, the manifests on their way are noted before the first, and
     * a deploy that is noted is not made again.
     * Kill points: before the note, between any two objects (goes on from the reported position), after the last (nothing left
     * to write), after the second note (it is found).
     */
    async deployManifest(input: DeployManifestInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal, context } = activityContext();
      const outputs = await mustReadPlans(deps, input);
      const totals = totalsOf(outputs);
      const result: PhaseResult = { summary: deployedSummary(totals), counts: { written: totals.changed, bytes: totals.bytes, removed: totals.removed, unchanged: totals.unchanged } };
      const before = new Map((await listSiteDeployments(db, input.siteId)).filter((row) => row.version === input.version).map((row) => [row.theme, row]));
      if (outputs.every((output) => isNoted(output, before.get(output.theme)))) return result;
      await leaveOldPlaces(input, outputs, (theme) => before.get(theme)?.pendingManifestKey ?? null, abortSignal);
      await claimPlaces(input, outputs);
      const earlier: unknown = context.info.heartbeatDetails;
      await applyPlans(deps, {
        bucket: webBucket(config, ownOutput(outputs).manifest),
        outputs,
        position: typeof earlier === 'number' ? earlier : 0,
        abortSignal,
        onPosition: (position) => {
          reportPosition(context, position);
          const text = `${position.toLocaleString('en-US')} of ${totals.changed.toLocaleString('en-US')} files written`;
          // Only the picture of the progress is lost when this row cannot be written.
          void recordPhaseProgress(db, input.runId, input.phase, text, { written: position, files: totals.changed }).catch((error: unknown) => deps.log.warn({ err: error }, 'Progress could not be recorded'));
        },
      });
      await leaveOldPlaces(input, outputs, (theme) => before.get(theme)?.manifestKey ?? null, abortSignal);
      if (input.version === 'live') await resumeRedirects(deps, { ...input, outputs: outputs.filter(({ isDropped }) => !isDropped) }, abortSignal);
      const { commit, revision } = input;
      // At once, and not when the caches are empty too: rows and bucket agree whatever becomes of the steps that follow.
      if (commit !== undefined && revision !== undefined) await db.transaction((trx) => noteDeployed(trx, { ...input, commit, revision }, outputs));
      return result;
    },

    /**
     * Ends the run, puts mails into the outbox for the people who asked, and says whom else to tell.
     * Idempotent because a run succeeds once, a mail has one key per run and person, and what is noted as deployed is not noted again.
     * Kill points: before the transaction (nothing happened), after it (the same is written again).
     */
    async recordPublished(input: RecordPublishedInput): Promise<RecordedPublish> {
      const outputs = await mustReadPlans(deps, input);
      const totals = totalsOf(outputs);
      const site = await findSite(db, input.siteId);
      const run = await findRun(db, input.runId);
      const urlPath = site === undefined ? null : frozenUrlPath(run, site);
      const url = site === undefined ? null : publishedUrl(config, { siteName: site.name, version: input.version }, urlPath);
      const result = {
        changed: totals.changed,
        removed: totals.removed,
        removedPages: totals.removedPages,
        unchanged: totals.unchanged,
        uploadedBytes: totals.bytes,
        revision: input.revision,
        url,
      };
      await withMails(deps, async (trx, mail) => {
        await noteDeployed(trx, input, outputs);
        await moveRun(trx, { runId: input.runId, state: 'succeeded', result });
        await mail(await publishMails(trx, config, { runId: input.runId, kind: 'publish-succeeded', reason: null }));
      });
      const where = run === undefined ? '' : `, ${config.gitOrganization}/${site?.shortId ?? ''} at ${input.commit.slice(0, 8)}`;
      const summary = `${input.version === 'live' ? 'Live' : 'Draft'} site recorded${where}`;
      const isTold = input.version === 'live' && site !== undefined && urlPath !== null && !isRootSite(config, site.name) && !isTestSite(config, site.name) && learn.receivers.length > 0 && (await isAskedForByPeople(db, input.runId));
      return { summary, counts: {}, ...(isTold ? { notice: { prefix: urlPath, receivers: learn.receivers } } : {}) };
    },
  };

  /** Notes that readers see the outputs, those that are still on their way; what was noted before is what later steps may have changed. */
  async function noteDeployed(trx: Db, deployed: { siteId: string; version: PublishVersion; runId: string; commit: string; revision: number }, outputs: readonly PlannedOutput[]): Promise<void> {
    for (const { theme, manifestKey, isDropped } of outputs) {
      const key = { siteId: deployed.siteId, version: deployed.version, theme };
      if ((await findDeployment(trx, key))?.pendingManifestKey !== manifestKey) continue;
      if (isDropped) await forgetDeployment(trx, key);
      else await finishDeployment(trx, key, { manifestKey, runId: deployed.runId, commit: deployed.commit, contentRevision: deployed.revision });
    }
    if (deployed.version === 'live') await clearUnpublishedBefore(trx, deployed.siteId);
  }

  /**
   * Notes what is on its way, if its place is still the site's.
   * @throws {StepError} UrlInUse or SiteMoved, final: the address the run was frozen with cannot be written to.
   */
  async function claimPlaces(input: DeployManifestInput, outputs: readonly PlannedOutput[]): Promise<void> {
    const { prefix } = ownOutput(outputs).manifest;
    await db.transaction(async (trx) => {
      // The root site stands at the top, which nobody can take from it.
      if (prefix !== '') {
        const claimed = await claimDeployUrl(trx, { siteId: input.siteId, version: input.version, prefix });
        if (claimed.kind === 'inUse') throw new StepError('UrlInUse', `The URL ‘${prefix}’ this publish was begun with belongs to the site ‘${claimed.holder.site}’ by now. Nothing was deployed. Publish again, and it goes to the site’s present URL.`);
        if (claimed.kind === 'moved') throw new StepError('SiteMoved', `The site moved to ‘${claimed.urlPath ?? ''}’ after this publish had begun. Nothing was deployed. Publish again.`);
      }
      for (const { theme, manifestKey } of outputs) await beginDeployment(trx, { siteId: input.siteId, version: input.version, theme }, manifestKey);
    });
  }

  /**
   * Removes a draft, in every theme, from the URL its site had before. What another site holds by now stays, for its own pages
   * may stand there already; the live site leaves its place by a move only, which takes its draft along.
   */
  async function leaveOldPlaces(input: DeployStepInput, outputs: readonly PlannedOutput[], oldKeyOf: (theme: string) => string | null, abortSignal: AbortSignal): Promise<void> {
    if (input.version !== 'draft') return;
    const own = ownOutput(outputs).manifest;
    for (const { theme, manifest } of outputs) {
      const oldKey = oldKeyOf(theme);
      const old = oldKey === null ? null : await getJson<Manifest>(deps, oldKey);
      if (old === null || old.prefix === '' || old.prefix === manifest.prefix || (await findOpenRun(db, changeSiteUrlContract.process, input.siteId)) !== undefined) continue;
      const themePrefix = themePrefixOf(manifest, own);
      const oldPlace = old.prefix.startsWith(themePrefix) ? old.prefix.slice(themePrefix.length) : old.prefix;
      const kept = new Set(Object.keys(manifest.files).map((path) => deployedKey(manifest, path)));
      const keys = [...new Set([...Object.keys(old.files), ...(old.unsure ?? [])])].map((path) => deployedKey(old, path)).filter((key) => !kept.has(key));
      await db.transaction(async (trx) => {
        // Held until all is removed: nobody gets the address in between and puts pages there that would be taken for ours.
        await lockUrls(trx);
        if ((await findUrlHolder(trx, oldPlace, input.siteId)) === undefined) await s3.remove(webBucket(config, manifest), keys, abortSignal);
      });
    }
  }

  function planned(input: DeployStepInput, outputs: readonly Pick<PlannedOutput, 'plan'>[]): PlannedDeploy {
    const totals = totalsOf(outputs);
    return {
      planKey: storeKeys.plan(input.siteId, input.version, input.runId),
      changed: totals.changed,
      removed: totals.removed,
      summary: plannedSummary(outputs),
      counts: { changed: totals.changed, removed: totals.removed, unchanged: totals.unchanged, bytes: totals.bytes, ...(totals.removedPages === 0 ? {} : { removedPages: totals.removedPages }) },
    };
  }
}

/** Whether an output's deploy ended and was noted. */
function isNoted(output: PlannedOutput, row: DeploymentRow | undefined): boolean {
  if (output.isDropped) return row === undefined;
  return row?.manifestKey === output.manifestKey && row.pendingManifestKey === null;
}

import { findContentItem } from '#db/queries/contentItems.ts';
import { listSiteDeployments } from '#db/queries/deployments.ts';
import { leaveOutUnpublished } from '#db/queries/massPublishSites.ts';
import { bindRequest, findRunRequest, oldestWaitingRequest } from '#db/queries/runRequests.ts';
import { amendRun, findOpenRun, findPass, findRun, moveRun, openRun } from '#db/queries/runs.ts';
import { suspendRedirects } from '#db/queries/siteRedirects.ts';
import { findSite, lockSite, type SiteRow, type UnpublishStatus } from '#db/queries/sites.ts';
import { clearLiveDeployments, clearUnpublished, listOpenLivePublishes, setUnpublishStatus } from '#db/queries/unpublishing.ts';
import { UNPUBLISHED_SINCE } from '#domain/massPublish.ts';
import { counted } from '#domain/counted.ts';
import { learnUid } from '#domain/learnUid.ts';
import { unpublishFault } from '#domain/unpublish.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { gaveUp } from '#temporal/contracts/publishSite.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { doubtLiveOutputs, takeLiveAway } from './livePlaces.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { distributionOf, isRootSite, isTestSite } from './places.ts';
import { StepError } from './stepError.ts';

export interface UnpublishStepInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
}

export interface CheckedUnpublish extends PhaseResult {
  /** Who asked; null for the command line's own. */
  readonly requestedBy: string | null;
}

export interface PurgedSite extends PhaseResult {
  /** Webhooks of the catalogues that have to be told. */
  readonly receivers: readonly string[];
  /** The id by which they know the course. */
  readonly siteUid: string;
  /** What a person has to do, in sentences. */
  readonly byHand: readonly string[];
}

/** Live sites that are taken offline. */
export function createUnpublishingActivities(deps: ActivityDeps) {
  const { config, db, fastly, learn, temporal } = deps;

  return {
    /**
     * Opens the run of the oldest unpublish that is asked for, or says that none is. From here no live publish of the site begins.
     * Idempotent because a pass is found again by workflow id, run id and number, with the request it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openUnpublish(input: { siteId: string; workflowId: string; workflowRunId: string; pass: number }): Promise<{ runId: string | null }> {
      return db.transaction(async (trx) => {
        // A live publish that begins at the same moment sees this run, or this run sees the publish.
        await lockSite(trx, input.siteId);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        if (known !== undefined) return { runId: known.id };
        const request = await oldestWaitingRequest(trx, unpublishSiteContract.process, input.siteId);
        if (request === undefined) return { runId: null };
        // The id is the lock: a run of an earlier execution that is still open has nobody who would end it.
        const lost = await findOpenRun(trx, unpublishSiteContract.process, input.siteId);
        if (lost !== undefined && lost.workflowRunId !== input.workflowRunId) await moveRun(trx, { runId: lost.id, state: 'terminated', reason: { code: 'Terminated', message: 'The unpublish was ended in Temporal, and another one was begun.' } });
        const { runId } = await openRun(trx, { process: unpublishSiteContract.process, siteId: input.siteId, version: 'live', workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: { requestId: request.id } });
        await bindRequest(trx, request.id, runId);
        await setUnpublishStatus(trx, input.siteId, 'started', request.requestedBy);
        return { runId };
      });
    },

    /**
     * Checks that the site is live and can be taken offline, and notes who asked and as whom the catalogues know it.
     * Idempotent because it only reads, and notes the same again.
     * Kill points: before the note, after it; either way it is checked again.
     */
    async checkUnpublish(input: UnpublishStepInput): Promise<CheckedUnpublish> {
      await assertOutwardEffects(deps);
      const site = await siteOf(input.siteId);
      const requestId: unknown = (await findRun(db, input.runId))?.frozen['requestId'];
      const request = typeof requestId === 'string' ? await findRunRequest(db, requestId) : undefined;
      const live = (await listSiteDeployments(db, site.id)).filter((row) => row.version === 'live' && (row.manifestKey !== null || row.pendingManifestKey !== null));
      const fault = unpublishFault({ isRoot: isRootSite(config, site.name), isOut: live.length > 0, isMoving: (await findOpenRun(db, changeSiteUrlContract.process, site.id)) !== undefined });
      if (fault !== undefined) throw new StepError('UnpublishRefused', fault);
      const metadata = await findContentItem(db, site.id, 'sitemetadata');
      await amendRun(db, input.runId, { frozen: { urlPath: site.urlPath, siteUid: learnUid(site.id, metadata?.metadata['legacy_uid']), requestedBy: request?.requestedBy ?? null } });
      return { requestedBy: request?.requestedBy ?? null, summary: `The live site is out at ‘${site.urlPath ?? ''}’${live.length > 1 ? ` in ${counted(live.length, 'theme')}` : ''}`, counts: { outputs: live.length } };
    },

    /**
     * Says how many passes of the site's live publish are open, and closes those that failed: their plan is made for a site that will not be there.
     * Idempotent because a run that is closed is not closed again.
     * Kill points: before a signal, between two, after the last; the next look finds what is still open.
     */
    async settleLivePublishes(input: { siteId: string }): Promise<{ open: number }> {
      const open = await listOpenLivePublishes(db, input.siteId);
      for (const publish of open) {
        if (publish.state !== 'failed') continue;
        try {
          await temporal.workflow.getHandle(publish.workflowId, publish.workflowRunId).signal(gaveUp, { runId: publish.runId });
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw new StepError('EngineUnavailable', 'The publish workflow cannot be reached.');
          await moveRun(db, { runId: publish.runId, state: 'terminated' });
        }
      }
      return { open: open.length };
    },

    /**
     * Notes how far taking the site offline is; null forgets that it was asked for.
     * Idempotent because the same is noted again.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async noteUnpublish(input: { siteId: string; status: UnpublishStatus | null }): Promise<void> {
      if (input.status === null) await clearUnpublished(db, input.siteId);
      else await setUnpublishStatus(db, input.siteId, input.status);
    },

    /**
     * Takes everything of the live site away: online and offline, in every theme, with the pages that lead on from old addresses.
     * Idempotent because what may be there is known from manifests and rows that keep naming every path until the last step, and an object that is gone counts as removed.
     * Kill points: before the first object, between any two, after the last before the note; all of it is removed again. Given up there, what is noted makes the next publish write everything.
     */
    async removeLiveSite(input: UnpublishStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      if ((await listOpenLivePublishes(db, input.siteId)).length > 0) throw new StepError('PublishRunning', 'A live publish of the site has not ended. The unpublish goes on when it has.');
      // Before the first is gone: whatever becomes of this, the next live publish writes them again.
      await suspendRedirects(db, input.siteId, input.runId);
      // Whatever becomes of this, the next publish takes nothing of it for standing.
      await doubtLiveOutputs(deps, { siteId: input.siteId, runId: input.runId });
      const taken = await takeLiveAway(deps, await siteOf(input.siteId), abortSignal);
      await amendRun(db, input.runId, { frozen: { taken } });
      const more = [
        ...(taken.redirectPages === 0 ? [] : [counted(taken.redirectPages, 'redirect page')]),
        ...(taken.offlineFiles === 0 ? [] : [`${counted(taken.offlineFiles, 'file')} of the offline site`]),
      ];
      return { summary: `${[counted(taken.files, 'file'), ...more].join(', ')} removed`, counts: { ...taken } };
    },

    /**
     * Empties the CDN's caches of the site, and says whom else to tell.
     * Idempotent because a purge that is made twice costs nothing but a second look at the bucket.
     * Kill points: before a purge, between two, after the last; each is made again.
     */
    async purgeUnpublished(input: UnpublishStepInput): Promise<PurgedSite> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const { purged, skipped } = await fastly.purgeAll({ distribution: distributionOf(config, { siteName: site.name, version: 'live' }), key: site.name, abortSignal });
      const siteUid: unknown = (await findRun(db, input.runId))?.frozen['siteUid'];
      if (typeof siteUid !== 'string') throw new Error(`Run ${input.runId} was not checked`);
      const receivers = isTestSite(config, site.name) ? [] : learn.receivers;
      return {
        receivers,
        siteUid,
        byHand: skipped.map((name) => `The CDN ‘${name}’ was not purged, because no credentials are set for it. Purge it for the key ‘${site.name}’.`),
        summary: `${purged.length === 0 ? 'No cache purged' : `Purged ${purged.join(' and ')}`}, ${counted(receivers.length, 'catalogue')} to tell`,
        counts: { purged: purged.length, receivers: receivers.length },
      };
    },

    /**
     * Notes that the site is offline, and ends the run with what people and the command line read.
     * Idempotent because all of it is one transaction, and a run succeeds once.
     * Kill points: before the transaction (nothing happened), after it (the same values are written again).
     */
    async recordUnpublished(input: UnpublishStepInput & { warnings: readonly string[] }): Promise<PhaseResult> {
      return db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const run = await findRun(trx, input.runId);
        if (run === undefined) throw new Error(`Run ${input.runId} does not exist`);
        if (run.state === 'running') {
          const requestedBy: unknown = run.frozen['requestedBy'];
          await clearLiveDeployments(trx, input.siteId);
          // Who asked for all sites did not mean to bring this one back; a person who asks for it by itself does.
          await leaveOutUnpublished(trx, input.siteId, UNPUBLISHED_SINCE);
          await setUnpublishStatus(trx, input.siteId, 'succeeded', typeof requestedBy === 'string' ? requestedBy : null);
          await moveRun(trx, { runId: input.runId, state: 'succeeded', result: { urlPath: run.frozen['urlPath'] ?? null, removed: run.frozen['taken'] ?? null, byHand: input.warnings } });
          if (input.warnings.length > 0) await amendRun(trx, input.runId, { warnings: input.warnings.map((message) => ({ message })), phase: input.phase });
        }
        return { summary: 'The site is offline; its URL stays its own', counts: {} };
      });
    },
  };

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }
}

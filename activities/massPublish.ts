import { findDeployment } from '#db/queries/deployments.ts';
import { findMassPublish, insertMassPublish, listMassPublishIds, lockMassPublish, lockMassPublishes, steerMassPublish } from '#db/queries/massPublishes.ts';
import {
  countSitesOf,
  countUnnoticed,
  findMassSite,
  insertMassSites,
  isAskedForByMass,
  isBeingPublished,
  isMadeByMassOnly,
  isUnpublished,
  listPublishableSites,
  listSiteIdsByName,
  listSitesToUndo,
  listUntoldRequests,
  lockNextMassSite,
  lockSettledSites,
  markAsked,
  markSkipped,
  markUndone,
  type MassSiteRow,
  reopenFailedSites,
  type SettledSite,
  settleSite,
  stopWaitingSites,
  takeNoticeBatch,
} from '#db/queries/massPublishSites.ts';
import type { Db } from '#db/knex.ts';
import { bindRequest, findRunRequest, insertRunRequest, markDelivered } from '#db/queries/runRequests.ts';
import { amendRun, findRun, followExecution, moveRun, openRun, recordPhase, recordPhaseProgress } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import { type MassCounts, type MassPublishKind, massSummary, publishableAmong, totalOf, UNPUBLISHED_SINCE } from '#domain/massPublish.ts';
import { pinnedSourcesOf } from '#domain/pinnedSourcesOf.ts';
import { massPublishProcess } from '#domain/processes.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { massPublishContract, type MassPublishRequest } from '#temporal/contracts/massPublish.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { auditOwnPublish } from './auditOwnPublish.ts';
import type { ActivityDeps } from './deps.ts';
import { newestSources } from './newestSources.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { tellPublish } from './tellPublish.ts';
import { withMails } from './withMails.ts';

/** Temporal's priority of publishes nobody waits for: behind a person's, which has 3. */
const MASS_PRIORITY = 4;
/** What one notice may speak of: it goes through history, where a value has at most 16 KB. */
const NOTICE = { addresses: 100, characters: 6_000 } as const;

export interface OpenedMassPublish {
  /** Whether it may go on; another one of this version runs when not, and the run says so. */
  readonly isOpen: boolean;
  /** Mass publishes of this version that had failed sites and waited for a person; this one takes their place. */
  readonly superseded: readonly string[];
}

export interface SettleInput {
  readonly runId: string;
  readonly version: PublishVersion;
  readonly kind: MassPublishKind;
  readonly window: number;
  readonly isPaused: boolean;
  readonly isCancelled: boolean;
}

export interface SettledMass {
  readonly counts: MassCounts;
  /** Sites that went out of which the catalogues were not told. */
  readonly unnoticed: number;
}

/** Mass publishes and their undo: which site is next, and what became of those before. */
export function createMassPublishActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'git' | 'learn' | 'log' | 's3' | 'temporal'>) {
  const { config, db } = deps;

  return {
    /**
     * Opens the run of a mass publish under its request's id, unless one of the same version runs already.
     * Idempotent because the run is found again by its id, and what it superseded is written in it.
     * Kill points: before the transaction (nothing happened), after it (the run is found again).
     */
    async openMassPublish(input: { massRunId: string; workflowId: string; workflowRunId: string }): Promise<OpenedMassPublish> {
      return db.transaction(async (trx) => {
        await lockMassPublishes(trx);
        const { version, request } = await requestOf(trx, input.massRunId);
        const known = await findRun(trx, input.massRunId);
        if (known !== undefined) {
          await followExecution(trx, known.id, input.workflowRunId);
          const superseded: unknown = known.frozen['superseded'];
          return { isOpen: known.state === 'running', superseded: Array.isArray(superseded) ? (superseded as string[]) : [] };
        }
        const running = await listMassPublishIds(trx, version, 'running', input.massRunId);
        const superseded = running.length > 0 ? [] : await listMassPublishIds(trx, version, 'failed', input.massRunId);
        await openRun(trx, { id: input.massRunId, process: massPublishContract.process, siteId: null, version, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: 1, frozen: { ...request, superseded } });
        await bindRequest(trx, input.massRunId, input.massRunId);
        await insertMassPublish(trx, { id: input.massRunId, version, kind: request.kind, undoesId: request.kind === 'undo' ? request.undoes : null, window: request.window });
        for (const id of superseded) await moveRun(trx, { runId: id, state: 'superseded' });
        if (running.length > 0) await moveRun(trx, { runId: input.massRunId, state: 'cancelled', reason: { code: 'MassPublishRunning', message: `Another mass publish of the ${version} sites was running. Ask again when it has ended.` } });
        return { isOpen: running.length === 0, superseded };
      });
    },

    /**
     * Writes down the sites, and the themes and projects that each of them is built from, once.
     * Idempotent because a list that is there is kept: all of it is one transaction.
     * Kill points: before the commit (chosen again, nobody saw the first), after it (it is kept).
     */
    async chooseMassSites(input: PhaseInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { version, request } = await requestOf(db, input.runId);
      // What is brought back is not built, and a list that is there has its own.
      const sources = request.kind === 'undo' || totalOf(await countSitesOf(db, input.runId)) > 0 ? null : await newestSources(deps, activityContext().abortSignal);
      const { counts, pinned } = await db.transaction(async (trx) => {
        await lockMassPublish(trx, input.runId);
        if (totalOf(await countSitesOf(trx, input.runId)) === 0) {
          if (sources !== null) await amendRun(trx, input.runId, { frozen: { ...sources } });
          if (request.kind === 'undo') await insertMassSites(trx, input.runId, (await listSitesToUndo(trx, request.undoes)).map((site, position) => ({ siteId: site.siteId, position, state: 'waiting', reason: null })));
          else await choosePublishable(trx, input.runId, version, request);
        }
        return { counts: await countSitesOf(trx, input.runId), pinned: pinnedSourcesOf((await findRun(trx, input.runId))?.frozen ?? {}) };
      });
      const from = pinned === undefined ? '' : `; themes at ${pinned.themesCommit.slice(0, 8)}, projects at ${pinned.projectsCommit.slice(0, 8)}`;
      return { summary: `${counted(totalOf(counts) - counts.skipped, 'site')}${counts.skipped === 0 ? '' : `, ${counts.skipped.toLocaleString('en-US')} left out`}${from}`, counts: { sites: totalOf(counts), skipped: counts.skipped } };
    },

    /**
     * Reads what became of the publishes that were asked for, and stops what a person wants stopped.
     * Idempotent because a line takes the state of its publish's run, whoever looks and how often.
     * Kill points: before the transaction, after it; either way the next look ends in the same lines.
     */
    async settleMassSites(input: SettleInput): Promise<SettledMass> {
      await db.transaction(async (trx) => {
        await lockMassPublish(trx, input.runId);
        const row = await findMassPublish(trx, input.runId);
        if (row !== undefined && (row.window !== input.window || row.isPaused !== input.isPaused)) await steerMassPublish(trx, input.runId, input);
        if (input.isCancelled) await stopWaitingSites(trx, input.runId, 'A person stopped the mass publish before it came to this site.');
        for (const site of await lockSettledSites(trx, input.runId)) {
          const ended = endOf(site);
          await settleSite(trx, site.id, { ...ended, runId: site.runId, isOut: ended.state === 'succeeded' || site.isOut, betweenRunId: site.betweenRunId });
          if (row?.undoesId != null && ended.state === 'succeeded') await markUndone(trx, row.undoesId, site.siteId);
        }
      });
      const counts = await countSitesOf(db, input.runId);
      await recordPhaseProgress(db, input.runId, 'publish', `${input.isPaused ? 'Paused: ' : ''}${massSummary(input.kind, counts)}`, { ...counts });
      return { counts, unnoticed: input.version === 'live' && deps.learn.receivers.length > 0 ? await countUnnoticed(db, input.runId) : 0 };
    },

    /**
     * Asks for the publishes of the next sites, until as many are on their way as may be at once.
     * Idempotent because a line and its request are written together while the mass publish is held, and a request whose
     * telling was lost is told again, here or by the relay.
     * Kill points: before a line (it is next again), between line and signal (told again), between two lines.
     */
    async requestPublishes(input: PhaseInput & { readonly version: PublishVersion; readonly window: number }): Promise<{ asked: number; skipped: number }> {
      for (const { siteId, siteName, requestId } of await listUntoldRequests(db, input.runId)) await tell({ siteId, siteName, version: input.version, requestId });
      let asked = 0;
      let skipped = 0;
      for (;;) {
        const next = await askForNext(input.runId, input.version, input.window);
        if (next === null) return { asked, skipped };
        if (next.requestId === null) skipped += 1;
        else {
          asked += 1;
          await tell({ ...next, version: input.version, requestId: next.requestId });
        }
      }
    },

    /**
     * Lets the failed sites be asked for once more.
     * Idempotent because a site that waits again is no longer failed, and none fails between two tries.
     * Kill points: before the transaction, after it; either way the failed ones wait.
     */
    async reopenFailedMassSites(input: { runId: string }): Promise<{ reopened: number }> {
      return db.transaction(async (trx) => {
        await lockMassPublish(trx, input.runId);
        const reopened = await reopenFailedSites(trx, input.runId);
        await moveRun(trx, { runId: input.runId, state: 'running' });
        return { reopened };
      });
    },

    /**
     * Gives the next notice its addresses, and says whom to tell.
     * Idempotent because a batch that was given addresses keeps them.
     * Kill points: before the transaction (nothing was given), after it (the same are given again).
     */
    async takeMassNotice(input: { runId: string; batch: number }): Promise<{ prefixes: string[]; receivers: readonly string[] }> {
      const prefixes = await db.transaction(async (trx) => {
        await lockMassPublish(trx, input.runId);
        return takeNoticeBatch(trx, input.runId, input.batch, NOTICE);
      });
      return { prefixes, receivers: deps.learn.receivers };
    },

    /**
     * Says how a mass publish ended, and lets who asked for it be told by mail.
     * Idempotent because a run's end and the mail's key are written once.
     * Kill points: before the transaction (nothing was said), after it (said again, which changes nothing).
     */
    async finishMassPublish(input: { runId: string; version: PublishVersion; kind: MassPublishKind; isCancelled: boolean }): Promise<{ state: RunState; summary: string }> {
      return withMails(deps, async (trx, mail) => {
        const counts = await countSitesOf(trx, input.runId);
        const summary = massSummary(input.kind, counts);
        const state = input.isCancelled ? 'cancelled' : counts.failed > 0 ? 'failed' : 'succeeded';
        await recordPhase(trx, { runId: input.runId, phase: 'publish', state: state === 'failed' ? 'failed' : 'done', summary, counts: { ...counts }, error: state === 'failed' ? { code: 'PublishFailed', message: failedSentence(input.kind, counts) } : null });
        const reason = state === 'cancelled' ? { code: 'Cancelled', message: 'A person stopped this mass publish. Sites it had published stay published; undo it to bring back what stood there.' } : state === 'failed' ? { code: 'PublishFailed', message: failedSentence(input.kind, counts) } : null;
        await moveRun(trx, { runId: input.runId, state, reason, result: { kind: input.kind, sites: totalOf(counts), ...counts } });
        const { requestedBy } = await requestOf(trx, input.runId);
        if (requestedBy !== null) await mail([{ kind: 'mass-publish-finished', dedupeKey: `mass-publish-finished/${input.runId}`, userId: requestedBy, data: { massRunId: input.runId, version: input.version, kind: input.kind, state, summary, counts: { ...counts } } }]);
        return { state, summary };
      });
    },
  };

  async function requestOf(trx: Db, massRunId: string): Promise<{ version: PublishVersion; request: MassPublishRequest; requestedBy: string | null }> {
    const row = await findRunRequest(trx, massRunId);
    if (row === undefined || row.version === null) throw new Error(`The request ${massRunId} of a mass publish does not exist`);
    return { version: row.version, request: row.input as unknown as MassPublishRequest, requestedBy: row.requestedBy };
  }

  /** All that can be published; of sites that were named, those that cannot be are in the report too. */
  async function choosePublishable(trx: Db, id: string, version: PublishVersion, request: MassPublishRequest & { kind: 'publish' }): Promise<void> {
    const sites = await listPublishableSites(trx, { ...publishableAmong(config), version, names: request.names, starterSlug: request.starter, source: request.source });
    const chosen = new Set(sites.map((site) => site.id));
    const others = request.names === undefined ? [] : (await listSiteIdsByName(trx, request.names)).filter((id) => !chosen.has(id));
    await insertMassSites(trx, id, [
      ...sites.map((site, position) => ({ siteId: site.id, position, state: 'waiting' as const, reason: null })),
      ...others.map((siteId, index) => ({ siteId, position: sites.length + index, state: 'skipped' as const, reason: `It is not one that can be published with others: its ${version} site was never out, it has no URL, it was unpublished, only tests publish it, or the filter leaves it out.` })),
    ]);
  }

  /** Takes the next site's line, as long as fewer than `window` are on their way; null when none is to be taken. */
  async function askForNext(runId: string, version: PublishVersion, window: number): Promise<{ siteId: string; siteName: string; requestId: string | null } | null> {
    return db.transaction(async (trx) => {
      await lockMassPublish(trx, runId);
      if ((await countSitesOf(trx, runId)).asked >= window) return null;
      const site = await lockNextMassSite(trx, runId);
      if (site === undefined) return null;
      const { siteId, siteName } = site;
      // As a pass that opens does: it sees this request, or this sees the pass.
      await lockSite(trx, siteId);
      const mass = await findMassPublish(trx, runId);
      const deployedRunId = (await findDeployment(trx, { siteId, version, theme: '' }))?.runId ?? null;
      // Hours may lie between the choosing and this.
      const asked = (await isUnpublished(trx, siteId)) ? UNPUBLISHED_SINCE : mass?.undoesId == null ? { massRunId: runId, ...pinnedSourcesOf((await findRun(trx, runId))?.frozen ?? {}) } : await rollbackOf(trx, mass.undoesId, site, version, deployedRunId, runId);
      if (typeof asked === 'string') {
        await markSkipped(trx, site.id, asked);
        return { siteId, siteName, requestId: null };
      }
      const { requestedBy } = await requestOf(trx, runId);
      const request = await insertRunRequest(trx, { process: publishSiteContract.process, siteId, version, requestedBy, input: { ...asked } });
      await auditOwnPublish(trx, massPublishProcess, { siteName, version, requestId: request.id, ofRunId: runId });
      // What an earlier try of this mass publish put out before it failed is not what readers saw before it.
      const isOurs = deployedRunId !== null && (await isAskedForByMass(trx, deployedRunId, runId));
      await markAsked(trx, site.id, { requestId: request.id, beforeRunId: isOurs ? site.beforeRunId : deployedRunId });
      return { siteId, siteName, requestId: request.id };
    });
  }

  /** What brings back what a site showed before a mass publish, or the sentence that says why it stays as it is. */
  async function rollbackOf(trx: Db, undoneId: string, site: MassSiteRow, version: PublishVersion, deployedRunId: string | null, runId: string): Promise<PublishRequestInput | string> {
    const made = await findMassSite(trx, undoneId, site.siteId);
    if (made?.afterRunId == null || made.beforeRunId === null) return 'It is not known what the site showed before.';
    if (deployedRunId !== made.afterRunId) return 'The site was published by hand since: what readers see is not what the mass publish made.';
    if (!(await isMadeByMassOnly(trx, made.afterRunId))) return 'A person asked for the same publish: what readers see is theirs too.';
    if (await isBeingPublished(trx, site.siteId, version)) return 'The site is being published by hand.';
    return { massRunId: runId, from: { kind: 'rollback', runId: made.beforeRunId } };
  }

  async function tell(told: { siteId: string; siteName: string; version: PublishVersion; requestId: string }): Promise<void> {
    await tellPublish(deps, { ...told, askedBy: 'a mass publish', priorityKey: MASS_PRIORITY });
    await markDelivered(db, told.requestId);
  }
}

function failedSentence(kind: MassPublishKind, counts: MassCounts): string {
  const elsewhere = kind === 'publish' ? ' What is mended in the themes or the projects comes with another mass publish: this one keeps to those it began with.' : '';
  return `${counted(counts.failed, 'site')} could not be published; each says why. Mend what it names, then retry the failed ones.${elsewhere} The others are done.`;
}

function endOf(site: SettledSite): { state: 'succeeded' | 'failed' | 'cancelled'; reason: string | null } {
  switch (site.runState) {
    case 'succeeded':
      return { state: 'succeeded', reason: null };
    case 'cancelled':
      return { state: 'cancelled', reason: site.reason ?? 'A person stopped the publish of this site.' };
    case 'superseded':
      return { state: 'failed', reason: `${site.reason ?? 'The publish failed.'} Somebody published the site again since.` };
    case 'failed':
    case 'terminated':
      return { state: 'failed', reason: site.reason ?? 'The publish failed and does not say why.' };
    case 'running':
    case null:
      return { state: 'failed', reason: 'The request for this publish is gone. Retry it.' };
  }
}

import type { Db } from '#db/knex.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findDeployment, listSiteDeployments } from '#db/queries/deployments.ts';
import { bindRequest, findRunRequest, hasWaitingRequests, insertRunRequest, listMovePublishes, markDelivered, oldestWaitingRequest, type RunRequestRow, withdrawRequest } from '#db/queries/runRequests.ts';
import { amendRun, countRunningPublishes, findOpenRun, findPass, findRun, moveRun, openRun, type RunRow } from '#db/queries/runs.ts';
import { listMentioningItems, repointReferences } from '#db/queries/siteMentions.ts';
import { hasUnfinishedRedirects, leadOn, listSiteRedirects, restoreRedirects } from '#db/queries/siteRedirects.ts';
import { findSite, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { lockUrls, replaceSiteUrl } from '#db/queries/siteUrls.ts';
import { findStarter } from '#db/queries/starters.ts';
import { findUrlHolder, type UrlHolder } from '#db/queries/urlHolder.ts';
import { changeSiteUrlProcess } from '#domain/processes.ts';
import { repointSite } from '#domain/repointSite.ts';
import { isFinal, publishVersions, type PublishVersion } from '#domain/runs.ts';
import { configItem, type SiteConfig } from '#domain/siteConfig.ts';
import { inUseSentence, moveFault, rootHolder } from '#domain/siteMove.ts';
import { joinPath, redirectLine, siteUrl } from '#domain/siteUrl.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { changeSiteUrlContract, type MovePublishRequest, type MoveRequest } from '#temporal/contracts/changeSiteUrl.ts';
import { cancelRequested, publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { auditOwnPublish } from './auditOwnPublish.ts';
import { getManifest } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { type FrozenMove, frozenMoveOf, layRedirects, type Repointing, type StandingOutput, takeAway } from './movePlaces.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { distributionOf } from './places.ts';
import { StepError } from './stepError.ts';
import { tellPublish } from './tellPublish.ts';

export interface MoveStepInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
}

export interface CheckedMove extends PhaseResult {
  readonly from: string;
  readonly to: string;
  /** Versions that are out and have to be published at the new place, the draft first. */
  readonly versions: readonly PublishVersion[];
}

export interface PublishMovedInput extends MoveStepInput {
  readonly version: PublishVersion;
  /** From 1; another one asks for another publish when the one before did not come to its end. */
  readonly attempt: number;
}

export interface PurgedMove extends PhaseResult {
  readonly byHand: readonly string[];
  /** Webhooks of the catalogues that have to be told. */
  readonly receivers: readonly string[];
  readonly urlPath: string;
}

/** Between two looks at a publish that is waited for, milliseconds. */
const LOOK_MS = 1_000;
/** Removed files a result names; the number of all is beside them. */
const NAMED_FILES = 200;

/** Moves of published sites to another address. */
export function createMovesActivities(deps: ActivityDeps) {
  const { config, db, fastly, learn, temporal } = deps;

  return {
    /**
     * Opens the run of the oldest move that is asked for, or says that none is. From here publishes of the site are held off.
     * Idempotent because a pass is found again by workflow id, run id and number, with the request it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openMove(input: { siteId: string; workflowId: string; workflowRunId: string; pass: number }): Promise<{ runId: null } | { runId: string; requestId: string }> {
      return db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        if (known !== undefined) {
          const requestId: unknown = known.frozen['requestId'];
          if (typeof requestId !== 'string') throw new Error(`Run ${known.id} does not know its request`);
          return { runId: known.id, requestId };
        }
        const request = await oldestWaitingRequest(trx, changeSiteUrlContract.process, input.siteId);
        if (request === undefined) return { runId: null };
        // The id is the lock: a run of an earlier execution that is still open has nobody who would end it.
        const lost = await findOpenRun(trx, changeSiteUrlContract.process, input.siteId);
        if (lost !== undefined && lost.workflowRunId !== input.workflowRunId) await moveRun(trx, { runId: lost.id, state: 'terminated', reason: { code: 'Terminated', message: 'The move was ended in Temporal, and another one was begun.' } });
        const { runId } = await openRun(trx, { process: changeSiteUrlContract.process, siteId: input.siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: { requestId: request.id } });
        await bindRequest(trx, request.id, runId);
        return { runId, requestId: request.id };
      });
    },

    /**
     * Says how many passes of publishes of the site are at work.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async countRunningPublishes(input: { siteId: string }): Promise<{ running: number }> {
      return { running: await countRunningPublishes(db, input.siteId) };
    },

    /**
     * Checks that the site can go where it was asked to, and notes what stands where.
     * Idempotent because a run that has noted it keeps it.
     * Kill points: before the note (checked again), after it (it is kept).
     */
    async checkMove(input: MoveStepInput & { requestId: string }): Promise<CheckedMove> {
      await assertOutwardEffects(deps);
      const known = (await findRun(db, input.runId))?.frozen;
      if (typeof known?.['to'] === 'string') return checked(frozenMoveOf(known));
      const request = await findRunRequest(db, input.requestId);
      if (request === undefined) throw new Error(`The request ${input.requestId} of a move does not exist`);
      const { urlPath: asked } = request.input as unknown as MoveRequest;
      const site = await siteOf(input.siteId);
      const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
      const to = joinPath((starter?.config as SiteConfig | null | undefined)?.['root-url-path'] ?? '', asked);
      const before = await standingOutputs(db, site.id);
      const live = before.find((output) => output.version === 'live' && output.theme === '');
      const from = live === undefined ? null : (await getManifest(deps, live.manifestKey)).prefix;
      const redirects = await listSiteRedirects(db, site.id);
      const holder = to === site.urlPath ? undefined : (rootHolder(to, config.rootWebsiteName) ?? (await findUrlHolder(db, to, site.id)));
      const fault = moveFault({ isRoot: site.name === config.rootWebsiteName, from, wasLive: (await findDeployment(db, { siteId: site.id, version: 'live', theme: '' }))?.firstDeployedAt != null, urlPath: site.urlPath, asked, to, holder, redirects: redirects.map((row) => row.fromPath), isUnfinished: await hasUnfinishedRedirects(db, site.id) });
      if (fault !== undefined) throw new StepError(fault.code === 'urlInUse' ? 'UrlInUse' : 'MoveRefused', fault.message);
      if (from === null) throw new Error(`Site ${site.id} has no live address, which was found to be no fault`);
      const frozen: FrozenMove = { from, to, urlPathBefore: site.urlPath, before, redirectsBefore: redirects, requestedBy: request.requestedBy };
      await amendRun(db, input.runId, { frozen: { ...frozen } });
      return checked(frozen);
    },

    /**
     * Gives the site its new address, notes the old one as a redirect and changes it where items of other sites name it.
     * What stands where is noted once more: publishes that ran when the move was checked have ended since.
     * Idempotent because all of it is one transaction, which also notes that it was done.
     * Kill points: before the commit (nothing happened), after it (the note is found).
     */
    async switchSiteUrl(input: MoveStepInput): Promise<PhaseResult> {
      const { from, to, urlPathBefore, requestedBy } = await frozenOf(input.runId);
      // A move that was ended half-way has named another address to other sites already.
      const olds = [...new Set([from, urlPathBefore])].filter((old): old is string => old !== null && old !== to);
      return db.transaction(async (trx) => {
        await lockUrls(trx);
        const known = frozenMoveOf((await findRun(trx, input.runId))?.frozen ?? {});
        if (known.repointed !== undefined) return switched(to, known.repointed);
        if (known.isWithdrawn === true) throw new StepError('MoveRefused', 'The move was stopped.');
        const holder = await findUrlHolder(trx, to, input.siteId);
        if (holder !== undefined) throw taken(to, holder);
        // Somebody retried a failed publish since the move looked: it writes to the old place, or will find that the site moved.
        if ((await countRunningPublishes(trx, input.siteId)) > 0) throw new StepError('PublishRunning', 'A publish of the site runs. The move goes on when it has ended.');
        const before = await standingOutputs(trx, input.siteId);
        const repointed: Repointing[] = [];
        for (const old of olds) {
          // Items before sites, as a save takes them, so that the two never wait for each other.
          for (const { siteId, siteName, config: siteConfig, item } of await listMentioningItems(trx, old)) {
            const kind = siteConfig === null ? undefined : configItem(siteConfig as SiteConfig, item.type);
            const changed = kind === undefined ? null : repointSite(kind, item.metadata, old, to);
            if (changed === null) continue;
            await changeContentItem(trx, { siteId, textId: item.textId, fromRevision: null, set: { metadata: changed.metadata }, by: requestedBy, reason: 'moved' });
            repointed.push(...changed.fields.map((field) => ({ siteId, site: siteName, item: item.textId, field })));
          }
          await repointReferences(trx, old, to);
        }
        if (from !== to) {
          const manifests = Object.fromEntries(before.filter((output) => output.version === 'live').map((output) => [output.theme, output.manifestKey]));
          await leadOn(trx, { siteId: input.siteId, fromPath: from, toPath: to, runId: input.runId, manifests });
        }
        await replaceSiteUrl(trx, input.siteId, to);
        await amendRun(trx, input.runId, { frozen: { before, repointed } });
        return switched(to, repointed);
      });
    },

    /**
     * Asks for an ordinary publish at the new place and waits until it is out.
     * Idempotent because the request is found again by the move, the version and the attempt, and one that is out is not asked for again.
     * Kill points: before the row, between row and signal (told again), while it waits (it looks again).
     */
    async publishMovedSite(input: PublishMovedInput): Promise<PhaseResult> {
      const { context } = activityContext();
      const { to } = await frozenOf(input.runId);
      const request = await askForPublish(input);
      await tellPublish(deps, { ...input, requestId: request.id, askedBy: 'a move of the site' });
      await markDelivered(db, request.id);
      for (;;) {
        const asked = await findRunRequest(db, request.id);
        const run = asked?.runId == null ? undefined : await findRun(db, asked.runId);
        if (run?.state === 'succeeded') return { summary: `The ${input.version} site stands at ‘${to}’`, counts: {} };
        if (run !== undefined && (run.state === 'failed' || isFinal(run.state))) throw unpublished(input.version, run);
        await context.sleep(LOOK_MS);
      }
    },

    /**
     * Leads readers on from the old place and from every older one, and takes the rest away there.
     * Idempotent because pages are written whole, and what stood there before is known from manifests that no step changes.
     * Kill points: between any two objects, between two places, before the notes; the next try writes all of it again.
     */
    async leadReadersOn(input: MoveStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const frozen = await frozenOf(input.runId);
      const site = await siteOf(input.siteId);
      const laid = await layRedirects(deps, { site, runId: input.runId, frozen, abortSignal });
      await amendRun(db, input.runId, { frozen: { holdsPublishes: false, redirectPages: laid.pages, removedFiles: laid.removed.length, removed: laid.removed.slice(0, NAMED_FILES) } });
      return {
        summary: `${laid.pages.toLocaleString('en-US')} pages lead on, ${laid.removed.length.toLocaleString('en-US')} other files removed`,
        counts: { pages: laid.pages, removed: laid.removed.length },
      };
    },

    /**
     * Empties the CDN's caches of the site, and says whom else to tell.
     * Idempotent because a purge that is made twice costs nothing but a second look at the bucket.
     * Kill points: before a purge, between two, after the last; each is made again.
     */
    async purgeMovedSite(input: MoveStepInput): Promise<PurgedMove> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const frozen = await frozenOf(input.runId);
      const byHand: string[] = [];
      const purged: string[] = [];
      for (const version of versionsOf(frozen)) {
        const done = await fastly.purgeAll({ distribution: distributionOf(config, { siteName: input.siteName, version }), key: input.siteName, abortSignal });
        purged.push(...done.purged);
        for (const target of done.skipped) byHand.push(`The CDN of the ${target} sites was not purged, because no credentials are set for it. Purge it for the key ‘${input.siteName}’.`);
      }
      if (learn.receivers.length === 0) byHand.push('No catalogue was told of the new place, because none is set. MIT Learn reads the course again when it is told.');
      return {
        byHand,
        receivers: learn.receivers,
        urlPath: frozen.to,
        summary: `${purged.length === 0 ? 'No cache purged' : `Purged the CDN of ${purged.join(' and ')}`}, ${learn.receivers.length === 1 ? '1 catalogue' : `${learn.receivers.length} catalogues`} to tell`,
        counts: { purged: purged.length, receivers: learn.receivers.length },
      };
    },

    /**
     * Tells one catalogue that lists our courses to read the course at its new place.
     * Idempotent because the catalogue knows the course by its uid and reads it as often as it is told.
     * Kill points: before the call, after it; either way it is told again.
     */
    async notifyCatalogue(input: { receiver: string; urlPath: string }): Promise<void> {
      await assertOutwardEffects(deps);
      await learn.notifyPublished(input.receiver, input.urlPath, activityContext().abortSignal);
    },

    /**
     * Ends the run with what people and the command line read.
     * Idempotent because a run succeeds once and the result is made from what is stored.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async recordMoved(input: MoveStepInput & { byHand: readonly string[] }): Promise<PhaseResult> {
      const frozen = await frozenOf(input.runId);
      // A site that comes to where it stands already needs no line for that place, which would lead round in a circle.
      const olds = frozen.from === frozen.to ? (await listSiteRedirects(db, input.siteId)).map((row) => row.fromPath) : [frozen.from];
      const lines = olds.map((old) => redirectLine(old, frozen.to));
      await moveRun(db, {
        runId: input.runId,
        state: 'succeeded',
        result: {
          from: frozen.from,
          to: frozen.to,
          url: siteUrl(config, { name: input.siteName, urlPath: frozen.to }, 'live'),
          redirectLine: lines[0] ?? null,
          redirectPages: frozen.redirectPages ?? 0,
          removedFiles: frozen.removedFiles ?? 0,
          removed: frozen.removed ?? [],
          repointed: (frozen.repointed ?? []).map(({ site, item, field }) => ({ site, item, field })),
          byHand: [...lines.map((line) => `Add this line to the CDN’s redirect table: ${line}`), ...input.byHand],
        },
      });
      return { summary: `The site is at ‘${frozen.to}’`, counts: {} };
    },

    /**
     * Undoes a move before its point of no return: calls its publishes off, takes away what was put at the new place, and
     * brings the old address back everywhere.
     * Idempotent because each part looks at what is there: a publish that ended, a deployment set back, a note that all is undone.
     * Kill points: between any two parts, between two objects; the next try does the rest.
     */
    async withdrawMove(input: Omit<MoveStepInput, 'phase'>): Promise<void> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const frozen = await db.transaction(async (trx) => {
        await lockUrls(trx);
        const known = (await findRun(trx, input.runId))?.frozen ?? {};
        if (Array.isArray(known['repointed']) && known['isWithdrawn'] !== true) return frozenMoveOf(known);
        // The address was not changed; a step that comes late finds the note and does not change it either.
        await amendRun(trx, input.runId, { frozen: { isWithdrawn: true } });
        return null;
      });
      if (frozen === null) return;
      await callOffPublishes(input);
      const site = await siteOf(input.siteId);
      await takeAway(deps, { site, runId: input.runId, frozen, abortSignal });
      await db.transaction(async (trx) => {
        await lockUrls(trx);
        for (const { siteId, item: textId } of uniqueItems(frozen.repointed ?? [])) {
          const item = await findContentItem(trx, siteId, textId);
          const starter = (await findSite(trx, siteId))?.starterId ?? null;
          const siteConfig = starter === null ? null : ((await findStarter(trx, starter))?.config ?? null);
          const kind = item === undefined || siteConfig === null ? undefined : configItem(siteConfig as SiteConfig, item.type);
          const changed = item === undefined || kind === undefined ? null : repointSite(kind, item.metadata, frozen.to, frozen.from);
          if (changed !== null) await changeContentItem(trx, { siteId, textId, fromRevision: null, set: { metadata: changed.metadata }, by: frozen.requestedBy, reason: 'moved back' });
        }
        if (frozen.from !== frozen.to) await repointReferences(trx, frozen.to, frozen.from);
        await restoreRedirects(trx, input.siteId, frozen.redirectsBefore);
        await replaceSiteUrl(trx, input.siteId, frozen.urlPathBefore);
        await amendRun(trx, input.runId, { frozen: { isWithdrawn: true } });
      });
    },

    /**
     * Tells the publishes that a move held off that they may begin.
     * Idempotent because a signal is a hint: a pass takes each request once.
     * Kill points: before a signal, between two; each is sent again, and the check of requests sends what was missed.
     */
    async releasePublishes(input: { siteId: string; siteName: string }): Promise<void> {
      for (const version of publishVersions) {
        if (await hasWaitingRequests(db, publishSiteContract.process, input.siteId, version)) await tellPublish(deps, { ...input, version, requestId: input.siteId, askedBy: 'somebody while something else was done to the site' });
      }
    },
  };

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }

  async function frozenOf(runId: string): Promise<FrozenMove> {
    const run = await findRun(db, runId);
    if (run === undefined) throw new Error(`Run ${runId} does not exist`);
    return frozenMoveOf(run.frozen);
  }

  /** The request of this attempt: an earlier one that is out or on its way is as good as a new one. */
  async function askForPublish(input: PublishMovedInput): Promise<RunRequestRow> {
    const { requestedBy } = await frozenOf(input.runId);
    return db.transaction(async (trx) => {
      await lockSite(trx, input.siteId);
      const [newest] = (await listMovePublishes(trx, input.runId, input.siteId)).filter((row) => row.version === input.version);
      if (newest !== undefined) {
        const run = newest.runId === null ? undefined : await findRun(trx, newest.runId);
        const isOnItsWay = run === undefined || run.state === 'running' || run.state === 'succeeded';
        if (isOnItsWay || newest.input['attempt'] === input.attempt) return newest;
      }
      const asked: MovePublishRequest = { moveRunId: input.runId, attempt: input.attempt };
      const request = await insertRunRequest(trx, { process: publishSiteContract.process, siteId: input.siteId, version: input.version, requestedBy, input: { ...asked } });
      if (request.siteName !== null) await auditOwnPublish(trx, changeSiteUrlProcess, { siteName: request.siteName, version: input.version, requestId: request.id, ofRunId: input.runId });
      return request;
    });
  }

  /** Ends every publish of the move: what no pass took is taken back, what runs is stopped or, once it writes, waited for. */
  async function callOffPublishes(input: Omit<MoveStepInput, 'phase'>): Promise<void> {
    const { context } = activityContext();
    for (;;) {
      const open = await db.transaction(async (trx) => {
        await lockSite(trx, input.siteId);
        const runs: RunRow[] = [];
        for (const request of await listMovePublishes(trx, input.runId, input.siteId)) {
          if (request.runId === null) await withdrawRequest(trx, request.id);
          else {
            const run = await findRun(trx, request.runId);
            if (run !== undefined && !isFinal(run.state)) runs.push(run);
          }
        }
        return runs;
      });
      if (open.length === 0) return;
      for (const run of open) {
        try {
          await temporal.workflow.getHandle(run.workflowId, run.workflowRunId).signal(cancelRequested, { runId: run.id });
        } catch (error) {
          // Continued as new or ended: its row follows, by itself or by the check of rows.
          if (!(error instanceof WorkflowNotFoundError)) throw new StepError('EngineUnavailable', 'The publish workflow cannot be reached.');
        }
      }
      await context.sleep(LOOK_MS);
    }
  }
}

/** What stands in the buckets of a site now. */
async function standingOutputs(db: Db, siteId: string): Promise<StandingOutput[]> {
  return (await listSiteDeployments(db, siteId)).flatMap((row): StandingOutput[] =>
    row.manifestKey === null ? [] : [{ version: row.version, theme: row.theme, manifestKey: row.manifestKey, pendingManifestKey: row.pendingManifestKey, runId: row.runId, commit: row.commit, contentRevision: row.contentRevision, deployedAt: row.deployedAt?.toISOString() ?? null }],
  );
}

function versionsOf(frozen: FrozenMove): PublishVersion[] {
  return publishVersions.filter((version) => frozen.before.some((output) => output.version === version));
}

function checked(frozen: FrozenMove): CheckedMove {
  const versions = versionsOf(frozen);
  return { from: frozen.from, to: frozen.to, versions, summary: `From ‘${frozen.from}’ to ‘${frozen.to}’`, counts: { outputs: frozen.before.length } };
}

function switched(to: string, repointed: readonly Repointing[]): PhaseResult {
  const named = repointed.length === 0 ? 'no other site names the old one' : `${repointed.length.toLocaleString('en-US')} ${repointed.length === 1 ? 'field that named' : 'fields that named'} the old one changed`;
  return { summary: `The site’s URL is ‘${to}’, ${named}`, counts: { repointed: repointed.length } };
}

function taken(to: string, holder: UrlHolder): StepError {
  return new StepError('UrlInUse', inUseSentence(to, holder));
}

function unpublished(version: PublishVersion, run: RunRow): StepError {
  const reason = run.reasonMessage ?? `Its run ended as ${run.state}.`;
  return new StepError('PublishFailed', `The ${version} site could not be published at its new place: ${reason} Mend that, then retry the move. Readers find the old place, whole.`, run.problems);
}

function uniqueItems(repointed: readonly Repointing[]): Repointing[] {
  return [...new Map(repointed.map((each) => [`${each.siteId}/${each.item}`, each])).values()];
}

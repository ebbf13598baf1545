import { WaybackError, type WaybackStatus, type WaybackSubmission } from '#clients/wayback.ts';
import { lockSite } from '#db/queries/sites.ts';
import { writeLinkMetadata } from '#db/queries/externalLinks.ts';
import { type ArchivedLink, archiveProgress, type ArchiveProgress, bindLinksToRun, dropQueuedOfRun, findArchivedLink, listToFollow, listToSubmit, nextArchiveTurn, queueLinks, saveArchive, saveArchiveAccount } from '#db/queries/linkArchive.ts';
import { bindRequest, waitingRequests } from '#db/queries/runRequests.ts';
import { adoptRuns, moveRun, nextPass, openRun, recordPhase, recordPhaseProgress } from '#db/queries/runs.ts';
import { afterCapture, afterFailure, afterNoAnswer, afterStep, afterTaken, dueStep, type LinkArchive } from '#domain/archiveState.ts';
import { counted } from '#domain/counted.ts';
import { withArchivedCopy } from '#domain/linkCheck.ts';
import { judgeUrl } from '#domain/publicAddress.ts';
import type { Problem } from '#domain/runs.ts';
import { CAPTURES_PER_MINUTE, newestCapture } from '#domain/wayback.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Captures that one activity follows: a few calls, and the index asked for the few that are overdue. */
const FOLLOWED_AT_ONCE = 200;
/** Links in a row for which the index has no answer until it is taken to be away: each may take a minute. */
const INDEX_TRIES = 2;
/** How long to leave the archive alone when the account may do nothing more, in milliseconds: for now, and for today. */
const BUSY_MS = 60_000;
const SPENT_MS = 60 * 60_000;

/** What is to be done for the links of all sites now. */
export interface ArchiveTurn {
  /** Whether captures are to be followed. */
  readonly follows: boolean;
  /** Items whose links are to be submitted. */
  readonly submit: readonly string[];
  /** When there is more to do, epoch milliseconds; null when there is nothing more. */
  readonly nextAt: number | null;
}

/** Archived copies of external links. @param deps.now epoch milliseconds; the machine's clock unless a test says otherwise */
export function createArchiveActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'wayback'> & { readonly now?: () => number }) {
  const { config, db, wayback, now = () => Date.now() } = deps;

  return {
    /**
     * Opens a run for each request that waits, and queues the links of its site, or of all; runs of an execution that is gone go on with this one.
     * Idempotent because a request that was taken has its run, and a queued link is not queued again.
     * Kill points: between two requests, inside one (its transaction is undone); the next try takes the rest.
     */
    async takeArchiveRequests(input: { workflowId: string; workflowRunId: string }): Promise<{ runs: number }> {
      await adoptRuns(db, archiveLinksContract.process, input.workflowRunId);
      let runs = 0;
      for (const request of await waitingRequests(db, archiveLinksContract.process)) {
        const { siteId } = request;
        await db.transaction(async (trx) => {
          if (siteId !== null) await lockSite(trx, siteId);
          const { runId } = await openRun(trx, { process: archiveLinksContract.process, siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: await nextPass(trx, input.workflowId), frozen: { intervalDays: config.waybackSubmissionIntervalDays } });
          await bindRequest(trx, request.id, runId);
          const queued = await queueLinks(trx, { of: siteId === null ? 'all' : { siteId }, now: new Date(now()), intervalDays: config.waybackSubmissionIntervalDays });
          const links = await bindLinksToRun(trx, siteId, runId);
          await recordPhase(trx, { runId, phase: 'queue', state: 'done', summary: counted(links, 'link'), counts: { links, queued } });
          await recordPhase(trx, { runId, phase: 'capture', state: 'running', attempt: 1 });
        });
        runs += 1;
      }
      return { runs };
    },

    /**
     * Says what is to be done now, by the queue and by what the account may do.
     * Idempotent because it only reads, and notes what the archive said last.
     * Kill points: before and after the archive is asked; nothing is lost.
     */
    async planArchiveTurn(_input: object): Promise<ArchiveTurn> {
      const { abortSignal } = activityContext();
      const at = now();
      const next = await nextArchiveTurn(db);
      const follows = next.followAt !== null && next.followAt.getTime() <= at;
      const isSubmitDue = next.submitAt !== null && next.submitAt.getTime() <= at;
      const times = [next.submitAt, next.followAt].flatMap((time) => (time === null ? [] : [time.getTime()]));
      const nextAt = times.length === 0 ? null : Math.min(...times);
      if (!isSubmitDue) return { follows, submit: [], nextAt };
      const account = await wayback.capacity(abortSignal);
      await saveArchiveAccount(db, { ...account, askedAt: new Date(at) });
      const today = account.dailyLimit === null || account.dailyCaptures === null ? Infinity : account.dailyLimit - account.dailyCaptures;
      const allowed = Math.min(CAPTURES_PER_MINUTE, account.available, today);
      if (allowed > 0) return { follows, submit: await listToSubmit(db, new Date(at), allowed), nextAt };
      const pauseMs = today <= 0 ? SPENT_MS : BUSY_MS;
      return { follows, submit: [], nextAt: Math.min(next.followAt?.getTime() ?? Infinity, at + pauseMs) };
    },

    /**
     * Asks for a capture of one link. The queue it runs on is how the pace is kept.
     * Idempotent because a link that was taken is not queued any more, and a capture that was asked for twice is made once: the
     * second call finds the first.
     * Kill points: before the call, after it before its record (asked again, and found).
     */
    async submitLink(input: { readonly itemId: string }): Promise<{ readonly outcome: 'taken' | 'rejected' | 'left' }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const link = await findArchivedLink(db, input.itemId);
      if (link?.archive.state !== 'queued') return { outcome: 'left' };
      // An address that is none of the public web is not told to anybody.
      const submission: WaybackSubmission = 'fault' in judgeUrl(link.url) ? { kind: 'rejected', statusExt: 'error:invalid-url', message: '' } : await submit(link.url, abortSignal);
      const isTaken = submission.kind === 'taken';
      await saveArchive(db, link, isTaken ? afterTaken(link.archive, submission.jobId, submission.startsInMs, now()) : afterFailure(link.archive, submission.statusExt, now()));
      return { outcome: isTaken ? 'taken' : 'rejected' };
    },

    /**
     * Asks what became of captures: their status while the archive remembers it, then the index; what is to be asked for once
     * more goes back to the queue.
     * Idempotent because a capture that was noted is not due any more.
     * Kill points: before a call, after it before its record (asked again), between two links.
     */
    async followCaptures(_input: object): Promise<{ readonly followed: number }> {
      const { abortSignal } = activityContext();
      const links = await listToFollow(db, new Date(now()), FOLLOWED_AT_ONCE);
      const steps = links.map((link) => ({ link, step: dueStep(link.archive, now()) }));
      const jobs = steps.flatMap(({ link, step }) => (step === 'askStatus' && link.archive.jobId !== null ? [link.archive.jobId] : []));
      const statuses = jobs.length === 0 ? new Map<string, WaybackStatus>() : await wayback.statuses(jobs, abortSignal);
      let unanswered = 0;
      for (const { link, step } of steps) {
        const { archive } = link;
        const status = step === 'askStatus' && archive.jobId !== null ? statuses.get(archive.jobId) : undefined;
        if (status?.kind === 'done') await saveCapture(link, afterCapture(archive, status, now()));
        else if (status?.kind === 'failed') await saveArchive(db, link, afterFailure(archive, status.statusExt, now()));
        else if (step === 'lookUp' && unanswered >= INDEX_TRIES) await saveArchive(db, link, afterNoAnswer(archive, now()));
        else if (step === 'lookUp') unanswered = (await lookUp(link, abortSignal)) ? 0 : unanswered + 1;
        else await saveArchive(db, link, afterStep(archive, now()));
      }
      return { followed: links.length };
    },

    /**
     * Notes how far the open runs are, and ends those of which nothing is waited for any more.
     * Idempotent because a run that ended is not open any more.
     * Kill points: between two runs; the next turn takes the rest.
     */
    async settleArchiveRuns(_input: object): Promise<{ readonly open: number }> {
      const runs = await archiveProgress(db, archiveLinksContract.process);
      for (const run of runs) {
        if (run.open > 0) {
          await recordPhaseProgress(db, run.runId, 'capture', summaryOf(run), countsOf(run));
          continue;
        }
        await recordPhase(db, { runId: run.runId, phase: 'capture', state: 'done', summary: summaryOf(run), counts: countsOf(run) });
        await moveRun(db, { runId: run.runId, state: 'succeeded', result: countsOf(run) });
      }
      return { open: runs.filter((run) => run.open > 0).length };
    },

    /**
     * Ends open runs before their time: one that a person stopped, whose queued links are taken out again, or all.
     * Idempotent because a run that ended is not open any more.
     * Kill points: between two runs; the next try takes the rest.
     */
    async endArchiveRuns(input: { readonly runId: string | null; readonly state: 'cancelled' | 'failed'; readonly reason: { readonly code: string; readonly message: string }; readonly problems?: readonly Problem[] }): Promise<void> {
      const runs = await archiveProgress(db, archiveLinksContract.process);
      for (const run of runs) {
        if (input.runId !== null && run.runId !== input.runId) continue;
        await db.transaction(async (trx) => {
          if (input.runId !== null) await dropQueuedOfRun(trx, run.runId);
          await recordPhaseProgress(trx, run.runId, 'capture', summaryOf(run), countsOf(run));
          await moveRun(trx, { runId: run.runId, state: input.state, reason: input.reason, problems: input.problems ?? [], result: countsOf(run) });
        });
      }
    },
  };

  /** @throws {WaybackError} what it has against us; what it has against this link is an answer. */
  async function submit(url: string, abortSignal: AbortSignal): Promise<WaybackSubmission> {
    try {
      return await wayback.submit(url, abortSignal);
    } catch (error) {
      const isOfLink = error instanceof WaybackError && error.kind === 'refused' && error.status !== null && error.status !== 401 && error.status !== 403;
      if (!isOfLink) throw error;
      return { kind: 'rejected', statusExt: 'error:bad-request', message: error.message };
    }
  }

  /** Looks for the capture of a link in the index; one the index has no answer for waits, and holds up nothing else. @returns whether it answered. */
  async function lookUp(link: ArchivedLink, abortSignal: AbortSignal): Promise<boolean> {
    const { archive } = link;
    // A copy that was new enough may have been taken for the capture.
    const since = (archive.submittedAt ?? now()) - config.waybackSubmissionIntervalDays * DAY_MS;
    try {
      const capture = newestCapture(await wayback.findCaptures(link.url, since, abortSignal), since);
      if (capture === null) await saveArchive(db, link, afterStep(archive, now()));
      else await saveCapture(link, afterCapture(archive, capture, now()));
      return true;
    } catch (error) {
      abortSignal.throwIfAborted();
      if (!(error instanceof WaybackError)) throw error;
      await saveArchive(db, link, afterNoAnswer(archive, now()));
      return false;
    }
  }

  /** Notes a copy, and where it is in the item's metadata. */
  async function saveCapture(link: ArchivedLink, archive: LinkArchive): Promise<void> {
    const { url } = archive;
    await db.transaction(async (trx) => {
      await lockSite(trx, link.siteId);
      if ((await saveArchive(trx, link, archive)) && url !== null) await writeLinkMetadata(trx, link, (metadata) => withArchivedCopy(metadata, url), 'link-archived');
    });
  }
}

function countsOf({ open, archived, failed, putOff }: ArchiveProgress): Record<string, number> {
  return { open, archived, failed, putOff };
}

function summaryOf({ open, archived, failed, putOff }: ArchiveProgress): string {
  return `${counted(open, 'link')} to go: ${archived.toLocaleString('en-US')} archived, ${failed.toLocaleString('en-US')} failed, ${putOff.toLocaleString('en-US')} put off`;
}

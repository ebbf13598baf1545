import { countDueLinks, countLooked, databaseNow, type DueLinks, type ExternalLink, listDueLinks, listSitesWithLinks, saveCheck, takeInLinks } from '#db/queries/externalLinks.ts';
import { nextArchiveTurn, queueLinks } from '#db/queries/linkArchive.ts';
import { bindRequest, waitingRequests } from '#db/queries/runRequests.ts';
import { findPass, findRun, openRun, recordPhaseProgress } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import { verdictOf } from '#domain/linkCheck.ts';
import { hostOf, judgeUrl } from '#domain/publicAddress.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { checkLinksContract } from '#temporal/contracts/checkLinks.ts';
import { startArchiveLinks } from '#temporal/startArchiveLinks.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

/** Links of a batch, and how long it goes on beginning requests, in milliseconds: a batch that runs long hands back what it did not begin. */
const BATCH_LINKS = 5_000;
const BATCH_MS = 5 * 60_000;
/** Hosts of a batch that are asked at once; each host is asked one link after the other, and mostly waited for. */
const HOSTS_AT_ONCE = 250;
/** Links looked at between two notes of the progress. */
const LINKS_PER_NOTE = 20;
const SITES_PER_PAGE = 200;

/** Null stands for all sites. */
export type LinkStepInput = PhaseInput & { readonly siteId: string | null };

export interface CheckedBatch extends PhaseResult {
  /** Links that are still due. */
  readonly left: number;
}

/** External links, asked whether they lead somewhere. */
export function createLinksActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'publicWeb' | 'hostTurns' | 'wayback' | 'temporal'>) {
  const { config, db, publicWeb, hostTurns, wayback } = deps;

  return {
    /**
     * Opens the run of a link check with the requests that wait for it; of all sites, with none.
     * Idempotent because a pass is found again by workflow id, run id and number.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openLinkCheck(input: { siteId: string | null; workflowId: string; workflowRunId: string; pass: number }): Promise<{ runId: string | null }> {
      return db.transaction(async (trx) => {
        if (input.siteId !== null) await lockSite(trx, input.siteId);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        if (known !== undefined) return { runId: known.id };
        const waiting = input.siteId === null ? [] : await waitingRequests(trx, checkLinksContract.process, input.siteId);
        // Nobody asks for all sites: the schedule's execution makes its one pass.
        if (input.siteId === null ? input.pass > 1 : waiting.length === 0) return { runId: null };
        const before = await databaseNow(trx);
        const { runId } = await openRun(trx, { process: checkLinksContract.process, siteId: input.siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: { before: before.toISOString() } });
        for (const request of waiting) await bindRequest(trx, request.id, runId);
        return { runId };
      });
    },

    /**
     * Brings what is known of links to the items there are.
     * Idempotent because what was taken in is there, and a try goes on behind the last site that was reported.
     * Kill points: between two sites, inside one (its transaction is undone); the next try takes it in again.
     */
    async collectLinks(input: LinkStepInput): Promise<PhaseResult> {
      if (input.siteId !== null) {
        const links = await takeInLinks(db, input.siteId);
        return { summary: counted(links, 'link'), counts: { links, sites: 1 } };
      }
      const { abortSignal, context } = activityContext();
      let at = (context.info.heartbeatDetails as { after: string; links: number; sites: number } | undefined) ?? { after: null, links: 0, sites: 0 };
      for (;;) {
        const page = await listSitesWithLinks(db, at.after, SITES_PER_PAGE);
        for (const siteId of page) {
          abortSignal.throwIfAborted();
          at = { after: siteId, links: at.links + (await takeInLinks(db, siteId)), sites: at.sites + 1 };
          reportPosition(context, at);
        }
        if (page.length < SITES_PER_PAGE) return { summary: `${counted(at.links, 'link')} of ${counted(at.sites, 'site')}`, counts: { links: at.links, sites: at.sites } };
      }
    },

    /**
     * Asks for the next links that are due and notes each as it is answered. A host is asked once a second, whatever batch
     * of whatever worker asks it. Links that lead somewhere are queued to be archived where that is set up.
     * Idempotent because a link that was noted is not due any more, and two looks at one time count once.
     * Kill points: before a request, after it before it is noted (it is asked for again), before it is queued (at the next
     * check), between two links.
     */
    async checkLinkBatch(input: LinkStepInput): Promise<CheckedBatch> {
      const { abortSignal } = activityContext();
      const due = await dueOf(input);
      const links = await listDueLinks(db, due, BATCH_LINKS);
      const clock = await startClock();
      const endsAt = performance.now() + BATCH_MS;
      let looked = 0;
      await inParallel(byHost(links), HOSTS_AT_ONCE, async (ofHost) => {
        for (const link of ofHost) {
          if (performance.now() > endsAt) return;
          const answer = link.url === '' ? null : await publicWeb.check(link.url, { turn: (host) => hostTurns.turn(host, abortSignal), abortSignal });
          const state = await saveCheck(db, link, verdictOf(answer), clock());
          if (wayback.isEnabled && state?.status === 'valid') await queueLinks(db, { of: { itemId: link.itemId }, now: clock(), intervalDays: config.waybackSubmissionIntervalDays });
          looked += 1;
          if (looked % LINKS_PER_NOTE === 0) await note(input, due);
        }
      }, { abortSignal });
      if (wayback.isEnabled && (await nextArchiveTurn(db)).submitAt !== null) await deps.temporal.workflow.signalWithStart(archiveLinksContract.workflowType, startArchiveLinks(config.temporalTaskQueuePrefix));
      const counts = await countLooked(db, due);
      return { summary: summaryOf(counts), counts: { ...counts }, left: await countDueLinks(db, due) };
    },
  };

  async function note(input: LinkStepInput, due: DueLinks): Promise<void> {
    const counts = await countLooked(db, due);
    await recordPhaseProgress(db, input.runId, input.phase, summaryOf(counts), { ...counts });
  }

  /** @throws {StepError} Unexpected, when the run names no moment. */
  async function dueOf({ runId, siteId }: LinkStepInput): Promise<DueLinks> {
    const before = (await findRun(db, runId))?.frozen['before'];
    if (typeof before !== 'string') throw new StepError('Unexpected', `The run ${runId} does not say since when links are looked at.`);
    return { siteId, before: new Date(before) };
  }

  /** The database's clock, whose time says which links are due: workers' clocks may differ from it. */
  async function startClock(): Promise<() => Date> {
    const [now, at] = [await databaseNow(db), performance.now()];
    return () => new Date(now.getTime() + (performance.now() - at));
  }
}

/** Links by the host they are asked at first, those of the host with the most first: it takes the longest. */
function byHost(links: readonly ExternalLink[]): ExternalLink[][] {
  const hosts = new Map<string, ExternalLink[]>();
  for (const link of links) {
    const judged = judgeUrl(link.url);
    // What cannot be asked for waits for no host.
    const host = 'fault' in judged ? '' : hostOf(judged.url);
    hosts.set(host, [...(hosts.get(host) ?? []), link]);
  }
  return [...hosts.values()].sort((a, b) => b.length - a.length);
}

function summaryOf({ looked, broken, failed }: { readonly looked: number; readonly broken: number; readonly failed: number }): string {
  return `${counted(looked, 'link')} looked at: ${broken.toLocaleString('en-US')} broken, ${failed.toLocaleString('en-US')} without an answer`;
}

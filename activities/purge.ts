import { findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { DeployStepInput } from './buckets.ts';
import type { ActivityDeps } from './deps.ts';
import { FastlyError } from '#clients/fastly.ts';
import type { PhaseResult } from './phase.ts';
import { distributionOf, isTestSite, siteBaseUrl } from './places.ts';
import { addressesToVerify, type AddressToVerify, lookAt } from './servedPages.ts';
import { StepError } from './stepError.ts';
import { mustReadPlans } from './storedPlans.ts';

/** Between two looks at what readers get, milliseconds: from the shortest, doubled up to the longest. */
const SHORTEST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 5_000;

/** The CDN in front of the buckets: emptied, and looked through. */
export function createPurgeActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'fastly' | 'log'>) {
  const { config, db, fastly } = deps;

  return {
    /**
     * Takes the site's pages out of every cache that shows them. Where no credentials are set nothing is asked, and the phase says so.
     * Idempotent because a purge that is made twice costs nothing but a second look at the bucket.
     * Kill points: before a purge, between two, after the last; each is made again.
     */
    async purgeCache(input: DeployStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { purged, skipped } = await purge(input, activityContext().abortSignal);
      const asked = purged.length === 0 ? 'Nothing purged' : `Purged ${purged.join(' and ')}`;
      const left = skipped.length === 0 ? '' : `; no credentials are set for ${skipped.join(' and ')}`;
      return { summary: `${asked}${left}`, counts: { purged: purged.length, skipped: skipped.length } };
    },

    /**
     * Fetches up to three changed pages and a removed one at readers' address until they fit what was deployed; when half of the
     * time is over the caches are purged once more.
     * Idempotent because it reads, and a second purge changes nothing.
     * Kill points: between two looks; the next try looks anew, with the whole time.
     * @throws {StepError} OldPageServed or SiteUnreachable, final: what was deployed is not what readers get.
     */
    async verifyDeployed(input: DeployStepInput): Promise<PhaseResult> {
      const { abortSignal, context } = activityContext();
      const run = await findRun(db, input.runId);
      const siteName = run?.siteName ?? (await siteNameOf(input.siteId));
      const boundMs = config.publishVerifySeconds * 1_000;
      if (boundMs === 0) return unseen('Not looked at: this installation’s workers do not reach readers’ address');
      if (isTestSite(config, siteName)) return unseen('Not looked at: only tests read this site');
      const base = siteBaseUrl(config, { siteName, version: input.version });
      let open: readonly AddressToVerify[] = addressesToVerify(await mustReadPlans(deps, input), base);
      const all = open.length;
      if (all === 0) return unseen('No page changed');
      const begunAt = Date.now();
      let isPurgedAgain = false;
      for (let pauseMs = SHORTEST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
        const looks = await Promise.all(open.map(async (address) => ({ address, fault: await lookAt(address, abortSignal) })));
        const faults = looks.filter((look) => look.fault !== null);
        const [first] = faults;
        if (first?.fault == null) return { summary: `${counted(all, 'address', 'addresses')} checked: readers get the new pages`, counts: { checked: all } };
        open = faults.map(({ address }) => address);
        const passedMs = Date.now() - begunAt;
        // Never before a look that came after the second purge, however slow the answers were.
        if (isPurgedAgain && passedMs >= boundMs) throw notServed(first.address, first.fault, boundMs);
        if (!isPurgedAgain && passedMs >= boundMs / 2) {
          isPurgedAgain = true;
          await purgeOnceMore(input, abortSignal);
        }
        await context.sleep(Math.min(pauseMs, Math.max(SHORTEST_LOOK_MS, boundMs - passedMs)));
      }
    },
  };

  async function siteNameOf(siteId: string): Promise<string> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site.name;
  }

  async function purge(input: DeployStepInput, abortSignal: AbortSignal) {
    const siteName = await siteNameOf(input.siteId);
    return fastly.purgeAll({ distribution: distributionOf(config, { siteName, version: input.version }), key: siteName, abortSignal });
  }

  /** The first purge was taken; whether the second is too shows in what readers get. */
  async function purgeOnceMore(input: DeployStepInput, abortSignal: AbortSignal): Promise<void> {
    try {
      await assertOutwardEffects(deps);
      await purge(input, abortSignal);
    } catch (error) {
      if (!(error instanceof FastlyError)) throw error;
      deps.log.warn({ err: error, runId: input.runId }, 'The second purge was not taken');
    }
  }
}

function unseen(summary: string): PhaseResult {
  return { summary, counts: { checked: 0 } };
}

function notServed({ url }: AddressToVerify, fault: string, boundMs: number): StepError {
  if (fault === 'unreachable') return new StepError('SiteUnreachable', `Deployed, but ${new URL(url).host} cannot be reached from the worker, so nobody knows whether readers get the new pages. Look at ${url}; when the address answers again, retry.`);
  return new StepError('OldPageServed', `Deployed, but the CDN still serves the old page: ${url} ${fault}, ${Math.round(boundMs / 1_000)} s after the purge and after a second one. Purge it by hand or wait until its copy expires, then retry.`);
}

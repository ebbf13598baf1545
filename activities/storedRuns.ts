import { findDeployment } from '#db/queries/deployments.ts';
import { amendRun, findRun, skipPhases } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import type { Manifest } from '#domain/manifest.ts';
import type { PublishSource } from '#domain/publishRequest.ts';
import type { DeployStepInput } from './buckets.ts';
import { offlineSince } from './offlineSince.ts';
import { getJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseResult } from './phase.ts';
import { isRootSite } from './places.ts';
import { StepError } from './stepError.ts';

export interface TakeStoredRunInput extends DeployStepInput {
  readonly from: PublishSource;
}

export interface TakenRun extends PhaseResult {
  /** Key of the manifest in the site's own theme. */
  readonly buildKey: string;
  readonly commit: string;
  readonly revision: number;
  /** Set when something newer is deployed by now than what was reviewed: why nothing is published. */
  readonly outdated?: string;
}

/** Phases that a publish without a build does not have. */
const NOT_NEEDED = ['prepublish', 'commit', 'build'];

/** The output of earlier runs, shown without a build. */
export function createStoredRunsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3'>) {
  const { config, db } = deps;
  return {
    /**
     * Freezes a pass to the stored output of an earlier run, if that can be shown at the site's present address.
     * Idempotent because what a run put out never changes, and the run's own row is set to the same values.
     * Kill points: before the rows, between two; all are written again.
     * @throws {StepError} OutputGone or SiteMoved, final.
     */
    async takeStoredRun(input: TakeStoredRunInput): Promise<TakenRun> {
      const { from, siteId, version } = input;
      const site = await findSite(db, siteId);
      if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
      const source = await findRun(db, from.runId);
      const buildKey = from.kind === 'rollback' ? storeKeys.deployed(siteId, version, from.runId) : storeKeys.build(siteId, version, from.runId);
      const manifest = source?.siteId === siteId && source.version === version ? await getJson<Manifest>(deps, buildKey) : null;
      if (source === undefined || manifest === null) throw new StepError('OutputGone', `What the publish ${from.runId} put out is not kept any more, so it cannot be shown again. The site is as it was. Publish it anew.`);
      const place = isRootSite(config, site.name) ? '' : site.urlPath;
      if (manifest.prefix !== place) throw new StepError('SiteMoved', `The publish was made for ‘${manifest.prefix}’, and the site is at ‘${site.urlPath ?? ''}’ by now: it cannot be shown there. The site is as it was. Publish it anew.`);
      const deployed = await findDeployment(db, { siteId, version, theme: '' });
      const revision = typeof source.frozen['revision'] === 'number' ? source.frozen['revision'] : 0;
      await skipPhases(db, input.runId, NOT_NEEDED);
      await amendRun(db, input.runId, { commit: manifest.commit, frozen: { from, revision, urlPath: site.urlPath } });
      const ofWhen = source.startedAt.toISOString().slice(0, 16).replace('T', ' ');
      const result = { buildKey, commit: manifest.commit, revision, summary: `${from.kind === 'rollback' ? 'The publish' : 'What was reviewed'} of ${ofWhen} UTC, revision ${revision}`, counts: {} };
      const offline = from.kind === 'reviewed' ? await offlineSince(db, input, source.startedAt) : undefined;
      if (offline !== undefined) return { ...result, outdated: offline };
      if (from.kind === 'rollback' || deployed?.contentRevision == null || deployed.contentRevision <= revision) return result;
      return { ...result, outdated: `Revision ${revision} was reviewed, and revision ${deployed.contentRevision} was published since. Nothing was changed: readers keep the newer one. Review the site again to publish what is saved now.` };
    },
  };
}

import { builderOf } from '#domain/builderOf.ts';
import { reviewFault } from '#domain/review.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import type { StoredContentItem } from '#db/queries/contentItems.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { snapshotChanges, type SnapshotChange } from './snapshotChanges.ts';
import { StepError } from './stepError.ts';

/** What differs from main, as it lies in the build store until it is committed. */
export interface Snapshot {
  readonly siteId: string;
  readonly revision: number;
  /** The revision main held at that moment. Absent in snapshots of earlier versions. */
  readonly committedRevision?: number;
  readonly changes: readonly SnapshotChange[];
}

export interface FreezeInput extends PhaseInput {
  readonly siteId: string;
  /** The version a publish is of; absent where nothing is published, for which the site needs no address. */
  readonly version?: PublishVersion;
  /** Whether it is shown to people before it goes out, which only our own workers can. */
  readonly isReview?: boolean;
}

export interface FrozenRevision extends PhaseResult {
  readonly revision: number;
  readonly snapshotKey: string;
  /** What builds and deploys it; absent where our own workers do. */
  readonly builder?: 'concourse';
}

/** How many of a kind of warning are listed one by one. */
const LISTED = 20;

/** Items the starter has no place for any more, for people. */
function warningsOfStrays(strays: readonly StoredContentItem[]): Problem[] {
  const listed = strays.slice(0, LISTED).map(
    (item): Problem => ({
      message: `‘${item.title ?? item.textId}’ was not written: the starter has no content type ‘${item.type}’ any more. What the repository holds of it stays as it is.`,
      ...(item.writtenPath === null ? {} : { file: item.writtenPath }),
    }),
  );
  return strays.length <= LISTED ? listed : [...listed, { message: `${(strays.length - LISTED).toLocaleString('en-US')} more items were not written for the same reason.` }];
}

/** The site's content at one moment. */
export function createContentActivities(deps: Pick<ActivityDeps, 'db' | 's3' | 'config'>) {
  const { db } = deps;
  return {
    /**
     * Takes the snapshot of every saved change that main lacks: later edits belong to the next pass.
     * Idempotent because a run that has its snapshot keeps it.
     * Kill points: before the object, between object and row (taken again, nobody saw the first).
     */
    async freezeRevision(input: FreezeInput): Promise<FrozenRevision> {
      const run = await findRun(db, input.runId);
      const frozen = run?.frozen ?? {};
      if (typeof frozen['snapshotKey'] === 'string' && typeof frozen['revision'] === 'number') {
        return { revision: frozen['revision'], snapshotKey: frozen['snapshotKey'], ...(frozen['builder'] === 'concourse' ? { builder: 'concourse' } : {}), summary: `Revision ${frozen['revision']}`, counts: {} };
      }
      // One moment: items and revision are read in the same snapshot of the database.
      const { snapshot, items, strays, urlPath, builder } = await db.transaction(
        async (trx) => {
          const site = await findSite(trx, input.siteId);
          if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
          const starter = site.starterId === null ? undefined : await findStarter(trx, site.starterId);
          if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
          if (starter.config === null) throw new StepError('StarterConfigInvalid', `The starter ‘${starter.slug}’ was never read without fault: ${starter.fault ?? 'no configuration'}. Mend it in the projects repository, read the starters again, then retry.`);
          const builder = builderOf(deps.config, site);
          const fault = input.isReview === true ? reviewFault(builder) : undefined;
          if (fault !== undefined) throw new StepError('ReviewRefused', fault);
          if (input.version !== undefined && site.urlPath === null && site.name !== deps.config.rootWebsiteName) throw new StepError('SiteHasNoUrl', `The site ‘${site.title}’ has no URL yet. Give it one, then publish again.`);
          const siteConfig = starter.config as SiteConfig;
          const { changes, items, strays } = await snapshotChanges(trx, site, siteConfig, deps.config);
          return { snapshot: { siteId: site.id, revision: site.contentRevision, committedRevision: site.committedRevision, changes } satisfies Snapshot, items, strays, urlPath: site.urlPath, builder };
        },
        { isolationLevel: 'repeatable read', readOnly: true },
      );
      const snapshotKey = storeKeys.snapshot(input.siteId, input.runId);
      await putJson(deps, snapshotKey, snapshot);
      // The address is part of what was frozen: files name it, Hugo builds for it, and the deploy goes there.
      const elsewhere = builder === 'concourse' && input.version !== undefined ? { builder } : {};
      await amendRun(db, input.runId, { frozen: { revision: snapshot.revision, snapshotKey, urlPath, ...elsewhere }, warnings: warningsOfStrays(strays), phase: input.phase });
      const changed = snapshot.changes.length;
      return {
        revision: snapshot.revision,
        snapshotKey,
        ...elsewhere,
        summary: changed === 0 ? `Nothing to commit among ${items.toLocaleString('en-US')} items` : `${changed.toLocaleString('en-US')} of ${items.toLocaleString('en-US')} items to commit`,
        counts: { items, changed },
      };
    },
  };
}

import { createHash } from 'node:crypto';
import type { PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { writeContentFile } from '#domain/contentFile.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { findPeople } from '#db/queries/people.ts';
import { putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { siteContext } from './siteContext.ts';
import { StepError } from './stepError.ts';

/** What differs from main, as it lies in the build store until it is committed. */
export interface Snapshot {
  readonly siteId: string;
  readonly revision: number;
  readonly changes: readonly SnapshotChange[];
}

export interface SnapshotChange {
  readonly itemId: string;
  /** Where the file goes; null when the item was deleted. */
  readonly path: string | null;
  /** Where main holds it now, when elsewhere or to be removed. */
  readonly previousPath: string | null;
  readonly text: string | null;
  readonly sha256: string | null;
  readonly author: { readonly name: string; readonly email: string } | null;
}

export interface FreezeInput extends PhaseInput {
  readonly siteId: string;
  readonly version: PublishVersion;
}

export interface FrozenRevision extends PhaseResult {
  readonly revision: number;
  readonly snapshotKey: string;
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
        return { revision: frozen['revision'], snapshotKey: frozen['snapshotKey'], summary: `Revision ${frozen['revision']}`, counts: {} };
      }
      // One moment: items and revision are read in the same snapshot of the database.
      const { snapshot, items, urlPath } = await db.transaction(
        async (trx) => {
          const site = await findSite(trx, input.siteId);
          if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
          const starter = site.starterId === null ? undefined : await findStarter(trx, site.starterId);
          if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
          if (starter.config === null) throw new StepError('StarterConfigInvalid', `The starter ‘${starter.slug}’ was never read without fault: ${starter.fault ?? 'no configuration'}. Mend it in the projects repository, read the starters again, then retry.`);
          if (site.urlPath === null && site.name !== deps.config.rootWebsiteName) throw new StepError('SiteHasNoUrl', `The site ‘${site.title}’ has no URL yet. Give it one, then publish again.`);
          const siteConfig = starter.config as SiteConfig;
          const stored = await listContentItems(trx, site.id);
          // What was deleted is no target of a menu and no caption any more.
          const context = siteContext(site, stored.filter((item) => item.deletedAt === null));
          const people = await findPeople(trx, stored.map((item) => item.updatedBy).filter((id): id is string => id !== null));
          const changes: SnapshotChange[] = [];
          for (const item of stored) {
            const person = item.updatedBy === null ? undefined : people.get(item.updatedBy);
            const author = person === undefined ? null : { name: person.name, email: person.email };
            if (item.deletedAt !== null) {
              if (item.writtenPath !== null) changes.push({ itemId: item.id, path: null, previousPath: item.writtenPath, text: null, sha256: null, author });
              continue;
            }
            const written = writeContentFile(item, siteConfig, context, item.writtenForm);
            const sha256 = createHash('sha256').update(written.text).digest('hex');
            if (sha256 === item.writtenSha256 && written.path === item.writtenPath) continue;
            changes.push({ itemId: item.id, path: written.path, previousPath: item.writtenPath === written.path ? null : item.writtenPath, text: written.text, sha256, author });
          }
          return { snapshot: { siteId: site.id, revision: site.contentRevision, changes } satisfies Snapshot, items: stored.length, urlPath: site.urlPath };
        },
        { isolationLevel: 'repeatable read', readOnly: true },
      );
      const snapshotKey = storeKeys.snapshot(input.siteId, input.runId);
      await putJson(deps, snapshotKey, snapshot);
      // The address is part of what was frozen: files name it, Hugo builds for it, and the deploy goes there.
      await amendRun(db, input.runId, { frozen: { revision: snapshot.revision, snapshotKey, urlPath } });
      const changed = snapshot.changes.length;
      return {
        revision: snapshot.revision,
        snapshotKey,
        summary: changed === 0 ? `Nothing to commit among ${items.toLocaleString('en-US')} items` : `${changed.toLocaleString('en-US')} of ${items.toLocaleString('en-US')} items to commit`,
        counts: { items, changed },
      };
    },
  };
}

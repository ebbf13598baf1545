import type { Problem, PublishVersion } from '#domain/runs.ts';
import { configItem, type SiteConfig } from '#domain/siteConfig.ts';
import { listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { findPeople, type PersonRow } from '#db/queries/people.ts';
import { putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { serializedItem } from './serializedItem.ts';
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
  /** What main was said to hold for the item when it was frozen; a blob of null is not known. Absent in snapshots of earlier versions. */
  readonly written?: { readonly path: string; readonly blob: string | null } | null;
}

export interface FreezeInput extends PhaseInput {
  readonly siteId: string;
  /** The version a publish is of; absent where nothing is published, for which the site needs no address. */
  readonly version?: PublishVersion;
}

export interface FrozenRevision extends PhaseResult {
  readonly revision: number;
  readonly snapshotKey: string;
}

/** How a person stands in commits; by an id only where people are not to be named. */
function authorOf(person: PersonRow | undefined, config: Pick<ActivityDeps['config'], 'gitAnonymousCommits' | 'studioBaseUrl'>): SnapshotChange['author'] {
  if (person === undefined) return null;
  if (!config.gitAnonymousCommits) return { name: person.name, email: person.email };
  return { name: `user_${person.id}`, email: `user_${person.id}@users.noreply.${new URL(config.studioBaseUrl).hostname}` };
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
        return { revision: frozen['revision'], snapshotKey: frozen['snapshotKey'], summary: `Revision ${frozen['revision']}`, counts: {} };
      }
      // One moment: items and revision are read in the same snapshot of the database.
      const { snapshot, items, strays, urlPath } = await db.transaction(
        async (trx) => {
          const site = await findSite(trx, input.siteId);
          if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
          const starter = site.starterId === null ? undefined : await findStarter(trx, site.starterId);
          if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
          if (starter.config === null) throw new StepError('StarterConfigInvalid', `The starter ‘${starter.slug}’ was never read without fault: ${starter.fault ?? 'no configuration'}. Mend it in the projects repository, read the starters again, then retry.`);
          if (input.version !== undefined && site.urlPath === null && site.name !== deps.config.rootWebsiteName) throw new StepError('SiteHasNoUrl', `The site ‘${site.title}’ has no URL yet. Give it one, then publish again.`);
          const siteConfig = starter.config as SiteConfig;
          const stored = await listContentItems(trx, site.id);
          // What was deleted is no target of a menu and no caption any more.
          const context = siteContext(site, stored.filter((item) => item.deletedAt === null));
          const people = await findPeople(trx, stored.map((item) => item.updatedBy).filter((id): id is string => id !== null));
          const changes: SnapshotChange[] = [];
          const strays: StoredContentItem[] = [];
          for (const item of stored) {
            const author = authorOf(item.updatedBy === null ? undefined : people.get(item.updatedBy), deps.config);
            const written = item.writtenPath === null ? null : { path: item.writtenPath, blob: item.writtenBlob };
            if (item.deletedAt !== null) {
              if (written !== null) changes.push({ itemId: item.id, path: null, previousPath: written.path, text: null, sha256: null, author, written });
              continue;
            }
            const serialized = configItem(siteConfig, item.type) === undefined ? null : serializedItem(item, siteConfig, context, item.writtenForm);
            if (serialized === null) {
              strays.push(item);
              continue;
            }
            const { path, text, sha256 } = serialized;
            if (sha256 === item.writtenSha256 && path === item.writtenPath) continue;
            changes.push({ itemId: item.id, path, previousPath: item.writtenPath === path ? null : item.writtenPath, text, sha256, author, written });
          }
          return { snapshot: { siteId: site.id, revision: site.contentRevision, changes } satisfies Snapshot, items: stored.length, strays, urlPath: site.urlPath };
        },
        { isolationLevel: 'repeatable read', readOnly: true },
      );
      const snapshotKey = storeKeys.snapshot(input.siteId, input.runId);
      await putJson(deps, snapshotKey, snapshot);
      // The address is part of what was frozen: files name it, Hugo builds for it, and the deploy goes there.
      await amendRun(db, input.runId, { frozen: { revision: snapshot.revision, snapshotKey, urlPath }, warnings: warningsOfStrays(strays), phase: input.phase });
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

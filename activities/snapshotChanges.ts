import { listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import type { Db } from '#db/knex.ts';
import { findPeople, type PersonRow } from '#db/queries/people.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { fileKind, type SiteConfig } from '#domain/siteConfig.ts';
import type { ActivityDeps } from './deps.ts';
import { serializedItem } from './serializedItem.ts';
import { siteContext } from './siteContext.ts';

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

type NamingConfig = Pick<ActivityDeps['config'], 'gitAnonymousCommits' | 'studioBaseUrl'>;

/** How a person stands in commits; by an id only where people are not to be named. */
function authorOf(person: PersonRow | undefined, config: NamingConfig): SnapshotChange['author'] {
  if (person === undefined) return null;
  if (!config.gitAnonymousCommits) return { name: person.name, email: person.email };
  return { name: `user_${person.id}`, email: `user_${person.id}@users.noreply.${new URL(config.studioBaseUrl).hostname}` };
}

/**
 * What the files of a site's items are to be, where that differs from what rows say main holds; `strays` are items the starter has
 * no place for. Call in a transaction that shows one moment, that of `site`.
 */
export async function snapshotChanges(trx: Db, site: SiteRow, siteConfig: SiteConfig, config: NamingConfig): Promise<{ readonly changes: SnapshotChange[]; readonly items: number; readonly strays: StoredContentItem[] }> {
  const stored = await listContentItems(trx, site.id);
  // What was deleted is no target of a menu and no caption any more.
  const context = siteContext(site, stored.filter((item) => item.deletedAt === null));
  const people = await findPeople(trx, stored.map((item) => item.updatedBy).filter((id): id is string => id !== null));
  const changes: SnapshotChange[] = [];
  const strays: StoredContentItem[] = [];
  for (const item of stored) {
    const author = authorOf(item.updatedBy === null ? undefined : people.get(item.updatedBy), config);
    const written = item.writtenPath === null ? null : { path: item.writtenPath, blob: item.writtenBlob };
    if (item.deletedAt !== null) {
      if (written !== null) changes.push({ itemId: item.id, path: null, previousPath: written.path, text: null, sha256: null, author, written });
      continue;
    }
    const serialized = fileKind(siteConfig, item.type) === undefined ? null : serializedItem(item, siteConfig, context, item.writtenForm);
    if (serialized === null) {
      strays.push(item);
      continue;
    }
    const { path, text, sha256 } = serialized;
    if (sha256 === item.writtenSha256 && path === item.writtenPath) continue;
    changes.push({ itemId: item.id, path, previousPath: item.writtenPath === path ? null : item.writtenPath, text, sha256, author, written });
  }
  return { changes, items: stored.length, strays };
}

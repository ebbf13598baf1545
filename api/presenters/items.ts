import type { z } from 'zod';
import { pageUrl } from '#domain/menus.ts';
import { configItem, contentDirOf, type SiteConfig } from '#domain/siteConfig.ts';
import { joinPath } from '#domain/siteUrl.ts';
import type { Db } from '#db/knex.ts';
import type { StoredContentItem } from '#db/queries/contentItems.ts';
import { countReferrers, listReferrers, type Referrer as ReferrerRow } from '#db/queries/contentReferences.ts';
import type { RevisionSummaryRow } from '#db/queries/contentRevisions.ts';
import type { ItemSummaryRow } from '#db/queries/itemLists.ts';
import { findPeople, type PersonRow } from '#db/queries/people.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Principal } from '../auth/principal.ts';
import type { Item, ItemSummary, Referrer, revisionSummarySchema } from '../contracts/items.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { SiteContent } from '../siteContent.ts';

/** An item with everything an editor of it needs. */
export async function presentItem(db: Db, content: SiteContent, item: StoredContentItem, who: Principal): Promise<Item> {
  const { site, config } = content;
  const isSingleton = config !== null && configItem(config, item.type)?.file != null;
  const isThere = item.deletedAt === null;
  return {
    textId: item.textId,
    type: item.type,
    title: item.title,
    revision: item.revision,
    updatedAt: item.updatedAt.toISOString(),
    updatedBy: personIn(await findPeople(db, item.updatedBy === null ? [] : [item.updatedBy]), item.updatedBy),
    deletedAt: item.deletedAt?.toISOString() ?? null,
    path: pathOf(item, config),
    pageUrl: item.isPageContent ? pageUrl(item, config === null ? 'content' : contentDirOf(config)) : null,
    dirpath: item.dirpath,
    filename: item.filename,
    isPageContent: item.isPageContent,
    metadata: { ...item.metadata },
    markdown: item.markdown,
    file: item.file,
    reason: item.reason,
    can: { edit: isThere && sitePolicy.editItem(who, site.id, item.type), delete: isThere && !isSingleton && sitePolicy.deleteItem(who, site.id, item) },
  };
}

/** Items as lists show them; two queries for any number of them. */
export async function presentItemSummaries(db: Db, content: SiteContent, items: readonly ItemSummaryRow[]): Promise<ItemSummary[]> {
  const [people, referrers] = await Promise.all([findPeople(db, items.flatMap((item) => item.updatedBy ?? [])), countReferrers(db, content.site, items.map((item) => item.textId))]);
  return items.map((item) => ({
    textId: item.textId,
    type: item.type,
    title: item.title,
    revision: item.revision,
    updatedAt: item.updatedAt.toISOString(),
    updatedBy: personIn(people, item.updatedBy),
    deletedAt: item.deletedAt?.toISOString() ?? null,
    path: pathOf(item, content.config),
    resourcetype: item.resourcetype,
    isDraft: item.isDraft,
    referencedBy: referrers.get(item.textId) ?? 0,
  }));
}

/** Where an item's file lies in the repository. */
export function pathOf(item: Pick<StoredContentItem, 'type' | 'dirpath' | 'filename' | 'isPageContent'>, config: SiteConfig | null): string {
  const path = joinPath(item.dirpath, item.filename);
  return item.isPageContent ? `${path}.md` : ((config === null ? undefined : configItem(config, item.type))?.file ?? path);
}

export function personIn(people: ReadonlyMap<string, PersonRow>, id: string | null): { id: string; name: string } | null {
  const person = id === null ? undefined : people.get(id);
  return person === undefined ? null : { id: person.id, name: person.name };
}

/** What names an item; titles of what the caller may not see are left out. */
export async function presentReferrers(db: Db, site: SiteRow, textId: string, who: Principal): Promise<Referrer[]> {
  const present = ({ siteId, site: name, textId: id, type, title, field }: ReferrerRow): Referrer => ({ site: name, textId: id, type, title: sitePolicy.see(who, siteId) ? title : null, field });
  return (await listReferrers(db, site, textId)).map(present);
}

export function presentRevision(row: RevisionSummaryRow, people: ReadonlyMap<string, PersonRow>): z.input<typeof revisionSummarySchema> {
  return { revision: row.revision, title: row.title, reason: row.reason, savedAt: row.savedAt.toISOString(), savedBy: personIn(people, row.savedBy), isDeleted: row.isDeleted };
}

import { v7 as uuidv7 } from 'uuid';
import type { ContentItem } from '#domain/contentItem.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { Db } from '../knex.ts';
import { changeContentItem, createContentItem } from './contentChanges.ts';
import { contentItemFromDb, type DbContentItem, type StoredContentItem } from './contentItems.ts';
import { insertRunRequest, type RunRequestRow } from './runRequests.ts';
import { lockSite, type SiteRow } from './sites.ts';

/**
 * The items by which the root site lists sites. They are found by the site they are of, never by title; one that somebody
 * made by hand where ours would stand is taken over.
 */

/** An item that lists a site, and what the branches of the root site's repository were given of it. */
export interface StoredListing {
  readonly item: StoredContentItem;
  readonly previewRevision: number | null;
  readonly releaseRevision: number | null;
}

/** Which branches of the root site's repository lead where; live is built from release, and preview is given what release is. */
type Branch = 'preview' | 'release';

async function findListing(db: Db, rootId: string, site: Pick<SiteRow, 'id' | 'shortId'>): Promise<StoredListing | undefined> {
  const rows: (DbContentItem & { preview_revision: number | null; release_revision: number | null; is_known: boolean })[] = await db('content_items as i')
    .leftJoin('root_listings as l', (join) => void join.on('l.item_id', 'i.id').andOnVal('l.site_id', site.id))
    .where({ 'i.site_id': rootId, 'i.type': 'website' })
    .where((either) => void either.whereNotNull('l.id').orWhere('i.text_id', site.id).orWhere((byHand) => void byHand.where('i.filename', site.shortId).whereNull('i.deleted_at').where('i.is_page_content', true)))
    .orderByRaw('i.deleted_at is null desc, l.id is not null desc, i.text_id = ? desc, i.id', [site.id])
    .select('i.*', 'l.preview_revision', 'l.release_revision');
  const [row] = rows;
  return row === undefined ? undefined : { item: contentItemFromDb(row), previewRevision: row.preview_revision, releaseRevision: row.release_revision };
}

/** What became of a listing. */
export interface ChangedListing {
  readonly item: StoredContentItem;
  readonly isChanged: boolean;
  /** Whether the branches of this version still lack it. */
  readonly isOwed: boolean;
}

/**
 * Lists a site in the root site, or brings what is listed of it up to date. Its history is kept like that of any item. Where
 * everything else of the root site was out, it counts as out afterwards too: a listing alone is no reason to publish it.
 * Call inside a transaction; the root site is locked until its end.
 * @returns null when the root site has something else in its place.
 */
export async function putListing(trx: Db, given: { readonly rootId: string; readonly site: Pick<SiteRow, 'id' | 'shortId'>; readonly version: PublishVersion; readonly item: ContentItem }): Promise<ChangedListing | null> {
  const { rootId, site, version } = given;
  await lockSite(trx, rootId);
  const known = await findListing(trx, rootId, site);
  const holder = await trx('content_items').where({ site_id: rootId, dirpath: given.item.dirpath, filename: given.item.filename, is_page_content: true }).whereNull('deleted_at').first<{ id: string } | undefined>('id');
  if (holder !== undefined && holder.id !== known?.item.id) return null;
  const revision = await revisionOf(trx, rootId);
  // What its texts name are items of the listed site, none of the root site.
  const references: [] = [];
  let item: StoredContentItem;
  if (known === undefined) item = await createContentItem(trx, { siteId: rootId, item: given.item, by: null, reason: 'listed', references });
  else {
    const { textId: _textId, ...set } = given.item;
    const changed = await changeContentItem(trx, { siteId: rootId, textId: known.item.textId, fromRevision: known.item.revision, set, deleted: false, by: null, reason: 'listed', references });
    if (changed.kind === 'missing') throw new Error(`The listing ${known.item.id} vanished while the root site was locked`);
    item = changed.item;
  }
  await trx('root_listings').insert({ id: uuidv7(), site_id: site.id, item_id: item.id }).onConflict('site_id').merge({ item_id: item.id, updated_at: trx.fn.now() });
  const isChanged = known === undefined || known.item.revision !== item.revision;
  if (isChanged) await keepClean(trx, rootId, revision);
  const branches = version === 'live' ? [known?.previewRevision, known?.releaseRevision] : [known?.previewRevision];
  return { item, isChanged, isOwed: isChanged || branches.some((of) => of == null || of < item.revision) };
}

/** What became of a site that is to be listed no more. */
export interface RemovedListing {
  readonly wasListed: boolean;
  /** Publishes of the root site that were asked for, so that no reader meets a link that leads nowhere. */
  readonly asked: readonly RunRequestRow[];
  /** Versions of the root site that go on listing it until they are published, because they have other changes that are not out. */
  readonly heldBack: readonly PublishVersion[];
}

/**
 * Lists a site no more, and asks for a publish of each version of the root site that had nothing else to publish. Call inside
 * a transaction; the root site is locked until its end. Repeating it changes nothing and asks for nothing.
 */
export async function removeListing(trx: Db, given: { readonly rootId: string; readonly site: Pick<SiteRow, 'id' | 'shortId'>; readonly by: string | null }): Promise<RemovedListing> {
  const { rootId, site, by } = given;
  await lockSite(trx, rootId);
  const known = await findListing(trx, rootId, site);
  if (known === undefined || known.item.deletedAt !== null) return { wasListed: false, asked: [], heldBack: [] };
  const revision = await revisionOf(trx, rootId);
  await changeContentItem(trx, { siteId: rootId, textId: known.item.textId, fromRevision: known.item.revision, set: {}, deleted: true, by, reason: 'unlisted' });
  const out: { version: PublishVersion; content_revision: number | null }[] = await trx('deployments').where({ site_id: rootId, theme: '' }).whereNotNull('manifest_key').orderBy('version').select('version', 'content_revision');
  const asked: RunRequestRow[] = [];
  const heldBack: PublishVersion[] = [];
  for (const { version, content_revision: deployed } of out) {
    if (deployed === revision) asked.push(await insertRunRequest(trx, { process: 'publish-site', siteId: rootId, version, requestedBy: by, input: { unlistedSiteId: site.id } satisfies PublishRequestInput }));
    else heldBack.push(version);
  }
  return { wasListed: true, asked, heldBack };
}

/** Notes which revision of a listing the branches of a version have been given; a later one stays. */
export async function recordGivenListing(db: Db, given: { readonly siteId: string; readonly version: PublishVersion; readonly revision: number }): Promise<void> {
  const branches: readonly Branch[] = given.version === 'live' ? ['preview', 'release'] : ['preview'];
  await db('root_listings')
    .where({ site_id: given.siteId })
    .update({ ...Object.fromEntries(branches.map((branch) => [`${branch}_revision`, db.raw('greatest(??, ?::integer)', [`${branch}_revision`, given.revision])])), updated_at: db.fn.now() });
}

/** Whether everything saved of a site is out in this version; what was never published is not. */
export async function isWhollyOut(db: Db, siteId: string, version: PublishVersion, revision: number): Promise<boolean> {
  const row = await db('deployments').where({ site_id: siteId, version, theme: '', content_revision: revision }).whereNotNull('manifest_key').first<{ id: string } | undefined>('id');
  return row !== undefined;
}

async function revisionOf(trx: Db, siteId: string): Promise<number> {
  const row = await trx('sites').where({ id: siteId }).first<{ content_revision: number } | undefined>('content_revision');
  if (row === undefined) throw new Error(`Site ${siteId} does not exist`);
  return row.content_revision;
}

async function keepClean(trx: Db, rootId: string, before: number): Promise<void> {
  await trx('deployments').where({ site_id: rootId, content_revision: before }).whereNotNull('manifest_key').update({ content_revision: await revisionOf(trx, rootId), updated_at: trx.fn.now() });
}

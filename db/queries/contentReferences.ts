import { v7 as uuidv7 } from 'uuid';
import type { Knex } from 'knex';
import type { ContentReference } from '#domain/references.ts';
import { referencesOf } from '#domain/references.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import type { Db } from '../knex.ts';
import { contentItemFromDb, type DbContentItem } from './contentItems.ts';
import { lockSite, type SiteRow } from './sites.ts';

/** A site as references name it. */
export type NamedSite = Pick<SiteRow, 'id' | 'name' | 'urlPath'>;

/** Replaces what an item names. */
export async function setReferences(trx: Db, itemId: string, references: readonly ContentReference[]): Promise<void> {
  await trx('content_references').where({ item_id: itemId }).delete();
  if (references.length === 0) return;
  await trx('content_references').insert(references.map((reference) => referenceToDb(itemId, reference)));
}

function referenceToDb(itemId: string, reference: ContentReference): Record<string, unknown> {
  return { id: uuidv7(), item_id: itemId, field: reference.field, kind: reference.kind, target_text_id: reference.targetTextId, target_site: reference.targetSite };
}

/** Items read and written by one pair of statements. */
const REBUILD_CHUNK = 500;

/**
 * Makes anew what every item of a site names, for content that came in without it and for a starter whose fields changed.
 * Saves of the site wait meanwhile. Doing it again changes nothing.
 * @returns how many references there are.
 */
export async function rebuildReferences(db: Db, siteId: string, config: SiteConfig): Promise<number> {
  return db.transaction(async (trx) => {
    await lockSite(trx, siteId);
    let count = 0;
    let after: string | null = null;
    for (;;) {
      const rows: DbContentItem[] = await trx('content_items')
        .where({ site_id: siteId })
        .modify((query) => {
          if (after !== null) query.where('id', '>', after);
        })
        .orderBy('id')
        .limit(REBUILD_CHUNK);
      const made = rows.flatMap((row) => referencesOf(contentItemFromDb(row), config).map((reference) => referenceToDb(row.id, reference)));
      await trx('content_references').whereIn('item_id', rows.map((row) => row.id)).delete();
      for (let start = 0; start < made.length; start += REBUILD_CHUNK) await trx('content_references').insert(made.slice(start, start + REBUILD_CHUNK));
      count += made.length;
      const last = rows.at(-1);
      if (last === undefined || rows.length < REBUILD_CHUNK) return count;
      after = last.id;
    }
  });
}

/** An item that names another. */
export interface Referrer {
  readonly siteId: string;
  readonly site: string;
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  readonly field: string;
}

/** References to items of `site` by items that are there; what an item says of itself does not count. */
function referencesInto(db: Db, site: NamedSite): Knex.QueryBuilder {
  const names = site.urlPath === null ? [site.name] : [site.name, site.urlPath];
  return db('content_references as r')
    .join('content_items as referrer', 'referrer.id', 'r.item_id')
    .whereNull('referrer.deleted_at')
    .where((either) => void either.where((own) => void own.whereNull('r.target_site').where('referrer.site_id', site.id)).orWhereIn('r.target_site', names))
    .where((either) => void either.whereNot('referrer.site_id', site.id).orWhereRaw('referrer.text_id <> r.target_text_id'));
}

/** Everything of any site that names this item, in a stable order. */
export async function listReferrers(db: Db, site: NamedSite, textId: string): Promise<Referrer[]> {
  const rows: { site_id: string; site: string; text_id: string; type: string; title: string | null; field: string }[] = await referencesInto(db, site)
    .join('sites', 'sites.id', 'referrer.site_id')
    .where('r.target_text_id', textId)
    .groupBy('referrer.site_id', 'sites.name', 'referrer.text_id', 'referrer.type', 'referrer.title', 'r.field')
    .orderByRaw('sites.name, referrer.title nulls last, referrer.text_id, r.field')
    .select('referrer.site_id', 'sites.name as site', 'referrer.text_id', 'referrer.type', 'referrer.title', 'r.field');
  return rows.map((row) => ({ siteId: row.site_id, site: row.site, textId: row.text_id, type: row.type, title: row.title, field: row.field }));
}

/** How many items name each of these items of a site; those that nothing names are left out. */
export async function countReferrers(db: Db, site: NamedSite, textIds: readonly string[]): Promise<Map<string, number>> {
  const rows: { text_id: string; count: number }[] = await referencesInto(db, site)
    .whereIn('r.target_text_id', [...textIds])
    .groupBy('r.target_text_id')
    .select('r.target_text_id as text_id', db.raw('count(distinct r.item_id) as count'));
  return new Map(rows.map((row) => [row.text_id, row.count]));
}

/** What an item names, with what it leads to. */
export interface NamedTarget {
  readonly field: string;
  readonly kind: string;
  /** Name of the site; null when no site has the name or address that is written. */
  readonly site: string | null;
  readonly siteId: string | null;
  readonly textId: string | null;
  readonly title: string | null;
  readonly type: string | null;
  readonly isMissing: boolean;
}

/** Everything an item names, in the order of its fields. */
export async function listTargets(db: Db, site: NamedSite, itemId: string): Promise<NamedTarget[]> {
  const rows: { field: string; kind: string; site: string | null; site_id: string | null; target_site: string | null; target_text_id: string | null; title: string | null; type: string | null; item_id: string | null }[] = await db('content_references as r')
    .leftJoin('sites', (on) => void on.on(db.raw('sites.id = case when r.target_site is null then ?::uuid else (select s.id from sites s where s.name = r.target_site or s.url_path = r.target_site order by s.name = r.target_site desc limit 1) end', [site.id])))
    .leftJoin('content_items as target', (on) => void on.on('target.site_id', 'sites.id').andOn('target.text_id', 'r.target_text_id').andOnNull('target.deleted_at'))
    .where('r.item_id', itemId)
    .orderBy(['r.field', 'r.id'])
    .select('r.field', 'r.kind', 'sites.name as site', 'sites.id as site_id', 'r.target_site', 'r.target_text_id', 'target.title', 'target.type', 'target.id as item_id');
  return rows.map((row) => ({
    field: row.field,
    kind: row.kind,
    site: row.site ?? row.target_site,
    siteId: row.site_id,
    textId: row.target_text_id,
    title: row.title,
    type: row.type,
    isMissing: row.target_text_id === null ? row.site_id === null : row.item_id === null,
  }));
}

/**
 * Holds the items these references name, so that none is deleted before the transaction ends, and says which of them were
 * deleted already. Ask for what is new in a save only: content may come in with references to what is gone.
 */
export async function holdTargets(trx: Db, site: NamedSite, references: readonly ContentReference[]): Promise<ContentReference[]> {
  const named = references.filter((reference) => reference.targetTextId !== null);
  if (named.length === 0) return [];
  const siteNames = [...new Set(named.flatMap((reference) => reference.targetSite ?? []))];
  const sites: { id: string; name: string; url_path: string | null }[] = siteNames.length === 0 ? [] : await trx('sites').whereIn('name', siteNames).orWhereIn('url_path', siteNames).select('id', 'name', 'url_path');
  const siteIdOf = (reference: ContentReference): string | undefined =>
    reference.targetSite === null ? site.id : (sites.find(({ name }) => name === reference.targetSite) ?? sites.find(({ url_path: urlPath }) => urlPath === reference.targetSite))?.id;
  const pairs = named.map((reference) => [siteIdOf(reference), reference.targetTextId ?? ''] as const).filter((pair): pair is [string, string] => pair[0] !== undefined);
  if (pairs.length === 0) return [];
  // In the order of their ids, so that two savers never wait for each other.
  const rows: { site_id: string; text_id: string; deleted_at: Date | null }[] = await trx('content_items').whereIn(['site_id', 'text_id'], pairs).orderBy('id').forKeyShare().select('site_id', 'text_id', 'deleted_at');
  const gone = new Set(rows.filter((row) => row.deleted_at !== null).map((row) => `${row.site_id} ${row.text_id}`));
  return named.filter((reference) => gone.has(`${siteIdOf(reference) ?? ''} ${reference.targetTextId ?? ''}`));
}

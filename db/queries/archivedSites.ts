import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';

/** Who put a site away, when and why. */
export interface ArchiveNote {
  readonly at: Date;
  readonly byName: string | null;
  readonly reason: string | null;
}

/** Puts a site away; one that is already stays as it is. Call inside a transaction that holds the site. */
export async function putSiteAway(trx: Db, siteId: string, by: string | null, reason: string | null): Promise<void> {
  const rows = await trx('sites').where({ id: siteId }).whereNull('archived_at').update({ archived_at: trx.fn.now(), archived_by: by, archive_reason: reason, updated_at: trx.fn.now() }).returning<{ name: string }[]>('name');
  for (const { name } of rows) await announce(trx, { kind: 'site', site: name, runId: null });
}

/** Brings a site back that was put away. Call inside a transaction that holds the site. */
export async function bringSiteBack(trx: Db, siteId: string): Promise<void> {
  const rows = await trx('sites').where({ id: siteId }).whereNotNull('archived_at').update({ archived_at: null, archived_by: null, archive_reason: null, updated_at: trx.fn.now() }).returning<{ name: string }[]>('name');
  for (const { name } of rows) await announce(trx, { kind: 'site', site: name, runId: null });
}

export async function findArchiveNote(db: Db, siteId: string): Promise<ArchiveNote | undefined> {
  const row = await db('sites')
    .leftJoin('users', 'users.id', 'sites.archived_by')
    .where('sites.id', siteId)
    .whereNotNull('sites.archived_at')
    .first<{ archived_at: Date; name: string | null; archive_reason: string | null } | undefined>('sites.archived_at', 'users.name', 'sites.archive_reason');
  return row === undefined ? undefined : { at: row.archived_at, byName: row.name, reason: row.archive_reason };
}

/** The archived site that a row of `table` belongs to, for `whereNotExists`: what looks through all sites leaves it alone. */
export function archivedSiteOf(db: Db, table: string) {
  return db('sites as archived').whereNotNull('archived.archived_at').whereRaw('archived.id = ??.site_id', [table]).select('archived.id');
}

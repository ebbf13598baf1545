import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface StarterRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: 'default' | 'active' | 'inactive';
  readonly path: string;
  readonly commit: string | null;
  /** The parsed configuration as it was accepted; null when none ever was. */
  readonly config: unknown;
  /** Why the newest configuration was not taken. */
  readonly fault: string | null;
  readonly updatedAt: Date;
}

interface DbStarter {
  id: string;
  slug: string;
  name: string;
  status: 'default' | 'active' | 'inactive';
  path: string;
  commit: string | null;
  config: unknown;
  fault: string | null;
  updated_at: Date;
}

function fromDb(row: DbStarter): StarterRow {
  return { id: row.id, slug: row.slug, name: row.name, status: row.status, path: row.path, commit: row.commit, config: row.config, fault: row.fault, updatedAt: row.updated_at };
}

export async function findStarterBySlug(db: Db, slug: string): Promise<StarterRow | undefined> {
  const row = await db('starters').where({ slug }).first<DbStarter | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

export async function findStarter(db: Db, id: string): Promise<StarterRow | undefined> {
  const row = await db('starters').where({ id }).first<DbStarter | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** All starters by slug, each with the number of its sites. */
export async function listStarters(db: Db): Promise<(StarterRow & { siteCount: number })[]> {
  const rows: (DbStarter & { site_count: number })[] = await db('starters')
    .leftJoin('sites', 'sites.starter_id', 'starters.id')
    .groupBy('starters.id')
    .orderBy('starters.slug')
    .select('starters.*')
    .count({ site_count: 'sites.id' });
  return rows.map((row) => ({ ...fromDb(row), siteCount: row.site_count }));
}

/** Takes a valid configuration; the name is set on creation only. */
export async function upsertStarter(db: Db, starter: { slug: string; path: string; commit: string; config: unknown }): Promise<{ created: boolean }> {
  const rows = await db('starters')
    .insert({ id: uuidv7(), slug: starter.slug, name: starter.slug, path: starter.path, commit: starter.commit, config: JSON.stringify(starter.config), fault: null })
    .onConflict('slug')
    .merge({ path: starter.path, commit: starter.commit, config: JSON.stringify(starter.config), fault: null, updated_at: db.fn.now() })
    .returning<{ created: boolean }[]>(db.raw('(xmax = 0) as created'));
  return { created: rows[0]?.created ?? false };
}

/** Notes why a configuration was refused; the one in use stays. */
export async function recordStarterFault(db: Db, starter: { slug: string; path: string; fault: string }): Promise<void> {
  await db('starters')
    .insert({ id: uuidv7(), slug: starter.slug, name: starter.slug, path: starter.path, status: 'inactive', fault: starter.fault })
    .onConflict('slug')
    .merge({ fault: starter.fault, updated_at: db.fn.now() });
}

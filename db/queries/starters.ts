import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface StarterRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: 'default' | 'active' | 'inactive';
  readonly source: 'github' | 'local';
  /** Address of the folder of its configuration: the repository’s, and the folder in it. */
  readonly path: string;
  readonly commit: string | null;
  /** The parsed configuration as it was accepted; null when none ever was. */
  readonly config: unknown;
  /** Why the newest configuration was not taken. */
  readonly fault: string | null;
  /** Since when the projects repository has no such configuration. */
  readonly removedAt: Date | null;
  readonly updatedAt: Date;
}

interface DbStarter {
  id: string;
  slug: string;
  name: string;
  status: 'default' | 'active' | 'inactive';
  source: 'github' | 'local';
  path: string;
  commit: string | null;
  config: unknown;
  fault: string | null;
  removed_at: Date | null;
  updated_at: Date;
}

function fromDb(row: DbStarter): StarterRow {
  return { id: row.id, slug: row.slug, name: row.name, status: row.status, source: row.source, path: row.path, commit: row.commit, config: row.config, fault: row.fault, removedAt: row.removed_at, updatedAt: row.updated_at };
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

/**
 * Takes a valid configuration; the starter of this path keeps its slug, and its name is set on creation only.
 * @returns whether it is new, and whether its configuration is another than before.
 */
export async function upsertStarter(trx: Db, starter: { slug: string; path: string; commit: string; config: unknown }): Promise<{ created: boolean; changed: boolean }> {
  const config = JSON.stringify(starter.config);
  const known = await trx('starters')
    .where({ source: 'github', path: starter.path })
    .forUpdate()
    .first<{ changed: boolean } | undefined>(trx.raw('config is distinct from ?::jsonb as changed', [config]));
  await trx('starters')
    .insert({ id: uuidv7(), slug: starter.slug, name: starter.slug, source: 'github', path: starter.path, commit: starter.commit, config, fault: null })
    .onConflict(['source', 'path'])
    .merge({
      commit: starter.commit,
      config,
      fault: null,
      removed_at: null,
      // One that never was without fault was inactive for that alone.
      status: trx.raw(`case when starters.config is null then 'active' else starters.status end`),
      updated_at: trx.fn.now(),
    });
  return { created: known === undefined, changed: known?.changed ?? true };
}

/** Notes why a configuration was refused; the one in use stays. */
export async function recordStarterFault(db: Db, starter: { slug: string; path: string; fault: string }): Promise<void> {
  await db('starters')
    .insert({ id: uuidv7(), slug: starter.slug, name: starter.slug, source: 'github', path: starter.path, status: 'inactive', fault: starter.fault })
    .onConflict(['source', 'path'])
    .merge({ fault: starter.fault, removed_at: null, updated_at: db.fn.now() });
}

/** Follows a starter whose repository moved to another address. */
export async function moveStarter(db: Db, id: string, path: string): Promise<void> {
  await db('starters').where({ id }).update({ path, updated_at: db.fn.now() });
}

/** Marks the starters whose configuration is not among these paths any more. @returns the slugs of all that are gone, in order. */
export async function markRemovedStarters(db: Db, paths: readonly string[]): Promise<string[]> {
  const rows = await db('starters')
    .where({ source: 'github' })
    .whereNotIn('path', [...paths])
    .update({ removed_at: db.raw('coalesce(removed_at, now())') })
    .returning<{ slug: string }[]>('slug');
  return rows.map((row) => row.slug).sort();
}

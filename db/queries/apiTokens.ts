import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Null for the token of the configuration, which may what its roles may. */
  readonly scopes: readonly string[] | null;
  /** Null for every site. */
  readonly siteIds: readonly string[] | null;
}

/**
 * Stores the token of the installation's configuration under its name, in place of an older token of that name. One that was
 * revoked stays revoked until the configuration has another.
 */
export async function upsertApiToken(db: Db, token: { name: string; tokenHash: string; roles: readonly string[] }): Promise<void> {
  await db('api_tokens')
    .insert({ id: uuidv7(), name: token.name, token_hash: token.tokenHash, roles: [...token.roles] })
    .onConflict('name')
    .merge({ token_hash: token.tokenHash, roles: [...token.roles], scopes: null, for_all_sites: true, made_by: null, prefix: null, expires_at: null, revoked_at: null, updated_at: db.fn.now() })
    .whereRaw('api_tokens.token_hash <> excluded.token_hash or api_tokens.revoked_at is null');
}

export interface NewApiToken {
  readonly name: string;
  readonly tokenHash: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** Null for every site. */
  readonly siteIds: readonly string[] | null;
  readonly expiresAt: Date;
  readonly madeBy: string | null;
}

/** Stores a token that somebody made. @returns its id, or undefined when the name is taken, also by one that was revoked. */
export async function insertApiToken(trx: Db, token: NewApiToken): Promise<string | undefined> {
  const id = uuidv7();
  const rows = await trx('api_tokens')
    .insert({ id, name: token.name, token_hash: token.tokenHash, prefix: token.prefix, roles: [], scopes: [...token.scopes], for_all_sites: token.siteIds === null, expires_at: token.expiresAt, made_by: token.madeBy })
    .onConflict('name')
    .ignore()
    .returning<{ id: string }[]>('id');
  if (rows.length === 0) return undefined;
  if (token.siteIds !== null && token.siteIds.length > 0) await trx('api_token_sites').insert([...new Set(token.siteIds)].map((siteId) => ({ id: uuidv7(), token_id: id, site_id: siteId })));
  return id;
}

/** The token with this hash, unless it is revoked or has expired. */
export async function useApiToken(db: Db, tokenHash: string): Promise<ApiTokenRow | undefined> {
  const [row] = await db('api_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('revoked_at')
    .whereRaw('(expires_at is null or expires_at > now())')
    .update({ last_used_at: db.fn.now() })
    .returning<{ id: string; name: string; roles: string[]; scopes: string[] | null; for_all_sites: boolean }[]>(['id', 'name', 'roles', 'scopes', 'for_all_sites']);
  if (row === undefined) return undefined;
  const sites = row.for_all_sites ? null : await db('api_token_sites').where({ token_id: row.id }).select<{ site_id: string }[]>('site_id');
  return { id: row.id, name: row.name, roles: row.roles, scopes: row.scopes, siteIds: sites?.map((site) => site.site_id) ?? null };
}

export interface ListedApiToken {
  readonly id: string;
  readonly name: string;
  readonly prefix: string | null;
  readonly roles: readonly string[];
  readonly scopes: readonly string[] | null;
  /** Names; null for every site. */
  readonly sites: readonly string[] | null;
  readonly madeBy: { readonly id: string; readonly name: string } | null;
  readonly madeAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** Every token there is or was, the newest first. */
export async function listApiTokens(db: Db): Promise<ListedApiToken[]> {
  const rows: { id: string; name: string; prefix: string | null; roles: string[]; scopes: string[] | null; for_all_sites: boolean; sites: string[]; maker_id: string | null; maker_name: string | null; created_at: Date; expires_at: Date | null; revoked_at: Date | null; last_used_at: Date | null }[] = await db('api_tokens')
    .leftJoin('users', 'users.id', 'api_tokens.made_by')
    .orderBy([{ column: 'api_tokens.created_at', order: 'desc' }, { column: 'api_tokens.id', order: 'desc' }])
    .select('api_tokens.*', 'users.id as maker_id', 'users.name as maker_name')
    .select(db.raw('array(select sites.name from api_token_sites join sites on sites.id = site_id where token_id = api_tokens.id order by sites.name) as sites'));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    roles: row.roles,
    scopes: row.scopes,
    sites: row.for_all_sites ? null : row.sites,
    madeBy: row.maker_id === null ? null : { id: row.maker_id, name: row.maker_name ?? '' },
    madeAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** Ends a token for good. @returns its name, or undefined when there is none. */
export async function revokeApiToken(db: Db, id: string): Promise<string | undefined> {
  const rows = await db('api_tokens').where({ id }).update({ revoked_at: db.raw('coalesce(revoked_at, now())'), updated_at: db.fn.now() }).returning<{ name: string }[]>('name');
  return rows[0]?.name;
}

/** Ends every token that this person made. @returns how many. */
export async function revokeTokensOf(trx: Db, userId: string): Promise<number> {
  return trx('api_tokens').where({ made_by: userId }).whereNull('revoked_at').update({ revoked_at: trx.fn.now(), updated_at: trx.fn.now() });
}

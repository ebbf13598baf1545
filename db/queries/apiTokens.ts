import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** Stores a token's hash under its name, in place of an older token of that name. */
export async function upsertApiToken(db: Db, token: { name: string; tokenHash: string; roles: readonly string[] }): Promise<void> {
  await db('api_tokens')
    .insert({ id: uuidv7(), name: token.name, token_hash: token.tokenHash, roles: [...token.roles] })
    .onConflict('name')
    .merge({ token_hash: token.tokenHash, roles: [...token.roles], revoked_at: null, updated_at: db.fn.now() });
}

/** The token with this hash, unless it is revoked or has expired. */
export async function useApiToken(db: Db, tokenHash: string): Promise<ApiTokenRow | undefined> {
  const rows = await db('api_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('revoked_at')
    .whereRaw('(expires_at is null or expires_at > now())')
    .update({ last_used_at: db.fn.now() })
    .returning<{ id: string; name: string; roles: string[] }[]>(['id', 'name', 'roles']);
  return rows[0];
}

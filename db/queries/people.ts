import type { Knex } from 'knex';
import { announceRights } from '../changes.ts';
import type { Db } from '../knex.ts';
import type { GrantedRole } from './roleGrants.ts';
import { hasIdentity } from './userIdentities.ts';
import { containing } from './searches.ts';

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Name and address of these people, keyed by id. */
export async function findPeople(db: Db, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  const rows: PersonRow[] = await db('users').whereIn('id', [...new Set(ids)]).select('id', 'name', 'email');
  return new Map(rows.map((row) => [row.id, row]));
}

export interface ListedPersonRow extends PersonRow {
  readonly isActive: boolean;
  /** False until the first sign-in of who was given a role before. */
  readonly hasSignedIn: boolean;
  readonly lastSignInAt: Date | null;
  readonly globalRoles: readonly GrantedRole[];
  readonly siteCount: number;
}

interface DbPerson {
  id: string;
  name: string;
  email: string;
  is_active: boolean;
  has_identity: boolean;
  last_sign_in_at: Date | null;
  global_roles: GrantedRole[];
  site_count: number;
}

const selectPeople = (db: Db) =>
  db('users').select(
    'users.id', 'users.name', 'users.email', 'users.is_active', 'users.last_sign_in_at',
    hasIdentity(db),
    db.raw('array(select role from role_grants where user_id = users.id and site_id is null order by role) as global_roles'),
    db.raw('(select count(*) from role_grants where user_id = users.id and site_id is not null)::int as site_count'),
  );

const fromDb = (row: DbPerson): ListedPersonRow => ({ id: row.id, name: row.name, email: row.email, isActive: row.is_active, hasSignedIn: row.last_sign_in_at !== null || row.has_identity, lastSignInAt: row.last_sign_in_at, globalRoles: row.global_roles, siteCount: row.site_count });

/** People by name: those whose name or address has `search` in it, with that role somewhere, open or closed. */
export async function listPeople(db: Db, filter: { readonly search?: string | undefined; readonly role?: GrantedRole | undefined; readonly isActive?: boolean | undefined }, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; people: ListedPersonRow[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    const search = filter.search?.trim() ?? '';
    if (search !== '') query.where((either) => void either.whereILike('users.name', containing(search)).orWhereILike('users.email', containing(search)));
    if (filter.role !== undefined) query.whereRaw('exists (select from role_grants where user_id = users.id and role = ?)', [filter.role]);
    if (filter.isActive !== undefined) query.where({ is_active: filter.isActive });
  };
  const rows = (await selectPeople(db).modify(narrow).orderByRaw('lower(users.name), users.id').limit(page.limit).offset(page.offset)) as DbPerson[];
  const counted = await db('users').modify(narrow).count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, people: rows.map(fromDb) };
}

export async function findPerson(db: Db, id: string): Promise<ListedPersonRow | undefined> {
  const row = (await selectPeople(db).where({ id }).first()) as DbPerson | undefined;
  return row === undefined ? undefined : fromDb(row);
}

/** Sites on which a person has a role, by title. */
export async function listSitesOfPerson(db: Db, userId: string): Promise<{ name: string; title: string; role: 'owner' | 'admin' | 'editor' }[]> {
  return db('role_grants').join('sites', 'sites.id', 'role_grants.site_id').where({ user_id: userId }).orderByRaw('lower(sites.title), sites.id').select('sites.name', 'sites.title', 'role');
}

/** Closes a person's account or opens it again. @returns whether it was the other. */
export async function setActive(trx: Db, userId: string, isActive: boolean): Promise<boolean> {
  const changed = await trx('users').where({ id: userId, is_active: !isActive }).update({ is_active: isActive, updated_at: trx.fn.now() });
  await announceRights(trx, userId);
  return changed > 0;
}

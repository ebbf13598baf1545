import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type GrantedRole = 'global_admin' | 'global_author' | 'owner' | 'admin' | 'editor';

export interface RoleGrantRow {
  readonly role: GrantedRole;
  readonly siteId: string | null;
}

/** Every role of a person. */
export async function listGrantsOf(db: Db, userId: string): Promise<RoleGrantRow[]> {
  const rows: { role: GrantedRole; site_id: string | null }[] = await db('role_grants').where({ user_id: userId }).select('role', 'site_id');
  return rows.map((row) => ({ role: row.role, siteId: row.site_id }));
}

/** Gives a role. On a site a person has one role: a new one takes the place of the old. @returns whether anything changed. */
export async function grantRole(trx: Db, userId: string, grant: RoleGrantRow): Promise<boolean> {
  const known = await listGrantsOf(trx, userId);
  if (known.some((row) => row.role === grant.role && row.siteId === grant.siteId)) return false;
  if (grant.siteId !== null) await trx('role_grants').where({ user_id: userId, site_id: grant.siteId }).delete();
  await trx('role_grants').insert({ id: uuidv7(), user_id: userId, role: grant.role, site_id: grant.siteId });
  if (grant.siteId !== null) await followOwner(trx, grant.siteId);
  return true;
}

/** Keeps `sites.owner_id` one of those who own the site: whom it names while they do, else who has owned it longest, or nobody. */
async function followOwner(trx: Db, siteId: string): Promise<void> {
  await trx.raw(
    `update sites set owner_id = (
      select user_id from role_grants where site_id = sites.id and role = 'owner'
      order by user_id is not distinct from sites.owner_id desc, created_at, id limit 1
    ) where id = ?`,
    [siteId],
  );
}

/** Takes a role back. @returns whether the person had it. */
export async function revokeRole(trx: Db, userId: string, grant: RoleGrantRow): Promise<boolean> {
  const removed = await trx('role_grants').where({ user_id: userId, role: grant.role, site_id: grant.siteId }).delete();
  if (removed > 0 && grant.siteId !== null) await followOwner(trx, grant.siteId);
  return removed > 0;
}

/** Number of global admins whose account is open; locks their grants, so that the last admin is not revoked twice at once. */
export async function countGlobalAdmins(trx: Db): Promise<number> {
  const rows: { id: string }[] = await trx('role_grants')
    .join('users', 'users.id', 'role_grants.user_id')
    .where({ role: 'global_admin', is_active: true })
    .orderBy('role_grants.id')
    .forUpdate('role_grants')
    .select('role_grants.id');
  return rows.length;
}

/** Ids of people with one of these roles on a site, or (null) for the whole installation; an account that is closed gets none. */
export async function listPeopleWithRoles(db: Db, roles: readonly GrantedRole[], siteId: string | null): Promise<string[]> {
  const rows: { user_id: string }[] = await db('role_grants')
    .join('users', 'users.id', 'role_grants.user_id')
    .where({ is_active: true })
    .where('role_grants.site_id', siteId)
    .whereIn('role', [...roles])
    .distinct('user_id')
    .orderBy('user_id');
  return rows.map((row) => row.user_id);
}

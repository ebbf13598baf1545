import { announceRights } from '../changes.ts';
import type { Db } from '../knex.ts';
import { type GrantedRole, grantRole, revokeRole } from './roleGrants.ts';
import { hasIdentity } from './userIdentities.ts';

export type SiteGrantRole = Extract<GrantedRole, 'owner' | 'admin' | 'editor'>;

export interface SitePersonRow {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: SiteGrantRole;
  readonly isActive: boolean;
  /** False until the first sign-in of who was invited. */
  readonly hasSignedIn: boolean;
  readonly since: Date;
}

/** Everybody with a role on a site: its owner, its admins, its editors, each by name. */
export async function listSitePeople(db: Db, siteId: string): Promise<SitePersonRow[]> {
  const rows: { user_id: string; name: string; email: string; role: SiteGrantRole; is_active: boolean; has_identity: boolean; last_sign_in_at: Date | null; created_at: Date }[] = await db('role_grants')
    .join('users', 'users.id', 'role_grants.user_id')
    .where({ site_id: siteId })
    .orderByRaw(`array_position(array['owner', 'admin', 'editor'], role), lower(users.name), users.id`)
    .select('user_id', 'users.name', 'users.email', 'role', 'is_active', 'last_sign_in_at', 'role_grants.created_at', hasIdentity(db));
  return rows.map((row) => ({ userId: row.user_id, name: row.name, email: row.email, role: row.role, isActive: row.is_active, hasSignedIn: row.last_sign_in_at !== null || row.has_identity, since: row.created_at }));
}

/** As `listSitePeople`, and keeps others from changing them until the end of the transaction. */
export async function holdSitePeople(trx: Db, siteId: string): Promise<SitePersonRow[]> {
  await trx('sites').where({ id: siteId }).forNoKeyUpdate().select('id');
  return listSitePeople(trx, siteId);
}

/** Gives a person a role on a site, in place of the one before. */
export async function setSiteRole(trx: Db, siteId: string, userId: string, role: SiteGrantRole): Promise<void> {
  await grantRole(trx, userId, { role, siteId });
  await announceRights(trx, userId);
}

/** Takes a person off a site, on which they have this role. */
export async function removeSitePerson(trx: Db, siteId: string, person: Pick<SitePersonRow, 'userId' | 'role'>): Promise<void> {
  const { userId, role } = person;
  await revokeRole(trx, userId, { role, siteId });
  await announceRights(trx, userId);
}

/** Makes this person the owner of a site; who owned it before becomes one of its admins. @returns who that was. */
export async function changeSiteOwner(trx: Db, siteId: string, userId: string): Promise<string[]> {
  const before = (await holdSitePeople(trx, siteId)).filter((person) => person.role === 'owner' && person.userId !== userId).map((person) => person.userId);
  for (const owner of before) await setSiteRole(trx, siteId, owner, 'admin');
  await setSiteRole(trx, siteId, userId, 'owner');
  await trx('sites').where({ id: siteId }).update({ updated_at: trx.fn.now() });
  return before;
}

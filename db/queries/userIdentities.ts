import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';
import type { SignInProvider } from './sessions.ts';
import { findUser, findUserByEmail, type UserRow } from './users.ts';

export interface VouchedPerson {
  readonly provider: SignInProvider;
  /** What the provider calls the person for good. */
  readonly subject: string;
  readonly email: string;
  readonly name: string;
}

/**
 * The person a sign-in service vouches for: known by the service's subject, else linked by address when the account has no subject
 * of that service yet, else new. Name and address follow the service. Takes sign-ins one after another until the transaction ends,
 * so that two first ones at once make one account.
 * @returns null when another subject of the service holds the address.
 */
export async function signInUser(trx: Db, person: VouchedPerson): Promise<UserRow | null> {
  await trx.raw('select pg_advisory_xact_lock(hashtext(?))', ['sign-in']);
  const { provider, subject } = person;
  const known = await trx('user_identities').where({ provider, subject }).first<{ user_id: string } | undefined>('user_id');
  const byEmail = await findUserByEmail(trx, person.email);
  const target = known === undefined ? byEmail : await findUser(trx, known.user_id);
  if (target === undefined) {
    const id = uuidv7();
    await trx('users').insert({ id, email: person.email, name: person.name, last_sign_in_at: trx.fn.now() });
    await trx('user_identities').insert({ provider, subject, user_id: id, last_sign_in_at: trx.fn.now() });
    return { id, email: person.email, name: person.name, isActive: true };
  }
  if (known === undefined && (await trx('user_identities').where({ provider, user_id: target.id }).first<object | undefined>('subject')) !== undefined) return null;
  const keepsEmail = byEmail !== undefined && byEmail.id !== target.id;
  const email = keepsEmail ? target.email : person.email;
  await trx('users').where({ id: target.id }).update({ name: person.name, email, last_sign_in_at: trx.fn.now(), updated_at: trx.fn.now() });
  await trx('user_identities').insert({ provider, subject, user_id: target.id, last_sign_in_at: trx.fn.now() }).onConflict(['provider', 'subject']).merge({ last_sign_in_at: trx.fn.now(), updated_at: trx.fn.now() });
  return { ...target, name: person.name, email };
}

/** A column `has_identity` beside those of `users`: whether a sign-in service knows the person. */
export const hasIdentity = (db: Db) => db.raw('exists (select from user_identities where user_id = users.id) as has_identity');

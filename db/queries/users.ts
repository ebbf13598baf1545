import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface UserRow {
  readonly id: string;
  /** What the identity provider calls the person for good; null until the first sign-in. */
  readonly subject: string | null;
  readonly email: string;
  readonly name: string;
  readonly isActive: boolean;
}

interface DbUser {
  id: string;
  subject: string | null;
  email: string;
  name: string;
  is_active: boolean;
}

function fromDb(row: DbUser): UserRow {
  return { id: row.id, subject: row.subject, email: row.email, name: row.name, isActive: row.is_active };
}

export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  const row = await db('users').where({ id }).first<DbUser | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  const row = await db('users').whereRaw('lower(email) = lower(?)', [email]).first<DbUser | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The person with this address, created without a subject when nobody has it: rights may be given before a first sign-in. */
export async function ensureUserByEmail(db: Db, email: string): Promise<UserRow> {
  const known = await findUserByEmail(db, email);
  if (known !== undefined) return known;
  await db('users').insert({ id: uuidv7(), email, name: email.split('@')[0] ?? email }).onConflict(db.raw('(lower(email))')).ignore();
  const created = await findUserByEmail(db, email);
  if (created === undefined) throw new Error('A user vanished between insert and read');
  return created;
}

/**
 * The person an identity provider vouches for: known by subject, else linked by address when that account has no subject
 * yet, else new. Name and address follow the provider.
 * @returns null when another subject holds the address.
 */
export async function signInUser(trx: Db, person: { subject: string; email: string; name: string }): Promise<UserRow | null> {
  const bySubject = await trx('users').where({ subject: person.subject }).first<DbUser | undefined>();
  const byEmail = await findUserByEmail(trx, person.email);
  const target = bySubject === undefined ? byEmail : fromDb(bySubject);
  if (target === undefined) {
    const id = uuidv7();
    await trx('users').insert({ id, subject: person.subject, email: person.email, name: person.name, last_sign_in_at: trx.fn.now() });
    return { id, subject: person.subject, email: person.email, name: person.name, isActive: true };
  }
  if (target.subject !== null && target.subject !== person.subject) return null;
  const keepsEmail = byEmail !== undefined && byEmail.id !== target.id;
  await trx('users')
    .where({ id: target.id })
    .update({ subject: person.subject, name: person.name, ...(keepsEmail ? {} : { email: person.email }), last_sign_in_at: trx.fn.now(), updated_at: trx.fn.now() });
  return { ...target, subject: person.subject, name: person.name };
}

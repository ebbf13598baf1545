import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isActive: boolean;
}

interface DbUser {
  id: string;
  email: string;
  name: string;
  is_active: boolean;
}

function fromDb(row: DbUser): UserRow {
  return { id: row.id, email: row.email, name: row.name, isActive: row.is_active };
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

import type { Db } from '../knex.ts';

/** Whether somebody was to be signed in or out; an answer to the one is none to the other. */
export type SamlRequestKind = 'sign-in' | 'sign-out';

/** Notes a request sent to the identity provider. `value` is the library's own; `browserHash` is null where an answer may come by any browser. */
export async function insertSamlRequest(db: Db, id: string, value: string, kind: SamlRequestKind, browserHash: string | null = null): Promise<void> {
  await db('saml_requests').insert({ id, value, kind, browser_hash: browserHash }).onConflict('id').ignore();
}

/** The value of a request younger than `maxAgeMs` that was not answered yet. */
export async function findSamlRequest(db: Db, id: string, kind: SamlRequestKind, maxAgeMs: number): Promise<string | null> {
  const row = await db('saml_requests').where({ id, kind }).whereNull('consumed_at').whereRaw('created_at > now() - ? * interval \'1 millisecond\'', [maxAgeMs]).first<{ value: string } | undefined>('value');
  return row?.value ?? null;
}

/** Marks a request younger than `maxAgeMs` as answered, if it is this browser's where it is one's. @returns whether it was this call that did. */
export async function consumeSamlRequest(db: Db, id: string, kind: SamlRequestKind, maxAgeMs: number, browserHash: string | null = null): Promise<boolean> {
  const updated = await db('saml_requests').where({ id, kind, browser_hash: browserHash }).whereNull('consumed_at').whereRaw('created_at > now() - ? * interval \'1 millisecond\'', [maxAgeMs]).update({ consumed_at: db.fn.now(), updated_at: db.fn.now() });
  return updated > 0;
}

/** Notes that an assertion, or another message that counts once, was used. @returns false when it had been used before. */
export async function useAssertion(db: Db, id: string, expiresAt: Date): Promise<boolean> {
  const inserted = await db('saml_assertions').insert({ id, expires_at: expiresAt }).onConflict('id').ignore().returning<{ id: string }[]>('id');
  return inserted.length > 0;
}

/** Requests and assertions that can no longer matter. */
export async function deleteOldSaml(db: Db): Promise<void> {
  await db('saml_requests').whereRaw('created_at < now() - interval \'1 day\'').delete();
  await db('saml_assertions').whereRaw('expires_at < now() - interval \'1 day\'').delete();
}

import type { Db } from '../knex.ts';

/** The installation this database belongs to; an empty database becomes `installationId`'s. */
export async function readInstallation(db: Db, installationId: string): Promise<string> {
  await db('installation').insert({ installation_id: installationId }).onConflict('singleton').ignore();
  const row = await db('installation').first<{ installation_id: string }>('installation_id');
  return row.installation_id;
}

/** Declares the database to belong to `installationId`, so that outward effects are on again. */
export async function adoptInstallation(db: Db, installationId: string): Promise<void> {
  await db('installation').insert({ installation_id: installationId }).onConflict('singleton').merge({ installation_id: installationId, adopted_at: db.fn.now() });
}

/** Fingerprint of what the webhook of the projects repository was last set to; null when the studio never set it. */
export async function readStartersHook(db: Db): Promise<string | null> {
  const row = await db('installation').first<{ starters_hook: string | null } | undefined>('starters_hook');
  return row?.starters_hook ?? null;
}

export async function recordStartersHook(db: Db, fingerprint: string): Promise<void> {
  await db('installation').update({ starters_hook: fingerprint });
}

/** What the addresses of previews are made from; null before the installation has its row. */
export async function readPreviewSecret(db: Db): Promise<string | null> {
  const row = await db('installation').first<{ preview_secret: string } | undefined>('preview_secret');
  return row?.preview_secret ?? null;
}

/** What the addresses that end a group of mails are signed with; null before the installation has its row. */
export async function readMailSecret(db: Db): Promise<string | null> {
  const row = await db('installation').first<{ mail_secret: string } | undefined>('mail_secret');
  return row?.mail_secret ?? null;
}

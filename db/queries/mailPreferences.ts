import type { MailGroup } from '#domain/mailGroups.ts';
import type { Db } from '../knex.ts';

/** The groups of mails a person switched off. */
export async function listMailGroupsOff(db: Db, userId: string): Promise<ReadonlySet<string>> {
  const rows: { mail_group: string }[] = await db('mail_preferences').where({ user_id: userId, is_on: false }).select('mail_group');
  return new Set(rows.map((row) => row.mail_group));
}

/** Switches groups of mails of a person on or off; those that are not named stay as they are. */
export async function setMailGroups(db: Db, userId: string, groups: Readonly<Partial<Record<MailGroup, boolean>>>): Promise<void> {
  const rows = Object.entries(groups).map(([group, isOn]) => ({ user_id: userId, mail_group: group, is_on: isOn }));
  if (rows.length === 0) return;
  await db('mail_preferences').insert(rows).onConflict(['user_id', 'mail_group']).merge({ is_on: db.raw('excluded.is_on'), updated_at: db.fn.now() });
}

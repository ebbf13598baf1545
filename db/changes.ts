import type { Db } from './knex.ts';

/** The channel on which every change of a run, request or site is announced. */
export const CHANGES_CHANNEL = 'studio_changes';

/** The channel on which it is announced that a person may do more or less than before, or signed out. */
export const RIGHTS_CHANNEL = 'studio_rights';

export interface Change {
  /** `presence`: who edits an item of the site. */
  readonly kind: 'run' | 'request' | 'site' | 'presence';
  readonly site: string | null;
  readonly runId: string | null;
}

/** Tells every API process what to read again. Inside a transaction it is sent with the commit. */
export async function announce(db: Db, change: Change): Promise<void> {
  await db.raw('select pg_notify(?, ?)', [CHANGES_CHANNEL, JSON.stringify(change)]);
}

/** Tells every API process to look up anew who this person is and what they may do. Inside a transaction it is sent with the commit. */
export async function announceRights(db: Db, userId: string): Promise<void> {
  await db.raw('select pg_notify(?, ?)', [RIGHTS_CHANNEL, userId]);
}

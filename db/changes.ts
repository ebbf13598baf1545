import type { Db } from './knex.ts';

/** The channel on which every change of a run, request or site is announced. */
export const CHANGES_CHANNEL = 'studio_changes';

export interface Change {
  readonly kind: 'run' | 'request' | 'site';
  readonly site: string | null;
  readonly runId: string | null;
}

/** Tells every API process what to read again. Inside a transaction it is sent with the commit. */
export async function announce(db: Db, change: Change): Promise<void> {
  await db.raw('select pg_notify(?, ?)', [CHANGES_CHANNEL, JSON.stringify(change)]);
}

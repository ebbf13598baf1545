import type { Db } from '#db/knex.ts';
import { type NewMail, queueMails } from '#db/queries/mails.ts';
import type { ActivityDeps } from './deps.ts';
import { startMails } from './startMails.ts';

/**
 * Runs a transaction that may queue mails by `mail`, and starts their sending once it is written.
 * @returns what `work` returned.
 */
export async function withMails<T>(deps: Pick<ActivityDeps, 'db' | 'temporal' | 'config' | 'log'>, work: (trx: Db, mail: (mails: readonly NewMail[]) => Promise<void>) => Promise<T>): Promise<T> {
  let queued = 0;
  const result = await deps.db.transaction((trx) =>
    work(trx, async (mails) => {
      await queueMails(trx, mails);
      queued += mails.length;
    }),
  );
  if (queued > 0) await startMails(deps);
  return result;
}

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { findMail, listQueuedMails, moveMail, noteMailStarted } from '#db/queries/mails.ts';
import { sendMailContract } from '#temporal/contracts/sendMail.ts';
import { startSendMail } from '#temporal/startSendMail.ts';
import type { ActivityDeps } from './deps.ts';

/** How many mails one call looks at at most; the next looks at others. */
const STARTED_AT_ONCE = 200;

/**
 * Starts a workflow for each mail of the outbox that has none. Called after a transaction that queued mails, and by the
 * check of what was forgotten. Never fails for the caller: a mail that could not be started is started by that check.
 */
export async function startMails(deps: Pick<ActivityDeps, 'db' | 'temporal' | 'config' | 'log'>): Promise<number> {
  let started = 0;
  try {
    for (const mail of await listQueuedMails(deps.db, STARTED_AT_ONCE)) {
      try {
        await deps.temporal.workflow.start(sendMailContract.workflowType, startSendMail(mail, deps.config.temporalTaskQueuePrefix));
        started += 1;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        await giveUpAbandoned(deps, mail.id);
      }
      await noteMailStarted(deps.db, mail.id);
    }
  } catch (error) {
    deps.log.warn({ err: error }, 'Mails could not be started; the next check starts them');
  }
  return started;
}

/** A mail whose workflow somebody ended in Temporal has nobody who goes on with it, and never will: its id counts once. */
async function giveUpAbandoned(deps: Pick<ActivityDeps, 'db' | 'temporal'>, mailId: string): Promise<void> {
  const { status } = await deps.temporal.workflow.getHandle(sendMailContract.workflowId(mailId)).describe();
  if (status.name === 'RUNNING' || (await findMail(deps.db, mailId))?.state !== 'queued') return;
  await moveMail(deps.db, mailId, { from: ['queued'], state: 'refused', reason: 'Its sending was ended in Temporal.' });
}

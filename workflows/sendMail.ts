import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { SendMailInput, SendMailResult } from '#temporal/contracts/sendMail.ts';
import { databaseProfile, mailProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const mail = proxyActivities<Activities>(mailProfile);
const rows = proxyActivities<Activities>(databaseProfile);

/** How long after a lost answer the mail service's log is looked into, in milliseconds; the log lags. */
const LOOKS_AFTER_MS = [30_000, 90_000, 300_000] as const;
/** How often a mail is handed over at most. */
const MOST_POSTS = 3;

/**
 * Hands one mail of the outbox to the mail service, which takes every call for a new mail. Started by its row, by whoever
 * wrote it or by the check of what was forgotten; its id `send-mail/<mail>` is what makes it one.
 * 1. postMail notes that the call is made, makes it and notes what came of it. An answer that says no for now is tried again for a day.
 * 2. When the answer was lost, lookForMail looks for the mail in the service's log, three times in seven minutes.
 * 3. What is not there then was not taken: step 1 again, three times in all. Where there is no log (SMTP) or it may not
 *    be read the mail is given up and says so: one mail too few is better than one too many.
 * No signals and no queries.
 * If it dies in step 1 before the note, the call is made anew; after it, step 2 finds out. A mail is never posted twice unseen.
 * Cancel ends the workflow; the row stays as it is.
 */
export async function sendMail(input: SendMailInput): Promise<SendMailResult> {
  const { mailId } = input;
  for (let posts = 1; ; posts += 1) {
    try {
      const result = await mail.postMail({ mailId });
      setCurrentDetails(`The mail is ${result.state}.`);
      return withinBudget(result);
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (!isLost(error)) return refuse(reasonOf(error).reason.message);
    }
    const { taken, why } = await look(mailId);
    if (taken === 'yes') return withinBudget({ state: 'sent' });
    if (taken === 'unknown') return refuse(`The mail service did not answer, and ${why ?? 'its log cannot be read'}. The mail was not sent again, because it may have arrived.`);
    if (posts >= MOST_POSTS) return refuse(`The mail service did not answer ${MOST_POSTS} times, and has no such mail.`);
    await rows.requeueMail({ mailId });
  }

  async function refuse(reason: string): Promise<SendMailResult> {
    await rows.giveMailUp({ mailId, reason });
    setCurrentDetails(reason);
    return withinBudget({ state: 'refused' });
  }
}

/** Whether nobody knows if the mail was taken: the answer was lost, or the worker that waited for it. */
function isLost(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === 'MailUncertain';
}

interface Look {
  readonly taken: 'yes' | 'no' | 'unknown';
  /** Why nobody can say, as the end of a sentence. */
  readonly why?: string;
}

async function look(mailId: string): Promise<Look> {
  let seen: Look = { taken: 'unknown' };
  for (const afterMs of LOOKS_AFTER_MS) {
    await sleep(afterMs);
    try {
      seen = await mail.lookForMail({ mailId });
    } catch (error) {
      // A log that cannot be read for a day says nothing.
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      return { taken: 'unknown' };
    }
    if (seen.taken !== 'no') break;
  }
  return seen;
}

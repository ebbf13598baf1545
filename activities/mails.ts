import { findMail, moveMail } from '#db/queries/mails.ts';
import { findUser } from '#db/queries/users.ts';
import { mailOf } from '#domain/mails.ts';
import { MailgunError } from '#clients/mailgun.ts';
import type { SendMailResult } from '#temporal/contracts/sendMail.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/** The outbox and the mail service. */
export function createMailsActivities(deps: ActivityDeps) {
  const { config, db, mailgun, redact = (text: string) => text } = deps;

  const messageIdOf = (mailId: string): string => `${mailId}@${mailgun.domain}`;

  return {
    /**
     * Hands a mail of the outbox to the mail service.
     * Idempotent because the row says, before the call, that it is made: who finds that it was made and not what came of it asks nobody anew.
     * Kill points: before the note (begins anew), between note and answer (uncertain: it is looked for), after the answer before its note (the same).
     * @throws {StepError} MailUncertain, final: an earlier call may have been taken.
     */
    async postMail(input: { mailId: string }): Promise<SendMailResult> {
      const { abortSignal } = activityContext();
      const mail = await findMail(db, input.mailId);
      if (mail === undefined) throw new Error(`The outbox has no mail ${input.mailId}`);
      if (mail.state === 'sent' || mail.state === 'refused' || mail.state === 'dropped') return { state: mail.state };
      const drop = async (reason: string): Promise<SendMailResult> => {
        await moveMail(db, mail.id, { from: ['queued'], state: 'dropped', reason });
        return { state: 'dropped' };
      };
      if (!mailgun.isConfigured && mail.state === 'queued') return drop('No mail service is set up (MAILGUN_KEY and MAILGUN_SENDER_DOMAIN).');
      await assertOutwardEffects(deps);
      const user = mail.userId === null ? undefined : await findUser(db, mail.userId);
      const email = user?.email ?? mail.toAddress;
      if (email === null) return drop('The person it was for does not exist any more.');
      if (user?.isActive === false) return drop('The person it was for has no access any more.');
      if (!(await moveMail(db, mail.id, { from: ['queued'], state: 'sending' }))) throw uncertain();
      const { subject, text, html } = mailOf(mail.kind, { ...mail.data, name: user?.name ?? '' }, config);
      const to = config.mailRecipientOverride === undefined ? { name: user?.name ?? email, email } : { name: `For ${user?.name ?? email}`, email: config.mailRecipientOverride };
      try {
        const providerId = await mailgun.send({ to, subject, text, html, messageId: messageIdOf(mail.id) }, abortSignal);
        await moveMail(db, mail.id, { from: ['sending'], state: 'sent', providerId });
        return { state: 'sent' };
      } catch (error) {
        if (!(error instanceof MailgunError)) throw error;
        if (error.kind === 'uncertain') throw uncertain();
        if (error.kind === 'refused') {
          await moveMail(db, mail.id, { from: ['sending'], state: 'refused', reason: redact(`The mail service refused it: ${error.message}.`) });
          return { state: 'refused' };
        }
        await moveMail(db, mail.id, { from: ['sending'], state: 'queued' });
        throw error;
      }
    },

    /**
     * Looks in the mail service's log for a mail whose answer was lost.
     * Idempotent because it reads there, and notes only what is true whenever it is noted.
     * Kill points: before the look, before the note; either way it looks again.
     * @returns `unknown` where the log may not be read.
     */
    async lookForMail(input: { mailId: string }): Promise<{ taken: 'yes' | 'no' | 'unknown' }> {
      const { abortSignal } = activityContext();
      const taken = await mailgun.wasTaken(messageIdOf(input.mailId), abortSignal);
      if (taken === true) await moveMail(db, input.mailId, { from: ['sending', 'queued'], state: 'sent', providerId: `<${messageIdOf(input.mailId)}>` });
      return { taken: taken === null ? 'unknown' : taken ? 'yes' : 'no' };
    },

    /**
     * Lets a mail be handed over again, after the log was looked into long enough.
     * Idempotent because the row is set to the same state.
     * Kill points: before the row, after it; either way the same.
     */
    async requeueMail(input: { mailId: string }): Promise<void> {
      await moveMail(db, input.mailId, { from: ['sending'], state: 'queued' });
    },

    /**
     * Gives a mail up with the reason.
     * Idempotent because what is given up stays so, and what was sent is left alone.
     * Kill points: before the row, after it; either way the same.
     */
    async giveMailUp(input: { mailId: string; reason: string }): Promise<void> {
      await moveMail(db, input.mailId, { from: ['queued', 'sending'], state: 'refused', reason: redact(input.reason) });
    },
  };
}

function uncertain(): StepError {
  return new StepError('MailUncertain', 'The mail service did not answer. The mail may have been taken.');
}

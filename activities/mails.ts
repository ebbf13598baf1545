import { MailError } from '#clients/mailError.ts';
import { createUnsubscribeTokens } from '#clients/unsubscribeTokens.ts';
import { readMailSecret } from '#db/queries/installation.ts';
import { listMailGroupsOff } from '#db/queries/mailPreferences.ts';
import { findMail, moveMail } from '#db/queries/mails.ts';
import { findSuppression } from '#db/queries/mailSuppressions.ts';
import { findUser } from '#db/queries/users.ts';
import { suppressionWords } from '#domain/mailEvents.ts';
import { type MailGroup, mailGroupOf, mailGroupWords } from '#domain/mailGroups.ts';
import { mailOf } from '#domain/mails.ts';
import type { SendMailResult } from '#temporal/contracts/sendMail.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/** The outbox and the mail service. */
export function createMailsActivities(deps: ActivityDeps) {
  const { config, db, mail: service, redact = (text: string) => text } = deps;

  const messageIdOf = (mailId: string): string => `${mailId}@${service.domain}`;

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
      if (!service.isConfigured && mail.state === 'queued') return drop('No mail service is set up (MAILGUN_KEY and MAILGUN_SENDER_DOMAIN, or MAIL_SMTP_URL).');
      await assertOutwardEffects(deps);
      const user = mail.userId === null ? undefined : await findUser(db, mail.userId);
      const email = user?.email ?? mail.toAddress;
      if (email === null) return drop('The person it was for does not exist any more.');
      if (user?.isActive === false) return drop('The person it was for has no access any more.');
      const group = mailGroupOf(mail.kind);
      if (user !== undefined && group !== null && (await listMailGroupsOff(db, user.id)).has(group)) return drop(`The person wants no mails about: ${mailGroupWords[group].name}.`);
      const to = config.mailRecipientOverride === undefined ? { name: user?.name ?? email, email } : { name: `For ${user?.name ?? email}`, email: config.mailRecipientOverride };
      const suppression = await findSuppression(db, to.email);
      if (suppression !== undefined) return drop(`${suppressionWords[suppression.cause]} on ${suppression.createdAt.toISOString().slice(0, 10)}. An admin can lift that under Administration, Mail.`);
      const unsubscribeUrl = user === undefined || group === null || config.mailRecipientOverride !== undefined ? undefined : await unsubscribeUrlOf(user.id, group);
      const { subject, text, html } = mailOf(mail.kind, { ...mail.data, name: user?.name ?? '' }, config);
      // Nothing may fail between this note and the call but the call: whoever finds the note asks nobody anew.
      if (!(await moveMail(db, mail.id, { from: ['queued'], state: 'sending', sentTo: to.email }))) throw uncertain();
      try {
        const providerId = await service.send({ to, subject, text, html, messageId: messageIdOf(mail.id), ...(unsubscribeUrl === undefined ? {} : { unsubscribeUrl }) }, abortSignal);
        await moveMail(db, mail.id, { from: ['sending'], state: 'sent', providerId });
        return { state: 'sent' };
      } catch (error) {
        if (!(error instanceof MailError)) throw error;
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
     * @returns `unknown` where there is no log, or it may not be read; `why` ends a sentence.
     */
    async lookForMail(input: { mailId: string }): Promise<{ taken: 'yes' | 'no' | 'unknown'; why?: string }> {
      const { abortSignal } = activityContext();
      const taken = await service.wasTaken(messageIdOf(input.mailId), abortSignal);
      if (taken === true) await moveMail(db, input.mailId, { from: ['sending', 'queued'], state: 'sent', providerId: `<${messageIdOf(input.mailId)}>` });
      return taken === null ? { taken: 'unknown', why: service.whyUnknown } : { taken: taken ? 'yes' : 'no' };
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

  async function unsubscribeUrlOf(userId: string, group: MailGroup): Promise<string | undefined> {
    const secret = await readMailSecret(db);
    return secret === null ? undefined : `${config.studioBaseUrl}/mail/unsubscribe/${createUnsubscribeTokens(secret).tokenOf(userId, group)}`;
  }
}

function uncertain(): StepError {
  return new StepError('MailUncertain', 'The mail service did not answer. The mail may have been taken.');
}

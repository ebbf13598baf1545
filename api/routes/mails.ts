import { pageOfMails } from '#db/queries/mailLists.ts';
import { listMailGroupsOff, setMailGroups } from '#db/queries/mailPreferences.ts';
import { findMail, queueMailAgain } from '#db/queries/mails.ts';
import { findSuppression, liftSuppression, pageOfSuppressions } from '#db/queries/mailSuppressions.ts';
import { findUser } from '#db/queries/users.ts';
import { type MailGroup, mailGroups, mailGroupWords } from '#domain/mailGroups.ts';
import { mailOf } from '#domain/mails.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { MailPreferences } from '../contracts/mails.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

type Routes = Pick<Handlers, 'GET /api/v1/me/mail-preferences' | 'PUT /api/v1/me/mail-preferences' | 'GET /api/v1/mails' | 'POST /api/v1/mails/:mail/resend' | 'GET /api/v1/mail-suppressions' | 'POST /api/v1/mail-suppressions/:suppression/lift'>;

/** States after which a mail is not sent by itself any more. */
const GIVEN_UP: ReadonlySet<string> = new Set(['refused', 'dropped']);

export function mailRoutes(deps: ApiDeps): Routes {
  const { db, config, engine } = deps;

  function personOf(who: Principal): string {
    if (who.userId === null) throw new ApiError('forbidden', 'Only a person gets mails: this is the token of a machine.');
    return who.userId;
  }

  function mustManage(who: Principal): void {
    if (!studioPolicy.manageMails(who)) throw new ApiError('forbidden', 'Only a global admin may look after mails.');
  }

  async function preferencesOf(userId: string): Promise<MailPreferences> {
    const off = await listMailGroupsOff(db, userId);
    const user = await findUser(db, userId);
    const suppression = user === undefined ? undefined : await findSuppression(db, user.email);
    return {
      groups: mailGroups.map((group) => ({ group, ...mailGroupWords[group], isOn: !off.has(group) })),
      always: 'What is asked of you yourself, such as an approval, and what changes about your access is always sent.',
      suppressed: suppression === undefined ? null : { cause: suppression.cause, since: suppression.createdAt.toISOString(), detail: suppression.detail },
    };
  }

  return {
    'GET /api/v1/me/mail-preferences': ({ who }) => Promise.resolve(who).then(personOf).then(preferencesOf),

    'PUT /api/v1/me/mail-preferences': async ({ body, who, note }) => {
      const userId = personOf(who);
      note({ groups: body.groups });
      const wanted: Partial<Record<MailGroup, boolean>> = {};
      for (const group of mailGroups) {
        const isOn = body.groups[group];
        if (isOn !== undefined) wanted[group] = isOn;
      }
      await setMailGroups(db, userId, wanted);
      return preferencesOf(userId);
    },

    'GET /api/v1/mails': async ({ query, who }) => {
      const isManager = studioPolicy.manageMails(who);
      // Who is nobody's recipient has no mails.
      if (!isManager && who.userId === null) return { total: 0, mails: [] };
      const { total, mails } = await pageOfMails(db, { state: query.state, kind: query.kind, event: query.event, userId: isManager ? undefined : (who.userId ?? undefined) }, query);
      return {
        total,
        mails: mails.map((mail) => ({
          id: mail.id,
          kind: mail.kind,
          subject: mailOf(mail.kind, mail.data, config).subject,
          state: mail.state,
          reason: mail.reason,
          attempts: mail.attempts,
          to: { person: mail.person, address: isManager ? mail.address : null },
          createdAt: mail.createdAt.toISOString(),
          sentAt: mail.sentAt?.toISOString() ?? null,
          event: mail.event === null ? null : { kind: mail.event.kind, detail: isManager ? mail.event.detail : null, at: mail.event.at.toISOString() },
          resentAs: mail.resentAs,
          canResend: isManager && GIVEN_UP.has(mail.state) && mail.resentAs === null,
        })),
      };
    },

    'POST /api/v1/mails/:mail/resend': async ({ params, who }) => {
      mustManage(who);
      const mail = await findMail(db, params.mail);
      if (mail === undefined) throw new ApiError('notFound', 'There is no such mail.');
      if (!GIVEN_UP.has(mail.state)) throw new ApiError('wrongState', 'This mail was sent, or still will be: only one that was refused or dropped is sent anew.');
      const id = await queueMailAgain(db, mail);
      await engine.mailQueued(id, mail.kind);
      return { id };
    },

    'GET /api/v1/mail-suppressions': async ({ query, who }) => {
      mustManage(who);
      const { total, suppressions } = await pageOfSuppressions(db, query);
      return { total, suppressions: suppressions.map(({ id, address, cause, detail, createdAt }) => ({ id, address, cause, detail, since: createdAt.toISOString() })) };
    },

    'POST /api/v1/mail-suppressions/:suppression/lift': async ({ params, who, note }) => {
      mustManage(who);
      const address = await liftSuppression(db, params.suppression, who.userId);
      if (address === undefined) throw new ApiError('notFound', 'There is no such address, or it gets mails again already.');
      note({ address });
      return { address };
    },
  };
}

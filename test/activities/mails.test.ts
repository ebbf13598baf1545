import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createMailsActivities } from '#activities/mails.ts';
import { createMailgun } from '#clients/mailgun.ts';
import { findMail, queueMails } from '#db/queries/mails.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { createMailgun as createStandIn } from '#local/standins/mailgun/createMailgun.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const standIn = createStandIn({ domain: 'mail.example.edu', key: 'account' });
let url = '';
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(() => standIn.close());
beforeEach(async () => {
  await database.clear();
  standIn.mails.length = 0;
});

function activitiesOf(env: Record<string, string> = {}) {
  const config = makeConfig({ MAILGUN_API_URL: url, MAILGUN_KEY: 'account', MAILGUN_SENDER_DOMAIN: 'mail.example.edu', STUDIO_BASE_URL: 'http://studio.localhost', ...env });
  return createMailsActivities({ config, db: database.db, mailgun: createMailgun(config) } as ActivityDeps);
}

const data = { siteName: 'course', siteTitle: 'A Course', version: 'live', url: 'http://live.localhost/courses/a/', runId: 'run-1' };

async function queue(dedupeKey = 'run-1/olga'): Promise<string> {
  const { id: userId } = await ensureUserByEmail(database.db, 'olga@example.edu');
  await queueMails(database.db, [{ kind: 'publish-succeeded', dedupeKey, userId, data }]);
  const row = await database.db('mails').where({ dedupe_key: dedupeKey }).first<{ id: string }>('id');
  return row.id;
}
const rowOf = (id: string): ReturnType<typeof findMail> => findMail(database.db, id);
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it worked', (error: unknown) => error);

describe('a mail of the outbox', () => {
  it('is written once per key, sent, and then not sent again', async () => {
    const id = await queue();
    expect(await queue()).toBe(id);
    const activities = activitiesOf();
    await expect(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id })).resolves.toEqual({ state: 'sent' });
    await expect(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id })).resolves.toEqual({ state: 'sent' });
    expect(standIn.mails).toMatchObject([{ to: '"olga" <olga@example.edu>', subject: 'course: ‘A Course’ live version is ready to view' }]);
    expect(await rowOf(id)).toMatchObject({ state: 'sent', providerId: `<${id}@mail.example.edu>`, attempts: 1 });
  });

  it('whose answer was lost is not sent by the next try, but found in the log', async () => {
    const id = await queue();
    const activities = activitiesOf();
    standIn.addFault({ fault: 'drop-after-accept' });
    expect(await failureOf(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id }))).toMatchObject({ type: 'MailUncertain' });
    // What a killed worker leaves looks the same.
    expect(await failureOf(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id }))).toMatchObject({ type: 'MailUncertain' });
    expect(standIn.mails).toHaveLength(1);
    await expect(runActivity((input: { mailId: string }) => activities.lookForMail(input), { mailId: id })).resolves.toEqual({ taken: 'yes' });
    expect(await rowOf(id)).toMatchObject({ state: 'sent' });
  });

  it('that was not taken after all is handed over again', async () => {
    const id = await queue();
    const activities = activitiesOf();
    standIn.addFault({ fault: '504' });
    expect(await failureOf(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id }))).toMatchObject({ type: 'MailUncertain' });
    await expect(runActivity((input: { mailId: string }) => activities.lookForMail(input), { mailId: id })).resolves.toEqual({ taken: 'no' });
    await runActivity((input: { mailId: string }) => activities.requeueMail(input), { mailId: id });
    await expect(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id })).resolves.toEqual({ state: 'sent' });
    expect(standIn.mails).toHaveLength(1);
  });

  it('can be tried again after a no that passes, and not after one that stays', async () => {
    const id = await queue();
    const activities = activitiesOf();
    standIn.addFault({ fault: '429' });
    expect(await failureOf(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id }))).toMatchObject({ kind: 'unavailable' });
    expect(await rowOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
    standIn.addFault({ fault: '400' });
    await expect(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id })).resolves.toEqual({ state: 'refused' });
    expect(await rowOf(id)).toMatchObject({ state: 'refused', reason: expect.stringContaining('refused it') as string, attempts: 2 });
  });

  it.each([
    ['without a mail service', { MAILGUN_KEY: '' }, (): Promise<void> => Promise.resolve(), 'No mail service'],
    ['for a person without access', {}, async (): Promise<void> => void (await database.db('users').update({ is_active: false })), 'no access'],
    ['for a person who is gone', {}, async (): Promise<void> => void (await database.db('users').delete()), 'does not exist'],
  ])('%s is dropped with the reason', async (_name, env, before, reason) => {
    const id = await queue();
    await before();
    await expect(runActivity((input: { mailId: string }) => activitiesOf(env).postMail(input), { mailId: id })).resolves.toEqual({ state: 'dropped' });
    expect(await rowOf(id)).toMatchObject({ state: 'dropped', reason: expect.stringContaining(reason) as string });
    expect(standIn.mails).toEqual([]);
  });

  it('of another installation’s database stays where it is', async () => {
    const id = await queue();
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    expect(await failureOf(runActivity((input: { mailId: string }) => activitiesOf().postMail(input), { mailId: id }))).toMatchObject({ type: 'OutwardEffectsOff' });
    expect(standIn.mails).toEqual([]);
  });

  it('goes to one address where that is set, and says for whom it was', async () => {
    await runActivity((input: { mailId: string }) => activitiesOf({ MITOL_MAIL_RECIPIENT_OVERRIDE: 'try@example.edu' }).postMail(input), { mailId: await queue() });
    expect(standIn.mails).toMatchObject([{ to: '"For olga" <try@example.edu>' }]);
  });
});

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createMailsActivities } from '#activities/mails.ts';
import { createRunsActivities } from '#activities/runs.ts';
import { startMails } from '#activities/startMails.ts';
import { createMail } from '#clients/mail.ts';
import { createUnsubscribeTokens } from '#clients/unsubscribeTokens.ts';
import { readMailSecret } from '#db/queries/installation.ts';
import { setMailGroups } from '#db/queries/mailPreferences.ts';
import { findMail, queueMails } from '#db/queries/mails.ts';
import { liftSuppression, suppressAddress } from '#db/queries/mailSuppressions.ts';
import { bindRequest } from '#db/queries/runRequests.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { failureMailKinds } from '#domain/mails.ts';
import { createMailgun as createStandIn } from '#local/standins/mailgun/createMailgun.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeRequest, makeRun, makeSite } from '#test/factories/rows.ts';
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
  return createMailsActivities({ config, db: database.db, mail: createMail(config) } as ActivityDeps);
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

  const post = (id: string, env: Record<string, string> = {}) => runActivity((input: { mailId: string }) => activitiesOf(env).postMail(input), { mailId: id });
  const ofGroup = async (kind: 'publish-succeeded' | 'approval-asked'): Promise<string> => {
    const { id: userId } = await ensureUserByEmail(database.db, 'olga@example.edu');
    await queueMails(database.db, [{ kind, dedupeKey: kind, userId, data }]);
    return (await database.db('mails').where({ dedupe_key: kind }).first<{ id: string }>('id')).id;
  };

  it('of a group the person switched off is dropped with the reason; another one, and what is asked of them, is sent', async () => {
    const { id: userId } = await ensureUserByEmail(database.db, 'olga@example.edu');
    await setMailGroups(database.db, userId, { videos: false });
    expect(await post(await queue('a'))).toEqual({ state: 'sent' });
    await setMailGroups(database.db, userId, { publishes: false, reviews: false, drive: false, links: false });
    const id = await queue('b');
    expect(await post(id)).toEqual({ state: 'dropped' });
    expect(await rowOf(id)).toMatchObject({ state: 'dropped', reason: 'The person wants no mails about: Publishes.' });
    expect(await post(await ofGroup('approval-asked'))).toEqual({ state: 'sent' });
    await setMailGroups(database.db, userId, { publishes: true });
    expect(await post(await queue('c'))).toEqual({ state: 'sent' });
    expect(standIn.mails).toHaveLength(3);
  });

  it('carries an address that ends mails of its group, which what is always sent does not', async () => {
    const { id: userId } = await ensureUserByEmail(database.db, 'olga@example.edu');
    await post(await queue());
    await post(await ofGroup('approval-asked'));
    await post(await queue('tried out'), { MITOL_MAIL_RECIPIENT_OVERRIDE: 'try@example.edu' });
    const [first, ...others] = standIn.mails.map(({ headers }) => headers);
    expect(first?.['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    const token = /^<http:\/\/studio\.localhost\/mail\/unsubscribe\/([^>]+)>$/.exec(first?.['list-unsubscribe'] ?? '')?.[1] ?? '';
    expect(createUnsubscribeTokens((await readMailSecret(database.db)) ?? '').read(token)).toEqual({ userId, group: 'publishes' });
    // Whoever tries the installation out must not decide for the person.
    for (const headers of others) expect(headers).not.toHaveProperty('list-unsubscribe');
  });

  it('to an address whose mails came back is dropped until an admin lifts that', async () => {
    const sent = await queue('before');
    await post(sent);
    expect(await rowOf(sent)).toMatchObject({ sentTo: 'olga@example.edu' });
    await suppressAddress(database.db, { address: 'Olga@Example.edu', cause: 'bounced', detail: 'No such user', mailId: sent });
    const id = await queue('after');
    expect(await post(id)).toEqual({ state: 'dropped' });
    expect(await rowOf(id)).toMatchObject({ reason: expect.stringMatching(/^A mail to this address came back for good on \d{4}-\d\d-\d\d\. An admin can lift that/) as string });
    expect(standIn.mails).toHaveLength(1);
    const { id: suppression } = await database.db('mail_suppressions').first<{ id: string }>('id');
    await liftSuppression(database.db, suppression, null);
    expect(await post(await queue('lifted'))).toEqual({ state: 'sent' });
  });

  it('of which nobody can be asked says so', async () => {
    const id = await queue();
    const { db } = database;
    await db('mails').where({ id }).update({ state: 'sending' });
    const activities = activitiesOf({ MAILGUN_KEY: '', MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
    expect(await failureOf(runActivity((input: { mailId: string }) => activities.postMail(input), { mailId: id }))).toMatchObject({ type: 'MailUncertain' });
    expect(await runActivity((input: { mailId: string }) => activities.lookForMail(input), { mailId: id })).toEqual({ taken: 'unknown', why: 'a server that speaks SMTP keeps no log that could be looked into' });
  });

  it('by a server that is not there waits for it, and is not lost', async () => {
    const id = await queue();
    expect(await failureOf(post(id, { MAILGUN_KEY: '', MAIL_SMTP_URL: 'smtp://127.0.0.1:9', MAIL_SMTP_REQUIRE_TLS: 'false' }))).toMatchObject({ kind: 'unavailable' });
    expect(await rowOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
  });
});

describe('what tells of a failure', () => {
  const failed = (userId: string, dedupeKey: string, subject: string, kind: 'publish-failed' | 'captions-stopped' = 'publish-failed') => database.db.transaction((trx) => queueMails(trx, [{ kind, subject, dedupeKey, userId, data }]));
  const count = async (): Promise<number> => Number((await database.db('mails').count<{ count: string }[]>('* as count'))[0]?.count);

  it.each([...failureMailKinds])('%s is queued once a day for each subject and person, however often it happens', async (kind) => {
    const [olga, ed] = [(await ensureUserByEmail(database.db, 'olga@example.edu')).id, (await ensureUserByEmail(database.db, 'ed@example.edu')).id];
    const tell = (userId: string, occurrence: string, subject = 'course/live') => database.db.transaction((trx) => queueMails(trx, [{ kind, subject, dedupeKey: `${occurrence}/${userId}`, userId, data }]));
    await tell(olga, '1');
    await tell(olga, '2');
    expect(await count()).toBe(1);
    await tell(ed, '2');
    await tell(olga, '3', 'course/draft');
    expect(await count()).toBe(3);
    await database.db('mails').update({ created_at: database.db.raw(`created_at - interval '23 hours 59 minutes'`) });
    await tell(olga, '4');
    expect(await count()).toBe(3);
    await database.db('mails').update({ created_at: database.db.raw(`created_at - interval '2 minutes'`) });
    await tell(olga, '5');
    expect(await count()).toBe(4);
  });

  it('keeps nobody from hearing that something else failed, and two who tell at once tell once', async () => {
    const { id } = await ensureUserByEmail(database.db, 'olga@example.edu');
    await Promise.all(Array.from({ length: 8 }, (_none, index) => failed(id, `at once ${index}`, 'course/live')));
    expect(await count()).toBe(1);
    await failed(id, 'another kind', 'course/live', 'captions-stopped');
    expect(await count()).toBe(2);
  });

  it('a publish that fails again within a day is told of once, to each who asked', async () => {
    const [olga, ed] = [(await ensureUserByEmail(database.db, 'olga@example.edu')).id, (await ensureUserByEmail(database.db, 'ed@example.edu')).id];
    const site = await makeSite(database.db);
    const temporal = { workflow: { start: () => Promise.resolve() } };
    const activities = createRunsActivities({ config: makeConfig(), db: database.db, temporal, log: pino({ level: 'silent' }) } as unknown as ActivityDeps);
    const fail = async (askedBy: readonly string[]): Promise<void> => {
      const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
      for (const requestedBy of askedBy) await bindRequest(database.db, (await makeRequest(database.db, { siteId: site.id, version: 'live', requestedBy })).id, runId);
      for (let times = 0; times < 2; times += 1) await activities.recordFailed({ runId, reason: { code: 'HugoFailed', message: 'It cannot be built.' }, problems: [] });
    };
    const told = async () => (await database.db('mails').orderBy('created_at').select<{ kind: string; user_id: string }[]>('kind', 'user_id')).map((row) => `${row.kind} ${row.user_id === olga ? 'olga' : 'ed'}`);
    await fail([olga]);
    await fail([olga]);
    await fail([olga, ed]);
    expect(await told()).toEqual(['publish-failed olga', 'publish-failed ed']);
  });
});

describe('the start of mails', () => {
  const started: string[] = [];
  const running = new Set<string>();
  const ended = new Set<string>();
  const temporal = {
    workflow: {
      start: (type: string, { workflowId }: { workflowId: string }) => {
        if (running.has(workflowId) || ended.has(workflowId)) return Promise.reject(new WorkflowExecutionAlreadyStartedError('There is one', workflowId, type));
        started.push(workflowId);
        running.add(workflowId);
        return Promise.resolve();
      },
      getHandle: (workflowId: string) => ({ describe: () => Promise.resolve({ status: { name: running.has(workflowId) ? 'RUNNING' : 'CANCELLED' } }) }),
    },
  };
  const start = () => startMails({ config: makeConfig(), db: database.db, temporal, log: pino({ level: 'silent' }) } as unknown as ActivityDeps);
  beforeEach(() => {
    started.length = 0;
    running.clear();
    ended.clear();
  });

  it('is not kept from new ones by hundreds that wait for a service that is away', async () => {
    const { id: userId } = await ensureUserByEmail(database.db, 'olga@example.edu');
    await queueMails(database.db, Array.from({ length: 450 }, (_none, index) => ({ kind: 'publish-succeeded' as const, dedupeKey: `old ${index}`, userId, data })));
    for (let round = 0; round < 3; round += 1) await start();
    expect(started).toHaveLength(450);
    const id = await queue('new');
    await start();
    expect(started.at(-1)).toBe(`send-mail/${id}`);
    expect(started).toHaveLength(451);
  });

  it('finds again what was not begun, and leaves what is at work alone', async () => {
    const id = await queue();
    expect(await start()).toBe(1);
    expect(await start()).toBe(0);
    await database.db('mails').update({ started_at: database.db.raw(`started_at - interval '11 minutes'`) });
    expect(await start()).toBe(0);
    expect(await rowOf(id)).toMatchObject({ state: 'queued' });
  });

  it('gives up what somebody ended in Temporal: nobody goes on with it', async () => {
    const id = await queue();
    ended.add(`send-mail/${id}`);
    expect(await start()).toBe(0);
    expect(await rowOf(id)).toMatchObject({ state: 'refused', reason: 'Its sending was ended in Temporal.' });
  });
});

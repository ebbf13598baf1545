import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { createUnsubscribeTokens } from '#clients/unsubscribeTokens.ts';
import { readInstallation, readMailSecret } from '#db/queries/installation.ts';
import { keepMailEvent } from '#db/queries/mailEvents.ts';
import { type MailState, queueMails } from '#db/queries/mails.ts';
import { suppressAddress } from '#db/queries/mailSuppressions.ts';
import { type MailGroup, mailGroups } from '#domain/mailGroups.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let olga: Caller;
beforeEach(async () => {
  await api.clear();
  await readInstallation(api.db, 'test');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  olga = await api.person('olga@example.edu');
});

async function mailTo(who: Caller, state: MailState = 'queued', more: Record<string, unknown> = {}): Promise<string> {
  const dedupeKey = uuidv7();
  await queueMails(api.db, [{ kind: 'publish-succeeded', dedupeKey, userId: who.userId ?? '', data: { siteName: 'course', siteTitle: 'A Course', version: 'live' } }]);
  await api.db('mails').where({ dedupe_key: dedupeKey }).update({ state, ...more });
  return (await api.db('mails').where({ dedupe_key: dedupeKey }).first<{ id: string }>('id')).id;
}
const list = async (who: Caller, query: Record<string, string | number> = {}) => (await api.call('GET /api/v1/mails', who, { query })).json as { total: number; mails: { id: string; to: { address: string | null }; event: unknown; canResend: boolean; resentAs: string | null; subject: string }[] };
const groupsOf = async (who: Caller): Promise<Record<string, boolean>> => Object.fromEntries(((await api.call('GET /api/v1/me/mail-preferences', who)).json as { groups: { group: string; isOn: boolean }[] }).groups.map(({ group, isOn }) => [group, isOn]));
const audited = () => api.db('audit_entries').orderBy('id').select('action', 'actor_name', 'actor_kind', 'detail', 'outcome');

describe('which mails a person gets', () => {
  test('is all of them until they choose, and what they do not name stays', async () => {
    expect(await groupsOf(olga)).toEqual({ publishes: true, reviews: true, videos: true, drive: true, links: true });
    await api.call('PUT /api/v1/me/mail-preferences', olga, { body: { groups: { videos: false, links: false } } });
    await api.call('PUT /api/v1/me/mail-preferences', olga, { body: { groups: { links: true, drive: false } } });
    expect(await groupsOf(olga)).toEqual({ publishes: true, reviews: true, videos: false, drive: false, links: true });
    expect(await groupsOf(ada)).toEqual({ publishes: true, reviews: true, videos: true, drive: true, links: true });
    expect(await audited()).toMatchObject([{ action: 'mail-preferences-change', actor_name: 'olga', detail: { groups: { videos: false, links: false } }, outcome: 'done' }, { detail: { groups: { links: true, drive: false } } }]);
  });

  test.each([{ groups: { access: false } }, { groups: { videos: 'no' } }, { groups: [] }, {}, { groups: {}, user: 'somebody else' }])('%o is no choice', async (body) => {
    expect(codeOf(await api.call('PUT /api/v1/me/mail-preferences', olga, { body }))).toBe('validation');
  });

  test('is nothing a machine can choose', async () => {
    const machine = await api.token();
    for (const route of ['GET /api/v1/me/mail-preferences', 'PUT /api/v1/me/mail-preferences'] as const) expect(codeOf(await api.call(route, machine, route.startsWith('PUT') ? { body: { groups: {} } } : {}))).toBe('forbidden');
  });

  test('says when none arrives, and why', async () => {
    await suppressAddress(api.db, { address: 'Olga@example.edu', cause: 'bounced', detail: 'No such user', mailId: await mailTo(olga, 'sent') });
    expect((await api.call('GET /api/v1/me/mail-preferences', olga)).json).toMatchObject({ suppressed: { cause: 'bounced', detail: 'No such user', since: expect.any(String) as string } });
    expect((await api.call('GET /api/v1/me/mail-preferences', ada)).json).toMatchObject({ suppressed: null });
  });
});

describe('the outbox', () => {
  test('shows admins every mail with its address and what became of it, and others their own without', async () => {
    const id = await mailTo(olga, 'sent', { sent_to: 'then@example.edu' });
    await mailTo(ada, 'dropped', { reason: 'The person wants no mails about: Publishes.' });
    await keepMailEvent(api.db, { mailId: id, eventId: 'b', kind: 'delivered', detail: null, occurredAt: new Date(2_000) });
    await keepMailEvent(api.db, { mailId: id, eventId: 'a', kind: 'bounced', detail: '550 olga@example.edu is unknown', occurredAt: new Date(3_000) });
    await keepMailEvent(api.db, { mailId: id, eventId: 'c', kind: 'delayed', detail: null, occurredAt: new Date(1_000) });
    const all = await list(ada);
    expect(all).toMatchObject({ total: 2, mails: [{ state: 'dropped', reason: 'The person wants no mails about: Publishes.', to: { person: { name: 'ada' }, address: 'ada@example.edu' }, event: null }, { subject: 'course: ‘A Course’ live version is ready to view', to: { person: { name: 'olga' }, address: 'then@example.edu' }, event: { kind: 'bounced', detail: '550 olga@example.edu is unknown', at: '1970-01-01T00:00:03.000Z' } }] });
    const own = await list(olga);
    expect(own).toMatchObject({ total: 1, mails: [{ id, to: { person: { name: 'olga' }, address: null }, event: { kind: 'bounced', detail: null }, canResend: false }] });
    expect(JSON.stringify(own)).not.toContain('@');
    expect(await list(await api.token([], 'powerless'))).toEqual({ total: 0, mails: [] });
  });

  test('can be looked through', async () => {
    for (const state of ['queued', 'sending', 'sent', 'refused', 'dropped'] as const) await mailTo(olga, state);
    const bounced = await mailTo(olga, 'sent');
    await keepMailEvent(api.db, { mailId: bounced, eventId: 'a', kind: 'bounced', detail: null, occurredAt: new Date() });
    expect((await list(ada, { state: 'refused' })).total).toBe(1);
    expect((await list(ada, { kind: 'links-broken' })).total).toBe(0);
    expect((await list(ada, { event: 'bounced' })).mails.map(({ id }) => id)).toEqual([bounced]);
    expect(await list(ada, { limit: 2, offset: 5 })).toMatchObject({ total: 6, mails: [{}] });
    expect(codeOf(await api.call('GET /api/v1/mails', ada, { query: { state: 'lost' } }))).toBe('validation');
  });

  test('sends a mail anew that was given up, once, as a mail of its own', async () => {
    const id = await mailTo(olga, 'refused', { reason: 'No.' });
    expect((await list(ada)).mails).toMatchObject([{ canResend: true, resentAs: null }]);
    const answers = await Promise.all([1, 2, 3].map(() => api.call('POST /api/v1/mails/:mail/resend', ada, { params: { mail: id } })));
    const ids = new Set(answers.map((answer) => (answer.json as { id: string }).id));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(ids.size).toBe(1);
    expect(await api.db('mails').where({ resent_from: id }).select('id', 'state', 'kind', 'user_id')).toEqual([{ id: [...ids][0], state: 'queued', kind: 'publish-succeeded', user_id: olga.userId }]);
    expect((await list(ada, { state: 'refused' })).mails).toMatchObject([{ canResend: false, resentAs: [...ids][0] }]);
    // Temporal is away in these tests: that keeps nobody from asking, and is in the log.
    expect(api.logged.some(({ msg }) => msg.includes('could not be told of a mail'))).toBe(true);
  });

  test.each(['queued', 'sending', 'sent'] as const)('sends no mail anew that is %s', async (state) => {
    const answer = await api.call('POST /api/v1/mails/:mail/resend', ada, { params: { mail: await mailTo(olga, state) } });
    expect([codeOf(answer), messageOf(answer)]).toEqual(['wrongState', 'This mail was sent, or still will be: only one that was refused or dropped is sent anew.']);
  });
});

describe('an address that gets no mails', () => {
  test('is shown to admins until they lift it, which is told in the audit log', async () => {
    await suppressAddress(api.db, { address: 'Olga@example.edu', cause: 'complained', detail: null, mailId: await mailTo(olga, 'sent') });
    const listed = (await api.call('GET /api/v1/mail-suppressions', ada)).json as { suppressions: { id: string }[] };
    expect(listed).toMatchObject({ total: 1, suppressions: [{ address: 'olga@example.edu', cause: 'complained', detail: null }] });
    const id = listed.suppressions[0]?.id ?? '';
    expect((await api.call('POST /api/v1/mail-suppressions/:suppression/lift', ada, { params: { suppression: id } })).json).toEqual({ address: 'olga@example.edu' });
    expect((await api.call('GET /api/v1/mail-suppressions', ada)).json).toEqual({ total: 0, suppressions: [] });
    expect(codeOf(await api.call('POST /api/v1/mail-suppressions/:suppression/lift', ada, { params: { suppression: id } }))).toBe('notFound');
    expect(await audited()).toMatchObject([{ action: 'mail-suppression-lift', actor_name: 'ada', detail: { address: 'olga@example.edu' }, outcome: 'done' }, { outcome: 'refused' }]);
    // Another one may come back later.
    await suppressAddress(api.db, { address: 'olga@example.edu', cause: 'bounced', detail: null, mailId: await mailTo(olga, 'sent') });
    expect((await api.call('GET /api/v1/mail-suppressions', ada)).json).toMatchObject({ total: 1 });
  });
});

describe('the address that ends mails of one group', () => {
  const tokens = async () => createUnsubscribeTokens((await readMailSecret(api.db)) ?? '');
  const addressOf = async (group: MailGroup, who = olga): Promise<string> => `/mail/unsubscribe/${(await tokens()).tokenOf(who.userId ?? '', group)}`;
  const off = async (): Promise<string[]> => (await api.db('mail_preferences').where({ is_on: false }).select<{ user_id: string; mail_group: string }[]>()).map((row) => `${row.user_id === olga.userId ? 'olga' : '?'} ${row.mail_group}`);

  test.each([...mailGroups])('ends %s and nothing else, by one POST of a program that has no session', async (group) => {
    const answer = await api.send('POST', await addressOf(group), { body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://mail.example.com', 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(200);
    expect(await off()).toEqual([`olga ${group}`]);
    expect(await audited()).toMatchObject([{ action: 'mail-preferences-change', actor_name: 'olga', actor_kind: 'nobody', detail: { groups: { [group]: false }, by: 'a link in a mail' }, outcome: 'done' }]);
  });

  test('ends nothing when it is only looked at, and shows the button', async () => {
    const answer = await api.send('GET', await addressOf('videos'));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('<form method="post">');
    expect(answer.text).toContain('Videos and captions');
    expect(await off()).toEqual([]);
  });

  test('is good for one person, one group and one installation, and cannot be made by others', async () => {
    const own = await tokens();
    const [user, group, signature] = own.tokenOf(olga.userId ?? '', 'links').split('.');
    const bad = [
      `${ada.userId ?? ''}.links.${signature ?? ''}`,
      `${user ?? ''}.videos.${signature ?? ''}`,
      `${user ?? ''}.access.${signature ?? ''}`,
      `${user ?? ''}.links.${'0'.repeat(40)}`,
      `${user ?? ''}.links.${(signature ?? '').slice(1)}`,
      `${user ?? ''}.links.`,
      `${user ?? ''}.links`,
      `${user ?? ''}.${group ?? ''}.${signature ?? ''}.more`,
      createUnsubscribeTokens('another').tokenOf(olga.userId ?? '', 'links'),
      own.tokenOf(uuidv7(), 'links'),
      '%00',
      'x'.repeat(3_000),
    ];
    for (const token of bad) for (const method of ['GET', 'POST']) expect((await api.send(method, `/mail/unsubscribe/${token}`)).status, token).toBe(404);
    expect(await off()).toEqual([]);
  });

  test('takes no body that is too large', async () => {
    expect((await api.send('POST', await addressOf('links'), { body: 'x'.repeat(20_000) })).status).toBe(413);
    expect(await off()).toEqual([]);
  });
});

import { createHmac, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMail } from '#clients/mail.ts';
import { queueMails } from '#db/queries/mails.ts';
import { findSuppression } from '#db/queries/mailSuppressions.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import type { MailKind } from '#domain/mails.ts';
import { createMailgun as createStandIn } from '#local/standins/mailgun/createMailgun.mjs';
import { type Answer, useApi } from './support/testApi.ts';

const KEY = 'signing-key-of-the-tests';
const api = useApi({ env: { MAILGUN_WEBHOOK_SIGNING_KEY: KEY, MAILGUN_KEY: 'the-api-key', MAILGUN_SENDER_DOMAIN: 'mail.example.edu' } });
const unset = useApi({ env: { MAILGUN_KEY: 'the-api-key', MAILGUN_SENDER_DOMAIN: 'mail.example.edu' } });

let userId: string;
let mailId: string;

const now = (): number => Math.floor(Date.now() / 1_000);
const newToken = (): string => randomBytes(25).toString('hex');

interface Signature {
  timestamp: unknown;
  token: unknown;
  signature: unknown;
}
function sign(timestamp: number | string = now(), token = newToken(), key = KEY): Signature {
  return { timestamp: String(timestamp), token, signature: createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex') };
}
const event = (kind: string, more: Readonly<Record<string, unknown>> = {}, of = mailId): Record<string, unknown> => ({ id: newToken(), event: kind, timestamp: now() + 0.25, recipient: 'olga@example.edu', message: { headers: { 'message-id': `${of}@mail.example.edu`, to: 'olga@example.edu' } }, ...more });
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> => api.send('POST', '/api/mail-events/', { body, headers });
const tell = (kind: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> => post({ signature: sign(), 'event-data': event(kind, more) });

/** A mail that was handed over. */
async function sentMail(kind: Exclude<MailKind, 'publish-failed'> = 'publish-succeeded'): Promise<string> {
  const dedupeKey = uuidv7();
  await queueMails(api.db, [{ kind: kind as 'publish-succeeded', dedupeKey, userId, data: {} }]);
  await api.db('mails').where({ dedupe_key: dedupeKey }).update({ state: 'sent', sent_to: 'Olga@example.edu' });
  return (await api.db('mails').where({ dedupe_key: dedupeKey }).first<{ id: string }>('id')).id;
}
/** Everything an event can change. */
const effects = async (): Promise<unknown> => ({
  events: await api.db('mail_events').orderBy('id').select('mail_id', 'kind'),
  suppressions: await api.db('mail_suppressions').select('address', 'cause'),
  preferences: await api.db('mail_preferences').select(),
  mails: await api.db('mails').select('id', 'state').orderBy('id'),
});
const tokensTaken = async (): Promise<number> => (await api.db('mail_event_tokens').select()).length;
const kinds = async (): Promise<string[]> => (await api.db('mail_events').orderBy('id').select<{ kind: string }[]>('kind')).map(({ kind }) => kind);

beforeAll(async () => {
  userId = (await ensureUserByEmail(api.db, 'olga@example.edu')).id;
});
beforeEach(async () => {
  await api.db('mail_suppressions').delete();
  await api.db('mails').delete();
  await api.db('mail_preferences').delete();
  mailId = await sentMail();
});

describe('an event of Mailgun', () => {
  test.each([
    ['delivered', {}, 'delivered', null],
    ['failed', { severity: 'temporary', 'delivery-status': { message: '451 Try again' } }, 'delayed', '451 Try again'],
    ['failed', { severity: 'permanent', 'delivery-status': { message: '', description: 'No such user' } }, 'bounced', 'No such user'],
    ['failed', { severity: 'permanent', reason: 'suppress-bounce', 'delivery-status': {} }, 'bounced', 'suppress-bounce'],
    ['complained', {}, 'complained', null],
    ['unsubscribed', {}, 'unsubscribed', null],
  ])('%s %o is kept at its mail as %s', async (kind, more, kept, detail) => {
    const answer = await tell(kind, more);
    expect([answer.status, answer.json]).toEqual([200, {}]);
    expect(await api.db('mail_events').select('mail_id', 'kind', 'detail')).toEqual([{ mail_id: mailId, kind: kept, detail }]);
  });

  test.each([
    ['failed', { severity: 'permanent' }, 'bounced'],
    ['complained', {}, 'complained'],
  ] as const)('%s %o keeps the address from getting mails, once, whatever address the event names', async (kind, more, cause) => {
    await tell(kind, { ...more, recipient: 'somebody-else@example.edu' });
    await tell(kind, more);
    expect(await api.db('mail_suppressions').select('address', 'cause', 'mail_id')).toEqual([{ address: 'olga@example.edu', cause, mail_id: mailId }]);
    expect(await findSuppression(api.db, 'OLGA@example.edu')).toBeDefined();
  });

  test('that was delivered or only late keeps no address from anything', async () => {
    await tell('delivered');
    await tell('failed', { severity: 'temporary' });
    expect(await api.db('mail_suppressions').select()).toEqual([]);
  });

  test('of a person who wants no more switches that group off, and what is always sent stays', async () => {
    await tell('unsubscribed');
    expect(await api.db('mail_preferences').select('user_id', 'mail_group', 'is_on')).toEqual([{ user_id: userId, mail_group: 'publishes', is_on: false }]);
    await api.db('mail_preferences').delete();
    mailId = await sentMail('approval-asked');
    await tell('unsubscribed');
    expect(await api.db('mail_preferences').select()).toEqual([]);
  });

  test('says that a mail was taken whose answer was lost', async () => {
    await api.db('mails').update({ state: 'sending' });
    await tell('delivered');
    expect(await api.db('mails').select('state')).toEqual([{ state: 'sent' }]);
  });

  test.each(['opened', 'clicked', 'accepted', 'stored', 'something-new'])('%s tells us nothing, and is not sent again', async (kind) => {
    const before = await effects();
    expect((await tell(kind)).status).toBe(200);
    expect(await effects()).toEqual(before);
  });

  test.each(['20260101.abc@mail.example.edu', `<${uuidv7()}@mail.example.edu>`, 'no address', ''])('about a mail that is none of ours (%s) changes nothing, and is not sent again', async (messageId) => {
    const before = await effects();
    expect((await post({ signature: sign(), 'event-data': event('complained', { message: { headers: { 'message-id': messageId } } }) })).status).toBe(200);
    expect(await effects()).toEqual(before);
  });

  test('may hold what Postgres cannot', async () => {
    expect((await tell('failed', { severity: 'temporary', 'delivery-status': { message: 'a\0b\ud800c\r\nd' + '\u{1f600}'.repeat(400) } })).status).toBe(200);
    const [row] = await api.db('mail_events').select<{ detail: string }[]>('detail');
    expect(row?.detail).toMatch(/^a b c d\u{1f600}+$/u);
  });
});

test('what a person lets become of a mail in the local mailbox reaches its row', async () => {
  const standIn = createStandIn({ domain: 'mail.example.edu', key: 'the-api-key', events: { url: `${api.url}/api/mail-events/`, signingKey: KEY, pausesMs: [] } });
  const url = await standIn.listen();
  try {
    const mail = createMail({ ...api.config, mailgunApiUrl: url });
    await mail.send({ to: { name: 'Olga', email: 'olga@example.edu' }, subject: 'Out', text: 'It is out.', html: '', messageId: `${mailId}@${mail.domain}` });
    const happen = async (happening: string): Promise<unknown> => (await fetch(`${url}/_events`, { method: 'POST', body: new URLSearchParams({ id: `<${mailId}@mail.example.edu>`, happening }) })).json();
    for (const happening of ['delay', 'deliver', 'complain', 'bounce', 'unsubscribe']) expect(await happen(happening)).toEqual({ answers: [200] });
  } finally {
    await standIn.close();
  }
  expect(await kinds()).toEqual(['delayed', 'delivered', 'complained', 'bounced', 'unsubscribed']);
});

describe('what came before', () => {
  test('has one effect, however often it comes, and ends the retries', async () => {
    const body = { signature: sign(), 'event-data': event('failed', { severity: 'permanent' }) };
    const answers = [await post(body), await post(body), await post(body)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await kinds()).toEqual(['bounced']);
  });

  test('at the same moment has one effect, too', async () => {
    const body = { signature: sign(), 'event-data': event('complained') };
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await kinds()).toEqual(['complained']);
  });

  test('cannot be sent on with other words: the signature is spent', async () => {
    const signature = sign();
    await post({ signature, 'event-data': event('delivered') });
    const before = await effects();
    expect((await post({ signature, 'event-data': event('complained') })).status).toBe(200);
    expect(await effects()).toEqual(before);
  });

  test('under another signature is the same event', async () => {
    const data = event('delivered');
    await post({ signature: sign(), 'event-data': data });
    await post({ signature: sign(), 'event-data': data });
    expect(await kinds()).toEqual(['delivered']);
  });

  test('is forgotten once its signature is too old to count', async () => {
    await tell('delivered');
    await api.db('mail_event_tokens').update({ created_at: api.db.raw(`created_at - interval '13 hours'`) });
    await tell('delivered');
    expect(await api.db('mail_event_tokens').select()).toHaveLength(1);
  });
});

/** Requests that are none of Mailgun's, by what is wrong with them. */
const forged = (): readonly (readonly [string, unknown, Record<string, string>?])[] => {
  const good = () => ({ signature: sign(), 'event-data': event('failed', { severity: 'permanent' }) });
  const signedAs = (change: Partial<Signature>) => ({ ...good(), signature: { ...sign(), ...change } });
  const eventAs = (change: Readonly<Record<string, unknown>>) => ({ ...good(), 'event-data': event('failed', { severity: 'permanent', ...change }) });
  const odd: readonly (readonly [string, unknown])[] = [['null', null], ['true', true], ['zero', 0], ['a negative number', -1], ['an empty text', ''], ['a list', []], ['an object', {}], ['a long text', 'x'.repeat(5_000)], ['a NUL', '\0'], ['half a character', '\ud800']];
  const flip = (text: string, at: number): string => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  const s = sign();
  return [
    ...odd.map(([name, value]) => [`as body ${name}`, JSON.stringify(value)] as const),
    ...odd.map(([name, value]) => [`as signature ${name}`, { ...good(), signature: value }] as const),
    ...odd.map(([name, value]) => [`as timestamp ${name}`, signedAs({ timestamp: value })] as const),
    ...odd.map(([name, value]) => [`as token ${name}`, signedAs({ token: value })] as const),
    ...odd.map(([name, value]) => [`as signature’s digits ${name}`, signedAs({ signature: value })] as const),
    ...odd.map(([name, value]) => [`as event ${name}`, { ...good(), 'event-data': value }] as const),
    ...odd.filter(([, value]) => typeof value !== 'string' || value === '' || value.length > 200 || value === '\0' || value === '\ud800').map(([name, value]) => [`as id of an event ${name}`, eventAs({ id: value })] as const),
    ...odd.filter(([, value]) => typeof value !== 'string' || value === '' || value.length > 50).map(([name, value]) => [`as kind of an event ${name}`, eventAs({ event: value })] as const),
    ...odd.map(([name, value]) => [`as time of an event ${name}`, eventAs({ timestamp: value })] as const),
    ...odd.filter(([, value]) => typeof value !== 'string' || value.length > 50).map(([name, value]) => [`as severity ${name}`, eventAs({ severity: value })] as const),
    ...odd.map(([name, value]) => [`as message ${name}`, eventAs({ message: value })] as const),
    ...odd.map(([name, value]) => [`as headers of a message ${name}`, eventAs({ message: { headers: value } })] as const),
    ...odd.filter(([, value]) => typeof value !== 'string' || value.length > 1_000).map(([name, value]) => [`as id of a message ${name}`, eventAs({ message: { headers: { 'message-id': value } } })] as const),
    ...odd.filter(([, value]) => typeof value !== 'object' || value === null).map(([name, value]) => [`as status of a delivery ${name}`, eventAs({ 'delivery-status': value })] as const),
    ...['', 'wrong', 'the-api-key', `${KEY} `, KEY.toUpperCase()].map((key) => [`signed with the key ‘${key}’`, { ...good(), signature: sign(now(), newToken(), key) }] as const),
    ...[0, 1, 31, 32, 62, 63].map((at) => [`with digit ${at} of the signature changed`, signedAs({ ...s, signature: flip(String(s.signature), at) })] as const),
    ['signed of another token', signedAs({ ...s, token: newToken() })],
    ['signed of another time', signedAs({ ...s, timestamp: String(now() - 1) })],
    ['with digits moved from the time to the token', signedAs({ ...s, timestamp: String(s.timestamp).slice(0, 9), token: `${String(s.timestamp).slice(9)}${String(s.token)}` })],
    ['with a signature in capitals', signedAs({ ...s, signature: String(s.signature).toUpperCase() })],
    ['with a signature that is too short', signedAs({ ...s, signature: String(s.signature).slice(0, 62) })],
    ['with a signature that is too long', signedAs({ ...s, signature: `${String(s.signature)}00` })],
    ['with a signature of SHA-1', signedAs({ ...s, signature: createHmac('sha1', KEY).update(`${String(s.timestamp)}${String(s.token)}`).digest('hex') })],
    ['signed thirteen hours ago', { ...good(), signature: sign(now() - 13 * 3_600) }],
    ['signed a year ago', { ...good(), signature: sign(now() - 365 * 86_400) }],
    ['signed in ten minutes', { ...good(), signature: sign(now() + 600) }],
    ['signed at a time with a fraction', { ...good(), signature: sign(`${now()}.5`) }],
    ['signed at a time with a sign', { ...good(), signature: sign(`+${now()}`) }],
    ['signed in milliseconds', { ...good(), signature: sign(Date.now()) }],
    ['signed of a short token', { ...good(), signature: sign(now(), 'short') }],
    ['without a signature', { 'event-data': event('complained') }],
    ['without an event', { signature: sign() }],
    ['in the form of old webhooks', new URLSearchParams({ ...(sign() as unknown as Record<string, string>), event: 'complained', 'Message-Id': `<${mailId}@mail.example.edu>` }).toString(), { 'content-type': 'application/x-www-form-urlencoded' }],
    ['as plain text', JSON.stringify(good()), { 'content-type': 'text/plain' }],
    ['of no type', new TextEncoder().encode(JSON.stringify(good()))],
    ['as XML', '<event/>', { 'content-type': 'application/xml' }],
    ['broken off', JSON.stringify(good()).slice(0, -5), { 'content-type': 'application/json' }],
    ['with a comma too many', '{"signature":{},}', { 'content-type': 'application/json' }],
    ['empty', '', { 'content-type': 'application/json' }],
    ['of bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), { 'content-type': 'application/json' }],
    ['with a hundred thousand levels', '['.repeat(100_000), { 'content-type': 'application/json' }],
    ['of 300 KB', { ...good(), padding: 'x'.repeat(300_000) }],
    ['of 3 MB', { ...good(), padding: 'x'.repeat(3_000_000) }],
    ['with its signature in a prototype', JSON.stringify(good()).replace('"signature":{', '"__proto__":{'), { 'content-type': 'application/json' }],
  ];
};

describe('what is none of Mailgun’s', () => {
  test('is answered 406 and changes nothing, in more than a hundred ways', async () => {
    const before = await effects();
    const taken = await tokensTaken();
    const cases = forged();
    expect(cases.length).toBeGreaterThanOrEqual(100);
    const wrong: string[] = [];
    for (const [name, body, headers] of cases) {
      const answer = await post(body, { ...(typeof body === 'string' && headers === undefined ? { 'content-type': 'application/json' } : {}), ...headers });
      if (answer.status !== 406) wrong.push(`${name}: ${answer.status} ${answer.text}`);
    }
    expect(wrong).toEqual([]);
    expect(await effects()).toEqual(before);
    expect(await tokensTaken()).toBe(taken);
  });

  test('is all there is where no key is set', async () => {
    const answer = await unset.send('POST', '/api/mail-events/', { body: { signature: sign(now(), newToken(), ''), 'event-data': event('complained') } });
    expect(answer.status).toBe(406);
  });

  test('is not answered with what is wrong, which the log says', async () => {
    const answer = await post({ signature: sign(now(), newToken(), 'wrong'), 'event-data': event('complained') });
    expect(answer.text).not.toMatch(/sign|key/i);
    expect(api.logged.at(-1)).toMatchObject({ msg: 'An event of the mail service was refused', why: 'its signature is wrong' });
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s is no way to tell an event', async (method) => {
    expect((await api.send(method, '/api/mail-events/', { headers: { origin: api.url } })).status).toBeGreaterThanOrEqual(404);
  });
});

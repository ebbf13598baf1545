import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMailgun as createStandIn } from '#local/standins/mailgun/createMailgun.mjs';

const standIn = createStandIn({ domain: 'mail.example.edu', key: 'account', sendingKey: 'sending' });
let url = '';
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(() => standIn.close());

const basic = (key: string, user = 'api') => ({ authorization: `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}` });
const message = { from: 'a@example.edu', to: '"B" <b@example.edu>', subject: 'Hello', text: 'Hello.' };
const post = (fields: Record<string, string>, init: RequestInit = {}, path = '/v3/mail.example.edu/messages') => fetch(`${url}${path}`, { method: 'POST', headers: basic('account'), body: new URLSearchParams(fields), ...init });

it.each([
  ['no credentials', () => post(message, { headers: {} }), 401, 'Forbidden'],
  ['a wrong key', () => post(message, { headers: basic('wrong') }), 401, 'Forbidden'],
  ['another user than api', () => post(message, { headers: basic('account', 'me') }), 401, 'Forbidden'],
  ['another account’s domain', () => post(message, {}, '/v3/other.example.edu/messages'), 404, 'Domain not found'],
  ['no recipient', () => post({ ...message, to: '' }), 400, 'to parameter is missing'],
  ['no sender', () => post({ ...message, from: '' }), 400, 'from parameter is missing'],
  ['no subject', () => post({ ...message, subject: '' }), 400, 'subject parameter is missing'],
  ['no body', () => post({ ...message, text: '' }), 400, 'at least one of'],
  ['two recipients in one address', () => post({ ...message, to: 'a@example.edu, b@example.edu' }), 400, 'not a valid address'],
  ['JSON', () => post(message, { headers: { ...basic('account'), 'content-type': 'application/json' }, body: JSON.stringify(message) }), 400, 'missing'],
  ['a GET', () => fetch(`${url}/v3/mail.example.edu/messages`, { headers: basic('account') }), 405, 'Not Allowed'],
  ['a path that is none', () => post(message, {}, '/v2/mail.example.edu/messages'), 404, 'Not Found'],
  ['a look into the log with a sending key', () => fetch(`${url}/v3/mail.example.edu/events`, { headers: basic('sending') }), 403, 'Forbidden'],
])('%s is refused in the vendor’s words', async (_name, ask, status, words) => {
  const before = standIn.mails.length;
  const answer = await ask();
  expect(answer.status).toBe(status);
  expect(await answer.text()).toContain(words);
  expect(standIn.mails).toHaveLength(before);
});

describe('a mail that is taken', () => {
  it('is in the log by its message id, and each call is a mail', async () => {
    for (let round = 0; round < 2; round += 1) expect(await (await post({ ...message, 'h:Message-Id': '<m1@x>' }, { headers: basic('sending') })).json()).toEqual({ id: '<m1@x>', message: 'Queued. Thank you.' });
    const log = (await (await fetch(`${url}/v3/mail.example.edu/events?message-id=m1@x`, { headers: basic('account') })).json()) as { items: unknown[] };
    expect(log.items).toMatchObject([{ event: 'accepted', recipient: 'b@example.edu', message: { headers: { 'message-id': 'm1@x', subject: 'Hello' } } }, {}]);
  });

  it('stands in the mailbox, and what it holds cannot run there', async () => {
    await post({ ...message, subject: '<script>alert(1)</script>', html: '<p>Hi "you"</p><script>alert(2)</script>' });
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toContain('<script');
    expect(html).toContain('<iframe sandbox ');
  });

  it('is there after a restart', async () => {
    const home = mkdtempSync(join(tmpdir(), 'mailgun-'));
    try {
      const first = createStandIn({ domain: 'd', key: 'k', home });
      const address = await first.listen();
      await fetch(`${address}/v3/d/messages`, { method: 'POST', headers: basic('k'), body: new URLSearchParams(message) });
      await first.close();
      expect(createStandIn({ domain: 'd', key: 'k', home }).mails).toMatchObject([{ subject: 'Hello', to: '"B" <b@example.edu>' }]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

describe('what a person lets become of a mail', () => {
  const received: { body: string; status: number }[] = [];
  let answers: number[] = [];
  const studio = createServer((request, response) => {
    void text(request).then((body) => {
      const status = answers.shift() ?? 200;
      received.push({ body, status });
      response.writeHead(status).end();
    });
  });
  let telling: ReturnType<typeof createStandIn>;
  let address = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => studio.listen(0, '127.0.0.1', resolve));
    telling = createStandIn({ domain: 'mail.example.edu', key: 'account', events: { url: `http://127.0.0.1:${(studio.address() as AddressInfo).port}/api/mail-events/`, signingKey: 'signing', pausesMs: [1, 1] } });
    address = await telling.listen();
    await fetch(`${address}/v3/mail.example.edu/messages`, { method: 'POST', headers: basic('account'), body: new URLSearchParams({ ...message, 'h:Message-Id': '<m9@x>' }) });
  });
  afterAll(async () => {
    await telling.close();
    await new Promise((resolve) => studio.close(resolve));
  });
  beforeEach(() => {
    received.length = 0;
    answers = [];
  });
  const happen = (happening: string, id = '<m9@x>', headers: Record<string, string> = {}) => fetch(`${address}/_events`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ id, happening }) });

  it.each([
    ['deliver', { event: 'delivered' }],
    ['delay', { event: 'failed', severity: 'temporary' }],
    ['bounce', { event: 'failed', severity: 'permanent' }],
    ['complain', { event: 'complained' }],
    ['unsubscribe', { event: 'unsubscribed' }],
  ])('%s is told by a signed event', async (happening, event) => {
    expect(await (await happen(happening)).json()).toEqual({ answers: [200] });
    const { signature, 'event-data': data } = JSON.parse(received[0]?.body ?? '') as { signature: { timestamp: string; token: string; signature: string }; 'event-data': Record<string, unknown> };
    expect(signature.signature).toBe(createHmac('sha256', 'signing').update(signature.timestamp + signature.token).digest('hex'));
    expect(data).toMatchObject({ ...event, recipient: 'b@example.edu', message: { headers: { 'message-id': 'm9@x' } } });
  });

  it('is told again until it is answered 200 or 406', async () => {
    answers = [500, 503, 406];
    expect(await (await happen('deliver')).json()).toEqual({ answers: [500, 503, 406] });
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    answers = [406];
    expect(await (await happen('deliver')).json()).toEqual({ answers: [406] });
  });

  it('is a button of the mailbox, which shows what was answered', async () => {
    expect((await happen('bounce', '<m9@x>', { accept: 'text/html' })).headers.get('location')).toBe('/');
    const html = await (await fetch(`${address}/`)).text();
    expect(html).toContain('<button name="happening" value="complain">');
    expect(html).toContain('It comes back for good: answered 200');
  });

  it.each([['bounce', '<none@x>'], ['explode', '<m9@x>'], ['constructor', '<m9@x>']])('%s of %s is nothing', async (happening, id) => {
    expect((await happen(happening, id)).status).toBe(404);
    expect(received).toEqual([]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MailMessage } from '#clients/mail.ts';
import { MailError } from '#clients/mailError.ts';
import { createMailgun } from '#clients/mailgun.ts';
import { createMailgun as createStandIn } from '#local/standins/mailgun/createMailgun.mjs';
import { makeConfig } from '#test/factories/config.ts';

const standIn = createStandIn({ domain: 'mail.example.edu', key: 'account', sendingKey: 'sending' });
let url = '';
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(() => standIn.close());
beforeEach(() => {
  standIn.mails.length = 0;
  standIn.journal.length = 0;
});

const clientOf = (env: Record<string, string> = {}) =>
  createMailgun(makeConfig({ MAILGUN_API_URL: url, MAILGUN_KEY: 'account', MAILGUN_SENDER_DOMAIN: 'mail.example.edu', MITOL_MAIL_FROM_EMAIL: 'OCW Studio <studio@example.edu>', MITOL_MAIL_REPLY_TO_ADDRESS: 'answers@example.edu', ...env }));
const mail: MailMessage = { to: { name: 'Olga', email: 'olga@example.edu' }, subject: 'Out', text: 'It is out.', html: '<p>It is out.</p>', messageId: 'm1@mail.example.edu' };
const errorOf = async (work: Promise<unknown>): Promise<MailError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof MailError) return error;
  throw error;
};

it('hands a mail over with its parts, and says by which id it is known', async () => {
  expect(await clientOf().send(mail)).toBe('<m1@mail.example.edu>');
  expect(standIn.mails).toMatchObject([{ from: 'OCW Studio <studio@example.edu>', to: '"Olga" <olga@example.edu>', subject: 'Out', text: 'It is out.', html: '<p>It is out.</p>', headers: { 'reply-to': 'answers@example.edu' } }]);
  expect(standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
});

it.each([
  ['a name that ends its quotes', { name: 'O" <evil@example.edu>, "x', email: 'olga@example.edu' }],
  ['a name with a line break', { name: 'O\r\nBcc: evil@example.edu', email: 'olga@example.edu' }],
  ['an address with a second one', { name: 'O', email: 'olga@example.edu\r\n, ' }],
])('%s stays one recipient', async (_name, to) => {
  await clientOf().send({ ...mail, to, subject: `Out\r\nBcc: evil@example.edu` });
  const sent = standIn.mails[0];
  expect(sent?.to).toMatch(/^"(?:[^"\\\r\n]|\\.)*" <olga@example\.edu>$/);
  expect(sent?.subject).toBe('Out Bcc: evil@example.edu');
});

describe('what is not taken', () => {
  it.each([
    ['429', 'unavailable', 429],
    ['500', 'unavailable', 500],
    ['503', 'unavailable', 503],
    ['502', 'uncertain', 502],
    ['504', 'uncertain', 504],
    ['400', 'refused', 400],
  ] as const)('%s is %s', async (fault, kind, status) => {
    standIn.addFault({ fault });
    expect(await errorOf(clientOf().send(mail))).toMatchObject({ kind, status });
  });

  it('a limit says how long to wait', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().send(mail))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('a lost answer is uncertain, and a server that cannot be reached is not', async () => {
    standIn.addFault({ fault: 'drop-after-accept' });
    expect(await errorOf(clientOf().send(mail))).toMatchObject({ kind: 'uncertain', status: null });
    expect(standIn.mails).toHaveLength(1);
    const gone = createStandIn({ domain: 'd', key: 'k' });
    const nobody = await gone.listen();
    await gone.close();
    expect(await errorOf(clientOf({ MAILGUN_API_URL: nobody }).send(mail))).toMatchObject({ kind: 'unavailable', status: null });
  });

  it('a wrong key and another account’s domain are refused', async () => {
    expect(await errorOf(clientOf({ MAILGUN_KEY: 'wrong' }).send(mail))).toMatchObject({ kind: 'refused', status: 401, message: 'Forbidden (401)' });
    expect(await errorOf(clientOf({ MAILGUN_SENDER_DOMAIN: 'other.example.edu' }).send(mail))).toMatchObject({ kind: 'refused', status: 404 });
  });
});

it('the log tells whether a mail was taken, and to a sending key nothing', async () => {
  expect(await clientOf().wasTaken(mail.messageId)).toBe(false);
  await clientOf().send(mail);
  expect(await clientOf().wasTaken(mail.messageId)).toBe(true);
  expect(await clientOf({ MAILGUN_KEY: 'sending' }).wasTaken(mail.messageId)).toBeNull();
});

it('without a key or a domain there is nobody to hand a mail to', () => {
  expect(clientOf().isConfigured).toBe(true);
  expect(clientOf({ MAILGUN_KEY: '' }).isConfigured).toBe(false);
  expect(clientOf({ MAILGUN_SENDER_DOMAIN: '' }).isConfigured).toBe(false);
});

import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createMail, type MailMessage } from '#clients/mail.ts';
import { MailError } from '#clients/mailError.ts';
import { createSmtp } from '#clients/smtp.ts';
import { makeConfig } from '#test/factories/config.ts';
import { newKeys } from '#test/api/support/keys.ts';

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const fault = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/** A server that speaks SMTP and keeps what it takes. */
async function startServer(options: SMTPServerOptions = {}): Promise<{ port: number; taken: Taken[] }> {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) => done(password === 'right' ? null : new Error('Authentication failed'), password === 'right' ? { user: username } : undefined),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8'), isSecure: session.secure, user: session.user as string | undefined });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, taken };
}

/** A server that answers each line as it is told, for what no proper server does. */
async function startRaw(answer: (line: string, socket: Socket) => string | null): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write('220 raw ESMTP\r\n');
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = answer(line, socket);
        if (said !== null && !socket.destroyed) socket.write(`${said}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

/** Agrees to everything before the text of a mail. */
function polite(line: string): string | null {
  if (/^EHLO/i.test(line)) return '250 raw';
  if (/^(MAIL|RCPT|RSET|NOOP)/i.test(line)) return '250 OK';
  if (/^DATA/i.test(line)) return '354 Go on';
  if (/^QUIT/i.test(line)) return '221 Bye';
  return null;
}

const configOf = (port: number, env: Record<string, string> = {}) =>
  makeConfig({ MAIL_SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_SMTP_REQUIRE_TLS: 'false', MITOL_MAIL_FROM_EMAIL: 'OCW Studio <studio@mail.example.edu>', MITOL_MAIL_REPLY_TO_ADDRESS: 'answers@example.edu', ...env });
const mail: MailMessage = { to: { name: 'Olga', email: 'olga@example.edu' }, subject: 'Out', text: 'It is out.', html: '<p>It is out.</p>', messageId: 'm1@mail.example.edu' };
const errorOf = async (work: Promise<unknown>): Promise<MailError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof MailError) return error;
  throw error;
};
const headerOf = (text: string, name: string): string | undefined => new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(text)?.[1]?.replace(/\r\n[ \t]/g, ' ');

it('hands a mail over with its parts, under our own Message-ID', async () => {
  const { port, taken } = await startServer();
  const service = createMail(configOf(port));
  expect(service).toMatchObject({ isConfigured: true, domain: 'mail.example.edu' });
  expect(await service.send({ ...mail, unsubscribeUrl: 'https://studio.example.edu/mail/unsubscribe/a.b.c' })).toBe('<m1@mail.example.edu>');
  const [one] = taken;
  expect(one).toMatchObject({ from: 'studio@mail.example.edu', to: ['olga@example.edu'] });
  const text = one?.text ?? '';
  expect(headerOf(text, 'From')).toBe('OCW Studio <studio@mail.example.edu>');
  expect(headerOf(text, 'To')).toBe('Olga <olga@example.edu>');
  expect(headerOf(text, 'Reply-To')).toBe('answers@example.edu');
  expect(headerOf(text, 'Message-ID')).toBe('<m1@mail.example.edu>');
  expect(headerOf(text, 'List-Unsubscribe')).toBe('<https://studio.example.edu/mail/unsubscribe/a.b.c>');
  expect(headerOf(text, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  expect(text).toContain('It is out.');
  expect(text).toContain('<p>It is out.</p>');
});

it('keeps no log that could be asked', async () => {
  const service = createSmtp(configOf(1));
  expect(await service.wasTaken('m1@mail.example.edu')).toBeNull();
  expect(service.whyUnknown).toContain('no log');
});

it.each([
  ['a name that ends its quotes', { to: { name: 'O" <evil@example.edu>, "x', email: 'olga@example.edu' } }],
  ['a name with a line break', { to: { name: 'O\r\nBcc: evil@example.edu', email: 'olga@example.edu' } }],
  ['a name with a break of Unicode', { to: { name: 'O\u2028Bcc: evil@example.edu', email: 'olga@example.edu' } }],
  ['an address with a second one', { to: { name: 'O', email: 'olga@example.edu\r\n, ' } }],
  ['a subject with a line break', { subject: 'Out\r\nBcc: evil@example.edu\r\n\r\nAnother text' }],
  ['an address to end mails with a line break', { unsubscribeUrl: 'https://studio.example.edu/a\r\nBcc: evil@example.edu' }],
])('%s adds neither a header nor a recipient', async (_name, change) => {
  const { port, taken } = await startServer();
  await createSmtp(configOf(port)).send({ ...mail, ...change });
  expect(taken).toHaveLength(1);
  expect(taken[0]?.to).toEqual(['olga@example.edu']);
  const head = (taken[0]?.text ?? '').split('\r\n\r\n')[0] ?? '';
  expect(head).not.toMatch(/^bcc:/im);
  expect(head.match(/^to:/gim)).toHaveLength(1);
  expect(head.match(/^subject:/gim)).toHaveLength(1);
});

describe('what is not taken', () => {
  it.each([
    ['a recipient that does not exist', { onRcptTo: (_a, _s, done) => done(fault(550, '5.1.1 No such user')) }, 'refused', 550, null, 'this recipient'],
    ['a stranger that is to come again (greylisting)', { onRcptTo: (_a, _s, done) => done(fault(451, '4.7.1 Greylisted')) }, 'unavailable', 451, 300_000, 'later'],
    ['a sender that may not', { onMailFrom: (_a, _s, done) => done(fault(553, '5.7.1 Not your address')) }, 'refused', 553, null, 'Not your address'],
    ['a text that is refused', { onData: (stream, _s, done) => void stream.resume().on('end', () => done(fault(554, '5.7.1 Spam'))) }, 'refused', 554, null, 'Spam'],
    ['a text that there is no room for now', { onData: (stream, _s, done) => void stream.resume().on('end', () => done(fault(452, '4.3.1 Full'))) }, 'unavailable', 452, 300_000, 'later'],
    ['a server that lets nobody in', { onConnect: (_s, done) => done(fault(554, 'No')) }, 'unavailable', 554, null, 'let us in'],
    ['a server that is busy', { onConnect: (_s, done) => done(fault(421, 'Busy')) }, 'unavailable', 421, null, 'busy'],
  ] as const satisfies readonly (readonly [string, SMTPServerOptions, string, number, number | null, string])[])('%s', async (_name, options, kind, status, retryAfterMs, words) => {
    const { port } = await startServer(options);
    const error = await errorOf(createSmtp(configOf(port)).send(mail));
    expect(error).toMatchObject({ kind, status, retryAfterMs });
    expect(error.message).toContain(words);
  });

  it('a server that is not there can be tried again', async () => {
    expect(await errorOf(createSmtp(configOf(9)).send(mail))).toMatchObject({ kind: 'unavailable', status: null });
  });

  it.each([
    ['before it greets', (): null => null, (socket: Socket) => socket.destroy(), ''],
    ['at the recipient', (line: string) => (/^RCPT/.test(line) ? null : polite(line)), (socket: Socket) => socket.destroy(), 'RCPT'],
    ['when it is to take the text', (line: string) => (/^DATA/.test(line) ? null : polite(line)), (socket: Socket) => socket.destroy(), 'DATA'],
  ])('a connection that breaks off %s has taken nothing', async (_name, answer, end, at) => {
    const port = await startRaw((line, socket) => {
      if (line.startsWith(at === '' ? 'EHLO' : at)) end(socket);
      return answer(line);
    });
    expect(await errorOf(createSmtp(configOf(port)).send(mail))).toMatchObject({ kind: 'unavailable', status: null });
  });
});

describe('what may have been taken', () => {
  it('is a mail whose connection broke off in the middle of its text', async () => {
    const port = await startRaw((line, socket) => {
      if (/^Message-ID/i.test(line)) socket.destroy();
      return polite(line);
    });
    expect(await errorOf(createSmtp(configOf(port)).send(mail))).toMatchObject({ kind: 'uncertain' });
  });

  it('is a mail whose answer was lost after all of its text', async () => {
    let hasAll = false;
    const port = await startRaw((line, socket) => {
      if (line === '.') {
        hasAll = true;
        socket.destroy();
      }
      return polite(line);
    });
    expect(await errorOf(createSmtp(configOf(port)).send(mail))).toMatchObject({ kind: 'uncertain' });
    expect(hasAll).toBe(true);
  });

  it('is no mail of which the server said no, however it went on', async () => {
    const port = await startRaw((line, socket) => {
      if (line !== '.') return polite(line);
      socket.end('421 4.3.2 Shutting down\r\n');
      return null;
    });
    expect(await errorOf(createSmtp(configOf(port)).send(mail))).toMatchObject({ kind: 'unavailable', status: 421 });
  });
});

describe('who may in', () => {
  const signedIn = (port: number, password: string) => createSmtp(configOf(port, { MAIL_SMTP_URL: `smtp://studio%40example.edu:${password}@127.0.0.1:${port}` }));

  it('is who has the password', async () => {
    const { port, taken } = await startServer({ authOptional: false, allowInsecureAuth: true });
    await signedIn(port, 'right').send(mail);
    expect(taken).toMatchObject([{ user: 'studio@example.edu' }]);
  });

  it('is not who has another: nothing is sent, and it can be tried again once that is mended', async () => {
    const { port, taken } = await startServer({ authOptional: false, allowInsecureAuth: true });
    const error = await errorOf(signedIn(port, 'wrong').send(mail));
    expect(error).toMatchObject({ kind: 'unavailable', status: 535 });
    expect(error.message).toContain('MAIL_SMTP_URL');
    expect(error.message).not.toContain('wrong');
    expect(taken).toEqual([]);
  });
});

describe('encryption', () => {
  it('is insisted on, unless a relay is trusted without', async () => {
    const { port, taken } = await startServer();
    expect(await errorOf(createSmtp(configOf(port, { MAIL_SMTP_REQUIRE_TLS: 'true' })).send(mail))).toMatchObject({ kind: 'unavailable' });
    expect(taken).toEqual([]);
  });

  it.each([
    ['begun by a command', 'smtp', {}],
    ['from the first byte', 'smtps', { secure: true }],
  ] as const)('%s carries the mail under a certificate that is trusted, and under no other', async (_name, scheme, options) => {
    const { privateKey: key, certificate: cert } = await newKeys('localhost');
    const { port, taken } = await startServer({ key, cert, disabledCommands: [], ...options });
    const config = configOf(port, { MAIL_SMTP_URL: `${scheme}://localhost:${port}`, MAIL_SMTP_REQUIRE_TLS: 'true' });
    const error = await errorOf(createSmtp(config).send(mail));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/certificate|self-signed/i);
    expect(taken).toEqual([]);
    await createSmtp(config, { ca: cert }).send(mail);
    expect(taken).toMatchObject([{ isSecure: true }]);
  });
});

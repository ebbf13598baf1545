import { createHash, createHmac, createSign } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeSite } from '../support/sites.ts';
import { type KeyPair, newKeys } from '../support/keys.ts';
import { type Caller, useApi } from '../support/testApi.ts';
import { useOutside } from './support/outside.ts';

const ACCOUNT = '123456789012';
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:ocw-studio-mediaconvert-topic`;
const HUB_KEY = 'a key that GitHub knows too';
const THREEPLAY_KEY = 'the callback key';
const BUILDER_TOKEN = 'the builders’ token'.replace('’', '');
const outside = useOutside();
const api = useApi({
  env: () => ({ AWS_ACCOUNT_ID: ACCOUNT, AWS_TRANSCODE_TOPIC_ARN: TOPIC, AWS_ENDPOINT_URL_SNS: outside.url, THREEPLAY_CALLBACK_KEY: THREEPLAY_KEY, GITHUB_WEBHOOK_KEY: HUB_KEY, API_BEARER_TOKEN: BUILDER_TOKEN }),
});

let amazon: KeyPair;
let others: KeyPair;
let ada: Caller;
beforeAll(async () => {
  [amazon, others] = await Promise.all([newKeys('sns.amazonaws.com'), newKeys('sns.amazonaws.com')]);
});
beforeEach(async () => {
  await api.clear();
  outside.answers.clear();
  outside.asked.length = 0;
  outside.answers.set('/cert.pem', { body: amazon.certificate });
  outside.answers.set('/forged.pem', { body: others.certificate });
  outside.answers.set('/', { body: '<ConfirmSubscriptionResponse/>' });
  await makeSite(api.db, 'algebra');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});

interface Attempt {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends bytes as they are; what a client library would refuse to send, too. */
function send({ method = 'POST', path, headers = {}, body = '' }: Attempt): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(api.url);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const request = httpRequest({ host: url.hostname, port: url.port, method, path, headers: { 'content-length': String(bytes.length), ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

/** All that a webhook of ours may change, and everything that was asked of others. */
async function effects(): Promise<unknown> {
  const [events, requests, sites, unpublishing] = await Promise.all([
    api.db('webhook_events').select('source', 'event_id', 'payload').orderBy('id'),
    api.db('run_requests').select('process', 'input').orderBy('id'),
    api.db('sites').select('*').orderBy('id'),
    api.db('builder_builds').select('*'),
  ]);
  return { events, requests, sites, unpublishing, confirmed: outside.asked.filter(({ url }) => url.startsWith('/?')) };
}

/** Whatever the sender wrote: no wrong answer, no fault of ours, no effect. */
async function expectRefused(attempts: readonly Attempt[], allowed: readonly number[]): Promise<void> {
  expect(attempts.length).toBeGreaterThanOrEqual(100);
  expect(new Set(attempts.map(({ what }) => what)).size, 'each is another').toBe(attempts.length);
  const before = await effects();
  const wrong: string[] = [];
  for (const attempt of attempts) {
    const { status, text } = await send(attempt);
    if (!allowed.includes(status)) wrong.push(`${attempt.what}: ${status} ${text.slice(0, 120)}`);
    if (/at \w+ \(|node_modules|\.ts:\d|the callback key|a key that GitHub|builders token/.test(text)) wrong.push(`${attempt.what} was told too much: ${text.slice(0, 200)}`);
  }
  expect(wrong).toEqual([]);
  expect(await effects()).toEqual(before);
  expect(api.logged.filter(({ level }) => level >= 50)).toEqual([]);
}

const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'OPTIONS'];
const TYPES = ['', 'text/html', 'text/xml', 'application/xml', 'application/octet-stream', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/json; charset=latin1', 'application/cbor', 'a/b/c', 'text/plain'];
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
/** Bodies that are no message of anybody’s. */
const RUBBISH: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '1'],
  ['a text', '"x"'],
  ['a list', '[]'],
  ['a list of objects', '[{}]'],
  ['an empty object', '{}'],
  ['half an object', '{"a":'],
  ['two objects', '{}{}'],
  ['an object with a comment', '{/* */}'],
  ['single quotes', "{'a':1}"],
  ['NaN', '{"a":NaN}'],
  ['a prototype', '{"__proto__":{"account":"123456789012","id":"x","isAdmin":true}}'],
  ['a constructor', '{"constructor":{"prototype":{"id":"x"}}}'],
  ['70 levels', deep(70)],
  ['10,000 levels', deep(10_000)],
  ['100,000 levels of a list', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a million commas', `[${','.repeat(1_000_000 - 2)}]`],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"id":"x"}', 'utf16le')],
  ['NUL bytes', Buffer.alloc(1_000)],
  ['a gzip of JSON', gzipSync('{"id":"x"}')],
  ['XML', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
  ['HTML', '<script>alert(1)</script>'],
  ['SQL', "'; drop table sites; --"],
  ['a long key', `{"${'k'.repeat(100_000)}":1}`],
  ['a large number', `{"id":${'9'.repeat(10_000)}}`],
  ['1 MB and a byte', Buffer.alloc(1024 * 1024 + 1, 'x')],
  ['10 MB', Buffer.alloc(10 * 1024 * 1024, 'x')],
];
const sha = (algorithm: string, body: string | Buffer, key: string): string => createHmac(algorithm, key).update(body).digest('hex');

describe('GitHub’s push', () => {
  const path = '/api/starters/site_configs/';
  const push = (changes: Readonly<Record<string, unknown>> = {}): string => JSON.stringify({ ref: 'refs/heads/main', after: 'c0ffee00'.repeat(5), repository: { full_name: 'mitodl/ocw-hugo-projects', html_url: 'https://github.com/mitodl/ocw-hugo-projects' }, ...changes });
  const body = push();
  const good = `sha256=${sha('sha256', body, HUB_KEY)}`;
  const base = { 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': 'd-1' };
  const attempt = (what: string, headers: Readonly<Record<string, string>>, sent: string | Buffer = body, more: Partial<Attempt> = {}): Attempt => ({ what, path, headers: { ...base, ...headers }, body: sent, ...more });

  const forged: readonly Attempt[] = [
    ...['', 'sha256=', good.slice(7), good.toUpperCase(), good.slice(0, -1), good.slice(0, -2), `${good}0`, `${good}00`, ` ${good.slice(0, 20)}`, good.replace('sha256', 'sha1'), good.replace('sha256', 'SHA256'), good.replace('sha256', 'sha512'), good.replace('sha256', 'none'), good.replace('sha256', 'md5'), good.replace('=', ':'), good.replace('=', '=='), `${good},${good}`, `sha256=${'0'.repeat(64)}`, `sha256=${'f'.repeat(64)}`, `sha256=${'g'.repeat(64)}`, `sha256=${Buffer.from(good.slice(7), 'hex').toString('base64')}`, `sha256=0x${good.slice(9)}`, 'null', 'undefined', 'true', '[object Object]', `sha256=${HUB_KEY}`, HUB_KEY].map((signature) =>
      attempt(`the signature ‘${signature.slice(0, 40)}…${signature.length}’`, { 'x-hub-signature-256': signature }),
    ),
    ...['another key', '', ' ', 'undefined', 'null', HUB_KEY.slice(0, -1), `${HUB_KEY} `, `${HUB_KEY}\n`, HUB_KEY.toUpperCase(), `sha256=${HUB_KEY}`, Buffer.from(HUB_KEY).toString('hex'), Buffer.from(HUB_KEY).toString('base64')].flatMap((key) => [
      attempt(`signed with the key ${JSON.stringify(key)}`, { 'x-hub-signature-256': `sha256=${sha('sha256', body, key)}` }),
      attempt(`signed in the older way with the key ${JSON.stringify(key)}`, { 'x-hub-signature': `sha1=${sha('sha1', body, key)}` }),
    ]),
    attempt('the plain hash', { 'x-hub-signature-256': `sha256=${createHash('sha256').update(body).digest('hex')}` }),
    attempt('the hash of key and body', { 'x-hub-signature-256': `sha256=${createHash('sha256').update(HUB_KEY + body).digest('hex')}` }),
    ...['md5', 'sha1', 'sha512', 'sha384', 'sha224'].map((algorithm) => attempt(`signed with ${algorithm} under the name of sha256`, { 'x-hub-signature-256': `sha256=${sha(algorithm, body, HUB_KEY)}` })),
    ...['md5', 'sha256', 'sha512'].map((algorithm) => attempt(`signed with ${algorithm} under the name of sha1`, { 'x-hub-signature': `sha1=${sha(algorithm, body, HUB_KEY)}` })),
    attempt('a wrong newer beside a right older signature', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-hub-signature': `sha1=${sha('sha1', body, HUB_KEY)}` }),
    ...[`${body} `, ` ${body}`, `${body}\n`, `\uFEFF${body}`, JSON.stringify(JSON.parse(body), null, 2), JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(body) as object).reverse())), body.replace('"ref"', '"\\u0072ef"'), push({ after: 'f'.repeat(40) }), push({ ref: 'refs/heads/evil' }), body.slice(0, -1), body + body, ''].map((changed, index) => attempt(`changed after it was signed (${index})`, { 'x-hub-signature-256': good }, changed)),
    attempt('gzipped after it was signed', { 'x-hub-signature-256': good, 'content-encoding': 'gzip' }, gzipSync(body)),
    ...RUBBISH.map(([what, sent]) => attempt(`${what}, unsigned`, {}, sent)),
    ...RUBBISH.map(([what, sent]) => attempt(`${what}, under the signature of another`, { 'x-hub-signature-256': good }, sent)),
    ...TYPES.map((type) => attempt(`as ${type || 'nothing'}, unsigned`, { 'content-type': type })),
    ...METHODS.filter((method) => method !== 'OPTIONS').map((method) => attempt(`by ${method}, well signed`, { 'x-hub-signature-256': good }, body, { method })),
    ...['/api/starters/site_configs', '/api/starters/site_configs//', '/api/starters/site_configs/x/', '/API/starters/site_configs/'].map((other) => attempt(`at ${other}, well signed`, { 'x-hub-signature-256': good }, body, { path: other })),
    attempt('in the name of an admin, unsigned', { cookie: 'see below', 'sec-fetch-site': 'same-origin' }),
    attempt('with the token of a builder, unsigned', { authorization: `Bearer ${BUILDER_TOKEN}` }),
    attempt('signed in the address', {}, body, { path: `${path}?x-hub-signature-256=${good}` }),
  ];

  test(`forged in ${forged.length} ways leaves no trace`, { timeout: 120_000 }, () => expectRefused(forged.map((each) => (each.headers?.['cookie'] === undefined ? each : { ...each, headers: { ...each.headers, ...ada.headers } })), [400, 403, 404, 405, 413, 501]));

  test('signed, but wrong in itself, is told so and leaves no trace', { timeout: 60_000 }, async () => {
    const before = await effects();
    for (const [what, sent] of RUBBISH) {
      const { status } = await send(attempt(what, { 'x-hub-signature-256': `sha256=${sha('sha256', sent, HUB_KEY)}` }, sent));
      expect([what, status]).toEqual([what, 400]);
    }
    expect(await effects()).toEqual(before);
  });

  test('as JSON, whatever its type is called, is taken once however often it comes', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain', '']) for (let count = 0; count < 10; count += 1) expect((await send(attempt('good', { 'x-hub-signature-256': good, 'content-type': type }))).status).toBe(202);
    expect(((await effects()) as { requests: unknown[] }).requests).toHaveLength(1);
  });

  test('as a form, as GitHub may be set up to send it, is taken once', async () => {
    const form = `payload=${encodeURIComponent(body)}`;
    for (let count = 0; count < 10; count += 1) expect((await send(attempt('form', { 'x-hub-signature-256': `sha256=${sha('sha256', form, HUB_KEY)}`, 'content-type': 'application/x-www-form-urlencoded' }, form))).status).toBe(202);
    expect(((await effects()) as { requests: unknown[] }).requests).toHaveLength(1);
    for (const wrong of ['', 'payload=', 'payload=x', 'other=1', `payload=${encodeURIComponent('[]')}`, `payload=${'%7B%22a%22%3A'.repeat(100)}`]) {
      expect([wrong, (await send(attempt('form', { 'x-hub-signature-256': `sha256=${sha('sha256', wrong, HUB_KEY)}`, 'content-type': 'application/x-www-form-urlencoded' }, wrong))).status]).toEqual([wrong, 400]);
    }
  });

  test('that is replayed under a new delivery id has one effect: GitHub’s own redelivery keeps the id, so a new one is somebody’s who read the message', async () => {
    for (const delivery of ['d-1', 'd-2', 'd-3', '']) expect((await send(attempt('again', { 'x-hub-signature-256': good, 'x-github-delivery': delivery }))).status).toBe(202);
    expect(((await effects()) as { requests: unknown[] }).requests).toHaveLength(1);
  });
});

describe('MediaConvert’s news through SNS', () => {
  const path = '/api/transcode-jobs/';
  const event = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ version: '0', id: 'event-1', 'detail-type': 'MediaConvert Job State Change', source: 'aws.mediaconvert', account: ACCOUNT, region: 'us-east-1', detail: { jobId: '1-2', status: 'COMPLETE' }, ...changes });
  type Envelope = Record<string, string>;
  const envelope = (changes: Readonly<Record<string, string | undefined>> = {}, by: () => KeyPair = () => amazon, algorithm = 'RSA-SHA256'): Envelope => {
    const bare: Record<string, string | undefined> = { Type: 'Notification', MessageId: 'm-1', TopicArn: TOPIC, Message: JSON.stringify(event()), Timestamp: new Date().toISOString(), SignatureVersion: '2', SigningCertURL: `${outside.url}/cert.pem`, ...changes };
    const names = bare['Type'] === 'Notification' ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = names.flatMap((name) => (bare[name] === undefined ? [] : [`${name}\n${bare[name]}\n`])).join('');
    return { Signature: createSign(algorithm).update(text).sign(by().privateKey, 'base64'), ...(Object.fromEntries(Object.entries(bare).filter(([, value]) => value !== undefined)) as Envelope) };
  };
  const subscription = (changes: Readonly<Record<string, string | undefined>> = {}): Envelope => envelope({ Type: 'SubscriptionConfirmation', Message: 'You have chosen to subscribe', Token: 'token-1', SubscribeURL: `${outside.url}/?Action=Evil`, ...changes });
  const attempt = (what: string, message: unknown, more: Partial<Attempt> = {}): Attempt => ({ what, path, headers: { 'content-type': 'text/plain; charset=UTF-8', ...more.headers }, body: typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message), ...more });
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const HOUR = 3_600_000;

  const forged = (): Attempt[] => [
    // Raw events, which carry no signature and are a hint at most.
    ...[undefined, null, '', 0, Number(ACCOUNT), `${ACCOUNT}1`, ACCOUNT.slice(1), ` ${ACCOUNT}`, `${ACCOUNT}\n`, '999999999999', [ACCOUNT], { toString: ACCOUNT }, true].map((account) => attempt(`a raw event of the account ${JSON.stringify(account)}`, event({ account }))),
    ...[undefined, null, '', 0, {}, [], 'x'.repeat(201)].map((id) => attempt(`a raw event with the id ${String(JSON.stringify(id)).slice(0, 20)}`, event({ id }))),
    // Envelopes.
    ...['RSA-SHA1', 'RSA-SHA512', 'RSA-MD5'].map((algorithm) => attempt(`signed with ${algorithm} under another name`, envelope({}, () => amazon, algorithm))),
    attempt('signed with another key', envelope({}, () => others)),
    attempt('signed with the key of a certificate that lies on our own SNS, but of another topic', envelope({ TopicArn: `${TOPIC}2` }, () => others)),
    ...['', 'AAAA', 'x', '====', 'null', envelope()['Signature']?.slice(0, -4) ?? '', `${envelope()['Signature'] ?? ''}AAAA`].map((Signature, index) => attempt(`the signature number ${index}`, { ...envelope(), Signature })),
    ...['0', '1', '3', '', '2.0', ' 2', 'constructor', '__proto__', 'toString'].map((SignatureVersion) => attempt(`the signature version ${JSON.stringify(SignatureVersion)}`, { ...envelope(), SignatureVersion })),
    ...['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type', 'SignatureVersion', 'Signature', 'SigningCertURL'].flatMap((name) => {
      const { [name]: _gone, ...rest } = envelope();
      return [attempt(`without ${name}`, rest), attempt(`with a number for ${name}`, { ...envelope(), [name]: 1 }), attempt(`with a list for ${name}`, { ...envelope(), [name]: ['x'] })];
    }),
    ...(['Message', 'MessageId', 'Timestamp'] as const).map((name) => attempt(`with another ${name} than was signed`, { ...envelope(), [name]: name === 'Timestamp' ? at(1_000) : name === 'Message' ? JSON.stringify(event({ id: 'other' })) : 'other' })),
    attempt('with a subject that was not signed', { ...envelope(), Subject: 'x' }),
    attempt('with a line that moves the boundary of two signed fields', { ...envelope({ Message: 'x' }), Message: 'x\nMessageId\nm-1' }),
    ...[`${TOPIC}-other`, TOPIC.toUpperCase(), ` ${TOPIC}`, `${TOPIC} `, TOPIC.replace(ACCOUNT, '999999999999'), TOPIC.replace('us-east-1', 'eu-west-1'), TOPIC.replace('aws', 'aws-cn'), '', 'x', `${TOPIC}\n`, TOPIC.slice(0, -1)].map((TopicArn) => attempt(`well signed, of the topic ${JSON.stringify(TopicArn)}`, envelope({ TopicArn }))),
    ...[-61 * 60_000, -24 * HOUR, -365 * 24 * HOUR, 61 * 60_000, 24 * HOUR, 365 * 24 * HOUR].map((ms) => attempt(`well signed, ${ms} ms away from now`, envelope({ Timestamp: at(ms) }))),
    ...['', 'now', '0', 'Infinity', '9999999999999999', '2026', '1970-01-01T00:00:00Z'].map((Timestamp) => attempt(`well signed, at the time ${JSON.stringify(Timestamp)}`, envelope({ Timestamp }))),
    ...[
      `${outside.url}/forged.txt`, `${outside.url}/forged.pem?x=.pem`, `${outside.url}/none#.pem`, 'https://evil.example/cert.pem', 'https://sns.us-east-1.amazonaws.com/cert.pem', 'https://sns.us-east-1.amazonaws.com.evil.example/cert.pem', 'https://evil.example/sns.us-east-1.amazonaws.com/cert.pem', `http://sns.us-east-1.amazonaws.com@${new URL(outside.url).host}:1/cert.pem`, `${outside.url.replace('http://', 'http://x:y@')}/cert.pem`, outside.url.replace('127.0.0.1', 'localhost') + '/cert.pem', outside.url.replace('http:', 'https:') + '/cert.pem', 'file:///etc/passwd.pem', 'data:text/plain,x.pem', 'ftp://127.0.0.1/cert.pem', '//127.0.0.1/cert.pem', '/cert.pem', 'cert.pem', '', 'http://', 'http://127.0.0.1:9/cert.pem', 'http://[::1]/cert.pem', 'http://0x7f.1/cert.pem', 'javascript:alert(1).pem', 'http://169.254.169.254/latest/cert.pem',
    ].map((SigningCertURL) => attempt(`with a certificate at ${JSON.stringify(SigningCertURL)}`, envelope({ SigningCertURL }, () => others))),
    // Certificates that are not there cannot be told from ones that cannot be had now.
    attempt('a notification within a notification', envelope({ Message: JSON.stringify(envelope()) })),
    ...['{', '[]', '1', 'null', '"x"', '', deep(70)].map((Message) => attempt(`well signed, with the message ${JSON.stringify(Message).slice(0, 20)}`, envelope({ Message }))),
    attempt('well signed, of another account', envelope({ Message: JSON.stringify(event({ account: '999999999999' })) })),
    // Subscriptions.
    ...[{ TopicArn: `${TOPIC}2` }, { TopicArn: '' }, { Token: '' }, { Token: undefined }, { Timestamp: at(-2 * HOUR) }].map((changes) => attempt(`a subscription with ${JSON.stringify(changes)}`, subscription(changes))),
    attempt('a subscription that is not signed', { ...subscription(), Signature: 'AAAA' }),
    attempt('a subscription with another token', { ...subscription(), Token: 'token-2' }),
    attempt('a subscription that is a notification', { ...envelope(), SubscribeURL: 'x', Token: 'y', Type: 'SubscriptionConfirmation' }),
    attempt('a subscription to an address of theirs, unsigned', { Type: 'SubscriptionConfirmation', TopicArn: TOPIC, Token: 'x', SubscribeURL: 'http://169.254.169.254/' }),
    ...RUBBISH.map(([what, sent]) => attempt(what, sent)),
    attempt('gzipped', gzipSync(JSON.stringify(event())), { headers: { 'content-encoding': 'gzip' } }),
    ...METHODS.filter((method) => method !== 'OPTIONS').map((method) => attempt(`by ${method}`, envelope(), { method })),
    ...['/api/transcode-jobs', '/api/transcode-jobs//', '/api/transcode-jobs/x/'].map((other) => attempt(`at ${other}`, envelope(), { path: other })),
  ];

  test('forged in more than 150 ways leaves no trace', { timeout: 120_000 }, async () => {
    const attempts = forged();
    expect(attempts.length).toBeGreaterThan(150);
    await expectRefused(attempts, [400, 403, 404, 405, 413, 501]);
    // Nobody was asked for a certificate but our own SNS.
    expect(new Set(outside.asked.map(({ url }) => url))).toEqual(new Set(['/cert.pem']));
  });

  test('is taken as the plain text that SNS calls it, as JSON, and as whatever else; ten times the same is one', async () => {
    const message = envelope();
    for (const type of ['text/plain; charset=UTF-8', 'application/json', '', 'application/octet-stream']) for (let count = 0; count < 10; count += 1) expect((await send(attempt('good', message, { headers: { 'content-type': type, 'x-amz-sns-message-type': 'Notification' } }))).status).toBe(200);
    expect(((await effects()) as { events: unknown[] }).events).toHaveLength(1);
  });

  test('that is sent again with another message id, well signed, is still one event', async () => {
    for (const MessageId of ['m-1', 'm-2', 'm-3']) expect((await send(attempt('again', envelope({ MessageId })))).status).toBe(200);
    expect(((await effects()) as { events: unknown[] }).events).toHaveLength(1);
  });

  test('a subscription that is replayed within its hour is confirmed at our own topic only', async () => {
    const message = subscription();
    for (let count = 0; count < 10; count += 1) expect((await send(attempt('again', message))).status).toBe(200);
    const { confirmed } = (await effects()) as { confirmed: { url: string }[] };
    expect(new Set(confirmed.map(({ url }) => new URL(url, outside.url).searchParams.get('TopicArn')))).toEqual(new Set([TOPIC]));
  });
});

describe('3Play’s call', () => {
  const path = '/api/transcription-jobs/';
  const videoId = '01890000-0000-7000-8000-000000000000';
  const at = (query: Readonly<Record<string, string>>): string => `${path}?${new URLSearchParams(query).toString()}`;
  const attempt = (what: string, query: Readonly<Record<string, string>>, body: string | Buffer = 'id=7&status=complete', more: Partial<Attempt> = {}): Attempt => ({ what, path: at(query), headers: { 'content-type': 'application/x-www-form-urlencoded' }, body, ...more });

  const keys = ['', ' ', 'x', THREEPLAY_KEY.slice(0, -1), `${THREEPLAY_KEY}x`, ` ${THREEPLAY_KEY}`, `${THREEPLAY_KEY} `, `${THREEPLAY_KEY}\n`, `${THREEPLAY_KEY}\0`, THREEPLAY_KEY.toUpperCase(), THREEPLAY_KEY.split('').reverse().join(''), encodeURIComponent(THREEPLAY_KEY), Buffer.from(THREEPLAY_KEY).toString('base64'), Buffer.from(THREEPLAY_KEY).toString('hex'), createHash('sha256').update(THREEPLAY_KEY).digest('hex'), 'undefined', 'null', 'true', '*', '%', '.*', "' or 1=1 --", '[object Object]', HUB_KEY, BUILDER_TOKEN, 'x'.repeat(10_000), '\uFFFD', 'тhe callback key', 'the\u00A0callback key', THREEPLAY_KEY.normalize('NFKD').replace('a', 'а')];
  const forged: readonly Attempt[] = [
    ...keys.map((key, index) => attempt(`the key number ${index}`, { video_id: videoId, callback_key: key })),
    ...keys.map((key, index) => attempt(`the key number ${index}, with JSON`, { video_id: videoId, callback_key: key }, '{"id":7,"status":"complete"}', { headers: { 'content-type': 'application/json' } })),
    attempt('no key', { video_id: videoId }),
    attempt('no video', { callback_key: THREEPLAY_KEY }),
    attempt('an empty video', { callback_key: THREEPLAY_KEY, video_id: '' }),
    attempt('a key in the body', { video_id: videoId }, `callback_key=${encodeURIComponent(THREEPLAY_KEY)}`),
    attempt('a key in a header', { video_id: videoId }, '', { headers: { authorization: `Bearer ${THREEPLAY_KEY}` } }),
    attempt('a key in a cookie', { video_id: videoId }, '', { headers: { cookie: `callback_key=${encodeURIComponent(THREEPLAY_KEY)}` } }),
    attempt('a key under another name', { video_id: videoId, key: THREEPLAY_KEY }),
    attempt('a key in another case', { video_id: videoId, CALLBACK_KEY: THREEPLAY_KEY }),
    { ...attempt('two keys, the last wrong', {}), path: `${at({ video_id: videoId, callback_key: THREEPLAY_KEY })}&callback_key=x` },
    { ...attempt('a list of keys', {}), path: `${path}?video_id=${videoId}&callback_key[]=${encodeURIComponent(THREEPLAY_KEY)}` },
    { ...attempt('a key that is not encoded as UTF-8', {}), path: `${path}?video_id=${videoId}&callback_key=%E9%E9` },
    { ...attempt('half an escape', {}), path: `${path}?video_id=${videoId}&callback_key=%` },
    { ...attempt('a key behind a hash', {}), path: `${path}?video_id=${videoId}%23&callback_key%3D${encodeURIComponent(THREEPLAY_KEY)}` },
    ...RUBBISH.map(([what, sent]) => attempt(`${what}, without a key`, { video_id: videoId }, sent)),
    ...TYPES.map((type) => attempt(`as ${type || 'nothing'}, without a key`, { video_id: videoId }, 'x', { headers: { 'content-type': type } })),
    ...METHODS.filter((method) => method !== 'OPTIONS').map((method) => attempt(`by ${method}, with the key`, { video_id: videoId, callback_key: THREEPLAY_KEY }, '', { method })),
    { ...attempt('10 MB, with the key', { video_id: videoId, callback_key: THREEPLAY_KEY }, Buffer.alloc(10 * 1024 * 1024, 'x')) },
  ];

  test(`forged in ${forged.length} ways leaves no trace`, { timeout: 120_000 }, () => expectRefused(forged, [200, 404, 405, 413, 501]));

  test('answers who guesses as it answers who knows', async () => {
    const [wrong, right] = [await send(attempt('wrong', { video_id: videoId, callback_key: 'x' })), await send(attempt('right', { video_id: videoId, callback_key: THREEPLAY_KEY }))];
    expect(wrong).toEqual(right);
  });

  test('as a form, as 3Play sends it, as JSON and as nothing it knows, ten times each, is one piece of news a body', async () => {
    for (const [type, body] of [['application/x-www-form-urlencoded', 'id=7&status=complete'], ['application/json', '{"id":7,"status":"complete"}'], ['text/plain', 'complete']] as const) for (let count = 0; count < 10; count += 1) expect((await send(attempt('good', { video_id: videoId, callback_key: THREEPLAY_KEY }, body, { headers: { 'content-type': type } }))).status).toBe(200);
    expect(((await effects()) as { events: unknown[] }).events).toHaveLength(3);
  });
});

describe.each([
  ['the status of a pipeline', '/api/websites/algebra/pipeline_status/', JSON.stringify({ version: 'live', status: 'succeeded', is_cdn_cache_step: true })],
  ['the removal from the root site', '/api/websites/algebra/remove_from_root_website/?version=live', ''],
  ['the request to unpublish', '/api/websites/algebra/unpublish/', ''],
])('%s', (_what, path, body) => {
  const attempt = (what: string, headers: Readonly<Record<string, string>>, sent: string | Buffer = body, more: Partial<Attempt> = {}): Attempt => ({ what, path, headers: { 'content-type': 'application/json', ...headers }, body: sent, ...more });
  const tokens = ['', 'Bearer', 'Bearer ', 'Bearer  ', `bearer${BUILDER_TOKEN}`, `Token ${BUILDER_TOKEN}`, `Basic ${Buffer.from(`x:${BUILDER_TOKEN}`).toString('base64')}`, BUILDER_TOKEN, `Bearer ${BUILDER_TOKEN}x`, `Bearer ${BUILDER_TOKEN.slice(0, -1)}`, `Bearer ${BUILDER_TOKEN.toUpperCase()}`, `Bearer "${BUILDER_TOKEN}"`, `Bearer ${BUILDER_TOKEN},${BUILDER_TOKEN}`, `Bearer ${Buffer.from(BUILDER_TOKEN).toString('base64')}`, `Bearer ${createHash('sha256').update(BUILDER_TOKEN).digest('hex')}`, 'Bearer undefined', 'Bearer null', 'Bearer *', "Bearer ' or 1=1 --", `Bearer ${HUB_KEY}`, `Bearer ${'x'.repeat(8_000)}`, `Digest ${BUILDER_TOKEN}`, `Negotiate ${BUILDER_TOKEN}`, 'Bearer %00', 'Bearer ../../etc/passwd'];
  const forged = (): Attempt[] => [
    ...tokens.map((authorization, index) => attempt(`the token number ${index}`, { authorization })),
    ...tokens.slice(8).map((authorization, index) => attempt(`the token number ${index} beside an admin’s session`, { ...ada.headers, authorization })),
    attempt('an admin’s session', ada.headers),
    attempt('an admin’s session, from another site', { cookie: ada.headers['cookie'] ?? '', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
    attempt('the token in a cookie', { cookie: `api_token=${encodeURIComponent(BUILDER_TOKEN)}` }),
    attempt('the token in another header', { 'x-api-key': BUILDER_TOKEN, 'x-authorization': `Bearer ${BUILDER_TOKEN}`, 'proxy-authorization': `Bearer ${BUILDER_TOKEN}` }),
    attempt('the token in the address', {}, body, { path: `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(BUILDER_TOKEN)}&access_token=${encodeURIComponent(BUILDER_TOKEN)}` }),
    attempt('the token in the body', {}, JSON.stringify({ token: BUILDER_TOKEN, version: 'live', status: 'succeeded' })),
    ...RUBBISH.map(([what, sent]) => attempt(what, {}, sent)),
    ...TYPES.map((type) => attempt(`as ${type || 'nothing'}`, { 'content-type': type })),
    ...METHODS.filter((method) => method !== 'OPTIONS').map((method) => attempt(`by ${method}, with the token`, { authorization: `Bearer ${BUILDER_TOKEN}` }, body, { method })),
    ...['algebra%00', 'ALGEBRA', 'nowhere', '..%2Falgebra', '%2e%2e', "algebra'--", 'x'.repeat(2_000), '%E0%A4%A'].map((name) => attempt(`of the site ${name.slice(0, 20)}, with the token`, { authorization: `Bearer ${BUILDER_TOKEN}` }, body, { path: path.replace('algebra', name) })),
    ...['GET', 'POST', 'DELETE'].map((method) => attempt(`by ${method}, with another method in a header`, { 'x-http-method-override': 'POST', 'content-type': 'text/plain' }, body, { method })),
  ];

  test('forged in more than 100 ways leaves no trace', { timeout: 120_000 }, () => expectRefused(forged(), [400, 403, 404, 405, 413, 501]));
});

test('the status of a pipeline with the token, but wrong in itself, is told so and leaves no trace', { timeout: 60_000 }, async () => {
  const before = await effects();
  const wrong = [...RUBBISH, ...[{ version: 'x', status: 'succeeded' }, { version: 'live' }, { status: 'succeeded' }, { version: ['live'], status: 'succeeded' }, { version: 'live', status: {} }, { version: 'live', status: 'deleted' }, { version: '__proto__', status: 'constructor' }].map((body) => [JSON.stringify(body), JSON.stringify(body)] as const)];
  for (const [what, body] of wrong) {
    const { status } = await send({ what, path: '/api/websites/algebra/pipeline_status/', headers: { authorization: `Bearer ${BUILDER_TOKEN}`, 'content-type': 'application/json' }, body });
    expect([what, status]).toEqual([what, expect.toBeOneOf([400, 413])]);
  }
  expect(await effects()).toEqual(before);
});

test('what is sent slowly, or broken off, ends the request and not the API', async () => {
  for (const path of ['/api/starters/site_configs/', '/api/transcode-jobs/', '/api/transcription-jobs/?video_id=1&callback_key=x']) {
    await new Promise<void>((resolve) => {
      const url = new URL(api.url);
      const request = httpRequest({ host: url.hostname, port: url.port, method: 'POST', path, headers: { 'content-length': '1000', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } });
      request.on('error', () => undefined);
      request.on('close', () => resolve());
      request.write('{"half":', () => request.destroy());
    });
  }
  expect((await api.send('GET', '/health/liveness/')).status).toBe(200);
  expect(api.logged.filter(({ level }) => level >= 50)).toEqual([]);
  expect((await effects()) as { events: unknown[] }).toMatchObject({ events: [], requests: [] });
});

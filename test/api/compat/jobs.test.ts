import { createSign } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSns, type SnsEnvelope } from '#clients/sns.ts';
import { type KeyPair, newKeys } from '../support/keys.ts';
import { type Answer, startApi, useApi } from '../support/testApi.ts';
import { useOutside } from './support/outside.ts';

const ACCOUNT = '123456789012';
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:ocw-studio-mediaconvert-topic`;
const outside = useOutside();
const api = useApi({ env: () => ({ AWS_ACCOUNT_ID: ACCOUNT, AWS_TRANSCODE_TOPIC_ARN: TOPIC, AWS_ENDPOINT_URL_SNS: outside.url, THREEPLAY_CALLBACK_KEY: 'the callback key' }) });

let keys: KeyPair;
let others: KeyPair;
beforeAll(async () => {
  [keys, others] = await Promise.all([newKeys('sns.amazonaws.com'), newKeys('sns.amazonaws.com')]);
});
beforeEach(async () => {
  await api.clear();
  outside.answers.clear();
  outside.asked.length = 0;
  outside.answers.set('/cert.pem', { body: keys.certificate });
  outside.answers.set('/', { body: '<ConfirmSubscriptionResponse/>' });
});

const event = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ version: '0', id: 'event-1', 'detail-type': 'MediaConvert Job State Change', source: 'aws.mediaconvert', account: ACCOUNT, region: 'us-east-1', detail: { jobId: '1-2', status: 'COMPLETE' }, ...changes });
const post = (body: unknown, to: { send: typeof api.send } = api): Promise<Answer> => to.send('POST', '/api/transcode-jobs/', { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'text/plain; charset=UTF-8' } });
const kept = (): Promise<{ source: string; event_id: string; payload: unknown }[]> => api.db('webhook_events').select('source', 'event_id', 'payload');

/** An envelope as SNS would send it, signed with `by`. */
function envelope(changes: Partial<SnsEnvelope> = {}, version: '1' | '2' = '2', by = keys): SnsEnvelope {
  const bare = { Type: 'Notification', MessageId: 'm-1', TopicArn: TOPIC, Message: JSON.stringify(event()), Timestamp: new Date().toISOString(), SignatureVersion: version, SigningCertURL: `${outside.url}/cert.pem`, ...changes };
  const names = bare.Type === 'Notification' ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const) : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  const text = names.flatMap((name) => ((bare as Partial<SnsEnvelope>)[name] == null ? [] : [`${name}\n${String((bare as Partial<SnsEnvelope>)[name])}\n`])).join('');
  return { ...bare, Signature: createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(text).sign(by.privateKey, 'base64') };
}
const subscription = (changes: Partial<SnsEnvelope> = {}): SnsEnvelope => envelope({ Type: 'SubscriptionConfirmation', Message: 'You have chosen to subscribe', Token: 'token-1', SubscribeURL: 'https://evil.example.edu/?Action=ConfirmSubscription', ...changes });
const forbidden = { status: 403, json: { detail: 'You do not have permission to perform this action.' } };

describe('an event of MediaConvert', () => {
  test('as SNS hands it on is kept once, as a hint', async () => {
    for (let count = 0; count < 3; count += 1) expect(await post(event())).toMatchObject({ status: 200, json: {} });
    expect(await kept()).toEqual([{ source: 'mediaconvert', event_id: 'event-1', payload: { verified: false, event: event() } }]);
    await post(event({ id: 'event-2' }));
    expect(await kept()).toHaveLength(2);
  });

  test.each(['1', '2'] as const)('in an envelope with a signature of version %s is kept as true', async (version) => {
    expect(await post(envelope({}, version))).toMatchObject({ status: 200, json: {} });
    expect(await post(envelope({ Subject: 'With a subject' }, version))).toMatchObject({ status: 200 });
    expect(await kept()).toEqual([{ source: 'mediaconvert', event_id: 'event-1', payload: { verified: true, event: event() } }]);
  });

  test.each([
    ['of another account', event({ account: '999999999999' })],
    ['whose account begins like ours', event({ account: `${ACCOUNT}1` })],
    ['of no account', event({ account: undefined })],
    ['whose account is a number', event({ account: Number(ACCOUNT) })],
  ])('%s is refused', async (_what, body) => {
    expect(await post(body)).toMatchObject(forbidden);
    expect(await kept()).toEqual([]);
  });

  test.each([
    ['without an id', event({ id: undefined }), { id: ['This field is required.'] }],
    ['whose id is empty', event({ id: '' }), { id: ['This field is required.'] }],
    ['that is no JSON', 'COMPLETE', { detail: expect.stringMatching(/^JSON parse error/) as string }],
    ['that is a list', '[]', { detail: 'The body must be a JSON object.' }],
  ])('%s is 400', async (_what, body, json) => {
    const answer = await post(body);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json });
  });

  test('with what Postgres cannot store is kept without it', async () => {
    const odd = event({ id: 'event\u0000-1', detail: { 'a\u0000': ['x\u0000', '\uD83D'], status: 'COMPLETE' } });
    expect(await post(odd)).toMatchObject({ status: 200, json: {} });
    expect(await kept()).toEqual([{ source: 'mediaconvert', event_id: 'event-1', payload: { verified: false, event: event({ detail: { a: ['x', '\uFFFD'], status: 'COMPLETE' } }) } }]);
  });

  test.each([65, 7_000, 200_000])('of %i levels is 400', async (levels) => {
    const answer = await post(`{"account":"${ACCOUNT}","id":"deep","detail":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json: { detail: 'The body has more than 64 levels.' } });
  });

  test('is refused where no account is set', async () => {
    const bare = await startApi({}, undefined);
    try {
      for (const account of [ACCOUNT, '', undefined, 'undefined']) expect((await post(event({ account }), bare)).status).toBe(403);
    } finally {
      await bare.stop();
    }
  });
});

describe('an envelope that Amazon did not sign', () => {
  test.each<readonly [string, () => SnsEnvelope | Record<string, unknown>]>([
    ['is signed by another', () => envelope({}, '2', others)],
    ['was changed after it was signed', () => ({ ...envelope(), Message: JSON.stringify(event({ id: 'other' })) })],
    ['has a subject that was not signed', () => ({ ...envelope(), Subject: 'x' })],
    ['has an empty signature', () => ({ ...envelope(), Signature: '' })],
    ['says a signature of another version', () => ({ ...envelope(), SignatureVersion: '1' })],
    ['says a version there is not', () => ({ ...envelope(), SignatureVersion: '3' })],
    ['is of another topic', () => envelope({ TopicArn: `${TOPIC}-other` })],
    ['is older than an hour', () => envelope({ Timestamp: new Date(Date.now() - 61 * 60_000).toISOString() })],
    ['is from tomorrow', () => envelope({ Timestamp: new Date(Date.now() + 24 * 60 * 60_000).toISOString() })],
    ['has no time', () => envelope({ Timestamp: 'now' })],
    ['has a certificate that lies elsewhere', () => envelope({ SigningCertURL: 'http://127.0.0.1:9/cert.pem' })],
    ['has no address for its certificate', () => envelope({ SigningCertURL: 'cert.pem' })],
    ['calls another file a certificate', () => envelope({ SigningCertURL: `${outside.url}/` })],
  ])('since it %s, is refused and not kept', async (_why, make) => {
    expect(await post(make())).toMatchObject(forbidden);
    expect(await kept()).toEqual([]);
  });

  test('but holds no certificate where it says is refused; where the certificate cannot be had, it is to be sent again', async () => {
    outside.answers.set('/none.pem', { body: 'no certificate' });
    expect(await post(envelope({ SigningCertURL: `${outside.url}/none.pem` }))).toMatchObject(forbidden);
    expect(await post(envelope({ SigningCertURL: `${outside.url}/missing.pem` }))).toMatchObject({ status: 503, json: { detail: 'Amazon SNS cannot be reached now. Send this again.' } });
    expect(await kept()).toEqual([]);
  });

  test('and lacks a part is told which', async () => {
    const { MessageId: _gone, ...rest } = envelope();
    expect(await post(rest)).toMatchObject({ status: 400, json: { MessageId: [expect.any(String)] } });
  });

  test.each([
    ['https://sns.us-east-1.amazonaws.com/cert.pem', 'reaches'],
    ['https://sns.cn-north-1.amazonaws.com.cn/cert.pem', 'reaches'],
    ['http://sns.us-east-1.amazonaws.com/cert.pem', 'refuses'],
    ['https://sns.us-east-1.amazonaws.com.evil.example.edu/cert.pem', 'refuses'],
    ['https://sns.us-east-1.amazonaws.com:8443/cert.pem', 'refuses'],
    ['https://user@sns.us-east-1.amazonaws.com/cert.pem', 'refuses'],
    ['https://evil-sns.us-east-1.amazonaws.com/cert.pem', 'refuses'],
    ['https://bucket.s3.amazonaws.com/cert.pem', 'refuses'],
    ['https://sns.us-east-1.amazonaws.com/cert.pem?x=.pem', 'refuses'],
    ['https://sns.us-east-1.amazonaws.com/cert.txt', 'refuses'],
    ['file:///cert.pem', 'refuses'],
  ])('is looked for at AWS alone: %s', async (SigningCertURL, what) => {
    const sns = createSns({ now: () => Date.now() });
    // Tests reach this machine only, so an address that is tried fails in another way than one that is refused.
    await expect(sns.verify(envelope({ SigningCertURL }))).rejects.toMatchObject({ name: what === 'reaches' ? 'FetchError' : 'SnsForged' });
  });

  test('is signed with a certificate that is valid now', async () => {
    const later = Date.now() + 400 * 24 * 60 * 60_000 * 10;
    const sns = createSns({ endpointUrl: outside.url, now: () => later });
    await expect(sns.verify(envelope({ Timestamp: new Date(later).toISOString() }))).rejects.toThrow('Its certificate is not valid now');
  });
});

describe('the subscription of a topic', () => {
  // Whether the certificate is asked for again is of no account here: it is remembered.
  const confirmations = (): string[] => outside.asked.map(({ url }) => url).filter((url) => url !== '/cert.pem');

  test('is confirmed at an address made from our topic, never at the one in the message', async () => {
    expect(await post(subscription())).toMatchObject({ status: 200, json: {} });
    expect(confirmations()).toEqual([`/?${new URLSearchParams({ Action: 'ConfirmSubscription', Version: '2010-03-31', TopicArn: TOPIC, Token: 'token-1' }).toString()}`]);
    expect(await kept()).toEqual([]);
  });

  test('that ended is not begun again', async () => {
    expect(await post(subscription({ Type: 'UnsubscribeConfirmation' }))).toMatchObject({ status: 200 });
    expect(confirmations()).toEqual([]);
  });

  test.each([
    ['of another topic of our account', () => subscription({ TopicArn: `${TOPIC}2` }), 403],
    ['of a topic with our account in its name', () => subscription({ TopicArn: `arn:aws:sns:us-east-1:999999999999:${ACCOUNT}` }), 403],
    ['with an empty token', () => subscription({ Token: '' }), 400],
    ['without a token', () => subscription({ Token: undefined }), 400],
    ['that is not signed', () => ({ ...subscription(), Signature: 'AAAA' }), 403],
    ['whose token was changed', () => ({ ...subscription(), Token: 'token-2' }), 403],
  ])('%s is not confirmed', async (_what, make, status) => {
    expect((await post(make())).status).toBe(status);
    expect(confirmations()).toEqual([]);
  });

  test('that SNS does not take is to be sent again', async () => {
    outside.answers.delete('/');
    expect(await post(subscription())).toMatchObject({ status: 503 });
  });

  test('is not confirmed where no topic is set', async () => {
    const bare = await startApi({ AWS_ACCOUNT_ID: ACCOUNT, AWS_ENDPOINT_URL_SNS: outside.url }, undefined);
    try {
      expect((await post(subscription(), bare)).status).toBe(403);
      expect(outside.asked).toEqual([]);
    } finally {
      await bare.stop();
    }
  });
});

describe('a call of 3Play', () => {
  const call = (query: Readonly<Record<string, string>>, body?: unknown, to: { send: typeof api.send } = api): Promise<Answer> => to.send('POST', '/api/transcription-jobs/', { query, ...(body === undefined ? {} : { body }) });
  const key = 'the callback key';

  test('with our key is kept once for each news', async () => {
    for (const status of ['in_progress', 'complete', 'complete']) expect(await call({ video_id: '42', callback_key: key }, { id: 7, status })).toMatchObject({ status: 200, json: {} });
    expect((await kept()).map(({ source, payload }) => [source, payload])).toEqual([
      ['threeplay', { video_id: '42', body: '{"id":7,"status":"in_progress"}' }],
      ['threeplay', { video_id: '42', body: '{"id":7,"status":"complete"}' }],
    ]);
    await call({ video_id: '43', callback_key: key }, { id: 7, status: 'complete' });
    for (let count = 0; count < 2; count += 1) await call({ video_id: '42', callback_key: key });
    expect(await kept()).toHaveLength(5);
  });

  test.each([
    ['another key', { video_id: '42', callback_key: 'another' }],
    ['our key with more behind it', { video_id: '42', callback_key: `${key}x` }],
    ['an empty key', { video_id: '42', callback_key: '' }],
    ['no key', { video_id: '42' }],
    ['no video', { callback_key: key }],
  ])('with %s is answered alike, and not kept', async (_what, query) => {
    expect(await call(query, { id: 1 })).toMatchObject({ status: 200, json: {} });
    expect(await kept()).toEqual([]);
  });

  test('is believed by no studio without a key', async () => {
    const bare = await startApi({}, undefined);
    try {
      for (const callback_key of ['', 'undefined', key]) expect(await call({ video_id: '42', callback_key }, {}, bare)).toMatchObject({ status: 200, json: {} });
      expect(await bare.database.db('webhook_events')).toEqual([]);
    } finally {
      await bare.stop();
    }
  });

  test('may hold anything', async () => {
    expect((await api.send('POST', '/api/transcription-jobs/', { query: { video_id: '4\u00002', callback_key: key }, body: 'a\u0000b', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(200);
    expect((await kept()).map(({ payload }) => payload)).toEqual([{ video_id: '42', body: 'ab' }]);
    // What is cut off may leave half a character.
    expect((await api.send('POST', '/api/transcription-jobs/', { query: { video_id: '43', callback_key: key }, body: `${'x'.repeat(16 * 1024 - 1)}😀` })).status).toBe(200);
    expect((await kept())[1]?.payload).toEqual({ video_id: '43', body: `${'x'.repeat(16 * 1024 - 1)}\uFFFD` });
  });
});

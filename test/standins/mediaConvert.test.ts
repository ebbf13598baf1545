import { execFile } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import ffmpeg from '@ffmpeg-installer/ffmpeg';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMediaConvert as createClient } from '#clients/mediaConvert.ts';
import { createThreePlay as createCaptions } from '#clients/threePlay.ts';
import { createSns, type SnsEnvelope, SnsForged } from '#clients/sns.ts';
import { readTranscodeEvent, type TranscodeEvent } from '#domain/transcodeEvent.ts';
import { outputKeyOf, transcodeRequest } from '#domain/transcodeJob.ts';
import { createMediaConvert } from '#local/standins/mediaConvert/createMediaConvert.mjs';
import { topicKeys } from '#local/standins/mediaConvert/topic.mjs';
import { createTranscoder } from '#local/standins/mediaConvert/transcode.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { onlyParts } from '#test/support/onlyParts.ts';
import { until } from '#test/support/until.ts';
import { checkFaults } from './support/checkFaults.ts';
import { watchJournal } from './support/watchJournal.ts';

const ACCOUNT = '123456789012';
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:transcodes`;
const MINUTE = 60_000;
const API = '/2017-08-29';
const run = promisify(execFile);

const home = mkdtempSync(join(tmpdir(), 'mediaConvert-'));
/** Buckets as folders. */
const pathOf = (bucket: string, key: string): string => join(home, 'buckets', bucket, key);
const store: Parameters<typeof createTranscoder>[0]['store'] = {
  read: (bucket, key) => Promise.resolve(existsSync(pathOf(bucket, key)) ? createReadStream(pathOf(bucket, key)) : null),
  write: (bucket, key, path) => {
    put(key, readFileSync(path), bucket);
    return Promise.resolve();
  },
};
function put(key: string, bytes: Uint8Array, bucket = 'ocw-storage'): void {
  mkdirSync(dirname(pathOf(bucket, key)), { recursive: true });
  writeFileSync(pathOf(bucket, key), bytes);
}

let standIn: ReturnType<typeof createMediaConvert>;
let transcoder: ReturnType<typeof createTranscoder>;
let options: Parameters<typeof createMediaConvert>[0];
let base = '';
/** Whom the topic posts to, and how that answers. */
const listener = { url: '', got: [] as { readonly headers: Record<string, unknown>; readonly body: string }[], status: 200 };
const server = createServer((request, response) => {
  void Readable.from(request).toArray().then((chunks) => {
    listener.got.push({ headers: request.headers, body: Buffer.concat(chunks as Buffer[]).toString('utf8') });
    response.writeHead(listener.status).end();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/transcode-jobs/`;
  // Two seconds of a picture that is neither form, with a sound.
  const clip = join(home, 'clip.mov');
  await run(ffmpeg.path, ['-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc=duration=2:size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=duration=2', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip]);
  put('uploads/8-01/lecture.mov', readFileSync(clip));
  put('uploads/8-01/copy.mov', readFileSync(clip));
  put('uploads/8-01/notes.mov', Buffer.from('These are notes.'));
  transcoder = createTranscoder({ ffmpeg: ffmpeg.path, store, folder: join(home, 'work') });
  options = { account: ACCOUNT, accessKey: 'access', topicArn: TOPIC, keys: await topicKeys(home), transcoder, queues: ['ocw', 'other'], home };
  standIn = createMediaConvert(options);
  base = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  server.closeAllConnections();
  server.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  listener.got.length = 0;
  listener.status = 200;
});
const watch = watchJournal(() => base);

const authorization = `AWS4-HMAC-SHA256 Credential=access/20261125/us-east-1/mediaconvert/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
const signed = { authorization, 'content-type': 'application/json' };
const get = (path: string): Promise<Response> => fetch(`${base}${API}${path}`, { headers: signed });
const control = async (wish: Record<string, unknown>): Promise<void> => expect((await fetch(`${base}/_control`, { method: 'POST', body: JSON.stringify(wish) })).status).toBe(200);

/** What the library makes of a request: the same with names that begin small. */
function wire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [/^[A-Z][a-zA-Z0-9]*$/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name, wire(inner)]));
}
const order = (source: string, changes: Record<string, unknown> = {}) => ({
  ...(wire(transcodeRequest({ region: 'us-east-1', accountId: ACCOUNT, roleName: 'transcoder', queue: 'ocw' }, { videoId: 'video-1', orderId: 'order-1', sourceBucket: 'ocw-storage', sourceKey: `uploads/8-01/${source}.mov`, outputBucket: 'ocw-storage', outputBase: `transcodes/8-01/${source}` })) as Record<string, unknown>),
  ...changes,
});
const post = (body: unknown): Promise<Response> => fetch(`${base}${API}/jobs`, { method: 'POST', headers: signed, body: JSON.stringify(body) });
async function create(source: string, changes: Record<string, unknown> = {}): Promise<string> {
  const answer = await post(order(source, changes));
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { job: { id: string } }).job.id;
}
type Shown = Record<string, unknown> & { status: string };
const show = async (id: string): Promise<Shown> => ((await (await get(`/jobs/${id}`)).json()) as { job: Shown }).job;
const untilStatus = (id: string, status: string): Promise<Shown> =>
  until(`job ${id} is ${status}`, async () => {
    const job = await show(id);
    return job.status === status ? job : undefined;
  });
const untilGot = (count: number) => until(`${count} messages came`, () => Promise.resolve(listener.got.length >= count ? listener.got : undefined));
/** The events of a job that came raw. */
const eventsOf = (id: string): TranscodeEvent[] => listener.got.flatMap(({ body }) => readTranscodeEvent(JSON.parse(body)) ?? []).filter(({ jobId }) => jobId === id);

/** The size of a video, and whether it has sound, as ffmpeg sees it. */
async function look(key: string): Promise<{ readonly width: number; readonly height: number; readonly fps: number; readonly audio: string }> {
  const said = await run(ffmpeg.path, ['-hide_banner', '-i', pathOf('ocw-storage', key)]).then(({ stderr }) => stderr, (error: { stderr: string }) => error.stderr);
  const [, width, height] = /Video: h264.*?\b(\d{2,5})x(\d{2,5})\b/.exec(said) ?? [];
  return { width: Number(width), height: Number(height), fps: Number(/([\d.]+) fps/.exec(said)?.[1]), audio: /Audio: (\w+).*?, (\d+ Hz, \w+)/.exec(said)?.slice(1).join(' ') ?? '' };
}

describe('a wrong request', () => {
  const body = (changes: Record<string, unknown>): RequestInit => ({ method: 'POST', headers: signed, body: JSON.stringify(order('lecture', changes)) });
  const settings = (change: (input: { fileInput?: string }, outputs: { nameModifier?: string; containerSettings?: unknown }[], all: Record<string, unknown>) => void): RequestInit => {
    const copy = structuredClone(order('lecture')) as { settings: { inputs: [{ fileInput?: string }]; outputGroups: [{ outputs: [] }] } };
    change(copy.settings.inputs[0], copy.settings.outputGroups[0].outputs, copy.settings);
    return { method: 'POST', headers: signed, body: JSON.stringify(copy) };
  };
  it.each<[string, string, RequestInit, { status: number; says: string | RegExp }]>([
    ['an unknown path', `${API}/presets`, { headers: signed }, { status: 404, says: 'no such operation' }],
    ['no signature', `${API}/jobs`, { method: 'POST', body: '{}' }, { status: 403, says: 'Missing Authentication Token' }],
    ['another region', `${API}/search`, { headers: { authorization: authorization.replace('us-east-1', 'eu-west-1') } }, { status: 403, says: 'eu-west-1' }],
    ['another service', `${API}/search`, { headers: { authorization: authorization.replace('/mediaconvert/', '/s3/') } }, { status: 403, says: 'Missing Authentication Token' }],
    ['what is no JSON', `${API}/jobs`, { method: 'POST', headers: signed, body: '<job>' }, { status: 400, says: 'Could not parse' }],
    ['an unknown field', `${API}/jobs`, body({ colour: 'red' }), { status: 400, says: 'colour' }],
    ['a token that is too long', `${API}/jobs`, body({ clientRequestToken: 'x'.repeat(65) }), { status: 400, says: '64 ASCII' }],
    ['a token that is no ASCII', `${API}/jobs`, body({ clientRequestToken: 'ä' }), { status: 400, says: '64 ASCII' }],
    ['another account’s role', `${API}/jobs`, body({ role: 'arn:aws:iam::999999999999:role/transcoder' }), { status: 400, says: '/role' }],
    ['metadata that is no text', `${API}/jobs`, body({ userMetadata: { filter: 7 } }), { status: 400, says: '/userMetadata' }],
    ['a queue there is not', `${API}/jobs`, body({ queue: 'nowhere' }), { status: 404, says: 'nowhere' }],
    ['no input', `${API}/jobs`, settings((_input, _outputs, all) => void (all['inputs'] = [])), { status: 400, says: '/inputs' }],
    ['an input elsewhere', `${API}/jobs`, settings((input) => void (input.fileInput = 'https://example.edu/a.mov')), { status: 400, says: '/inputs' }],
    ['no output', `${API}/jobs`, settings((_input, outputs) => void outputs.splice(0)), { status: 400, says: 'outputs' }],
    ['two outputs of one name', `${API}/jobs`, settings((_input, outputs) => void Object.assign(outputs[1] ?? {}, { nameModifier: '_youtube' })), { status: 400, says: 'same path' }],
    ['another container', `${API}/jobs`, settings((_input, outputs) => void Object.assign(outputs[0] ?? {}, { containerSettings: { container: 'MOV' } })), { status: 400, says: 'MP4' }],
    ['a search for a long address', `${API}/search?inputFile=${'x'.repeat(301)}`, { headers: signed }, { status: 400, says: '300' }],
    ['a page that is too large', `${API}/search?maxResults=21`, { headers: signed }, { status: 400, says: '1 and 20' }],
    ['an unknown parameter', `${API}/jobs?inputFile=x`, { headers: signed }, { status: 400, says: 'inputFile' }],
    ['an unknown status', `${API}/jobs?status=DONE`, { headers: signed }, { status: 400, says: 'status' }],
    ['a subscription’s token that is wrong', `/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=x`, {}, { status: 400, says: 'Invalid parameter: Token' }],
  ])('%s is answered as the vendor would, and journalled', async (_what, path, init, expected) => {
    await watch.provoke(path, init, expected);
    expect(standIn.jobs()).toEqual([]);
  });

  it.each(['CreateJob', 'GetJob', 'CancelJob', 'ListJobs', 'SearchJobs', 'DescribeEndpoints'])('%s may be denied', async (action) => {
    await control({ settings: { denied: [action] } });
    const requests: Record<string, () => Promise<Response>> = {
      CreateJob: () => post(order('lecture')),
      GetJob: () => get('/jobs/1-none'),
      CancelJob: () => fetch(`${base}${API}/jobs/1-none`, { method: 'DELETE', headers: signed }),
      ListJobs: () => get('/jobs'),
      SearchJobs: () => get('/search'),
      DescribeEndpoints: () => fetch(`${base}${API}/endpoints`, { method: 'POST', headers: signed, body: '{}' }),
    };
    for (const [name, ask] of Object.entries(requests)) {
      if (name === 'CreateJob' && action !== 'CreateJob') continue;
      const answer = await ask();
      expect(answer.status === 403, name).toBe(name === action);
      if (name === action) expect(answer.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
      await answer.arrayBuffer();
    }
    await control({ settings: { denied: [] } });
  });

  it('endpoints are this one', async () => {
    expect(await (await fetch(`${base}${API}/endpoints`, { method: 'POST', headers: signed, body: '{}' })).json()).toEqual({ endpoints: [{ url: base }] });
  });
});

describe('the subscription of the topic', () => {
  it('gets nothing before it is confirmed, which a signed message asks for', async () => {
    await control({ subscribe: { endpoint: listener.url, raw: false } });
    const [asked] = await untilGot(1);
    const envelope = JSON.parse(asked?.body ?? '') as SnsEnvelope;
    expect(asked?.headers).toMatchObject({ 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'SubscriptionConfirmation', 'x-amz-sns-topic-arn': TOPIC });
    expect(envelope).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn: TOPIC });
    const sns = createSns({ endpointUrl: base, now: standIn.now });
    await sns.verify(envelope);
    await untilStatus(await create('lecture', { userMetadata: { filter: 'ocw', videoId: 'early' } }), 'COMPLETE');
    expect(standIn.topic.deliveries.map(({ type }) => type)).toEqual(['SubscriptionConfirmation']);
    await sns.confirm(TOPIC, envelope.Token ?? '');
    expect(standIn.topic.subscription()).toMatchObject({ isConfirmed: true });
  });

  it.each(['1', '2'] as const)('gets events in an envelope that is signed by version %s', async (signatureVersion) => {
    await control({ settings: { signatureVersion } });
    const id = await create('lecture');
    const [message] = await untilGot(1);
    const envelope = JSON.parse(message?.body ?? '') as SnsEnvelope;
    expect(envelope).toMatchObject({ Type: 'Notification', SignatureVersion: signatureVersion });
    await createSns({ endpointUrl: base, now: standIn.now }).verify(envelope);
    expect(readTranscodeEvent(envelope)).toMatchObject({ jobId: id, state: 'done' });
    await expect(createSns({ endpointUrl: base, now: standIn.now }).verify({ ...envelope, Message: '{}' })).rejects.toThrow(SnsForged);
  });

  it('may get what Amazon did not sign', async () => {
    await control({ fate: { fate: 'forged' } });
    await create('lecture');
    const [message] = await untilGot(1);
    await expect(createSns({ endpointUrl: base, now: standIn.now }).verify(JSON.parse(message?.body ?? '') as SnsEnvelope)).rejects.toThrow('Its signature does not fit');
  });

  it('gets events as they are where it is raw', async () => {
    await control({ subscribe: { endpoint: listener.url, raw: true } });
    const [asked] = await untilGot(1);
    const envelope = JSON.parse(asked?.body ?? '') as SnsEnvelope & { SubscribeURL: string };
    expect(await (await fetch(envelope.SubscribeURL)).text()).toContain('ConfirmSubscriptionResult');
    const id = await create('lecture');
    const [, message] = await untilGot(2);
    expect(message?.headers).toMatchObject({ 'x-amz-sns-rawdelivery': 'true', 'content-type': 'text/plain; charset=UTF-8' });
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'aws.mediaconvert', account: ACCOUNT, detail: { jobId: id, status: 'COMPLETE' } });
  });

  it('gets what it did not take again, three times more, with the same id', async () => {
    listener.status = 503;
    await create('lecture');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await untilGot(attempt);
      await until('the answer is known', () => Promise.resolve(standIn.topic.deliveries.at(-1)?.status === 503 && standIn.topic.deliveries.at(-1)?.attempt === attempt));
      await control({ advanceMs: 20_000 });
    }
    await control({ advanceMs: MINUTE });
    await create('lecture', { userMetadata: { filter: 'ocw', after: 'it' } });
    await untilGot(5);
    const ids = listener.got.map(({ headers }) => headers['x-amz-sns-message-id']);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(ids[4]).not.toBe(ids[0]);
  });

  it('gets an answer of 4xx only once', async () => {
    listener.status = 403;
    const id = await create('lecture');
    await untilGot(1);
    await until('the answer is known', () => Promise.resolve(standIn.topic.deliveries.at(-1)?.status === 403));
    listener.status = 200;
    await control({ advanceMs: 5 * MINUTE });
    const next = await create('copy');
    await until('the next came', () => Promise.resolve(eventsOf(next).length === 1));
    expect(eventsOf(id)).toHaveLength(1);
  });

  it('gets events twice, late or not at all', async () => {
    const metadata = (name: string) => ({ userMetadata: { filter: 'ocw', name } });
    for (const fate of ['twice', 'late', 'lost']) await control({ fate: { match: `"name":"${fate}"`, fate, lateMs: 10 * MINUTE } });
    const [twice, late, lost] = [await create('lecture', metadata('twice')), await create('lecture', metadata('late')), await create('lecture', metadata('lost'))];
    const last = await create('lecture', metadata('last'));
    await until('the last came', () => Promise.resolve(eventsOf(last).length === 1));
    await until('one came twice', () => Promise.resolve(eventsOf(twice).length === 2));
    expect([late, lost].map((id) => eventsOf(id).length)).toEqual([0, 0]);
    expect(new Set(eventsOf(twice).map(({ eventId }) => eventId)).size).toBe(1);
    await control({ advanceMs: 10 * MINUTE });
    await until('the late one came', () => Promise.resolve(eventsOf(late).length === 1));
    expect(eventsOf(lost)).toEqual([]);
  });
});

describe('a job', () => {
  it('really makes its outputs, and says by an event alone where they lie', async () => {
    const id = await create('lecture');
    const job = await untilStatus(id, 'COMPLETE');
    const keys = ['_youtube', '_360p_16_9', '_360p_4_3'].map((modifier) => `transcodes/8-01/lecture${modifier}.mp4`);
    expect(await Promise.all(keys.map(look))).toEqual([
      { width: 320, height: 180, fps: 30, audio: 'aac 48000 Hz, stereo' },
      { width: 640, height: 360, fps: 30, audio: 'aac 48000 Hz, stereo' },
      { width: 480, height: 360, fps: 30, audio: 'aac 48000 Hz, stereo' },
    ]);
    await until('the event came', () => Promise.resolve(eventsOf(id).length === 1));
    const [event] = eventsOf(id);
    expect(event).toMatchObject({ accountId: ACCOUNT, userMetadata: { filter: 'ocw', videoId: 'video-1', orderId: 'order-1' }, files: keys.map((key) => ({ bucket: 'ocw-storage', key })) });
    expect(event?.files.map(({ width, height }) => [width, height])).toEqual([[320, 180], [640, 360], [480, 360]]);
    for (const { durationMs } of event?.files ?? []) expect(Math.abs((durationMs ?? 0) - 2_000)).toBeLessThan(150);
    expect(JSON.stringify(job['outputGroupDetails'])).not.toContain('s3://');
    expect(job).toMatchObject({ jobPercentComplete: 100, createdAt: expect.any(Number) as number, timing: { finishTime: expect.any(Number) as number } });
  });

  it('takes what was made of the same bytes before', async () => {
    const before = transcoder.made();
    expect(before).toBe(3);
    await untilStatus(await create('copy'), 'COMPLETE');
    expect(transcoder.made()).toBe(before);
    expect(readFileSync(pathOf('ocw-storage', 'transcodes/8-01/copy_youtube.mp4'))).toEqual(readFileSync(pathOf('ocw-storage', 'transcodes/8-01/lecture_youtube.mp4')));
    expect(readdirSync(join(home, 'work')).filter((name) => name !== 'cache')).toEqual([]);
  });

  it.each([
    ['notes', 1030, /supported input video codec/],
    ['nothing', 1404, /s3:\/\/ocw-storage\/uploads\/8-01\/nothing\.mov/],
  ])('of a source that is %s ends with error %i, which an event tells', async (source, errorCode, message) => {
    const id = await create(source);
    expect(await untilStatus(id, 'ERROR')).toMatchObject({ errorCode, errorMessage: expect.stringMatching(message) as string });
    await until('the event came', () => Promise.resolve(eventsOf(id).length === 1));
    expect(eventsOf(id)).toMatchObject([{ state: 'failed', errorCode, errorMessage: expect.stringMatching(message) as string, files: [] }]);
  });

  it('fails as it is planned to, and only so often', async () => {
    await control({ plan: { match: 'lecture', errorCode: 1999, errorMessage: 'Internal' } });
    expect(await untilStatus(await create('lecture'), 'ERROR')).toMatchObject({ errorCode: 1999, errorMessage: 'Internal' });
    await untilStatus(await create('lecture'), 'COMPLETE');
  });

  it('waits and works as long as it is planned to', async () => {
    await control({ plan: { queueMs: 5 * MINUTE, workMs: 10 * MINUTE } });
    const id = await create('lecture');
    expect(await show(id)).not.toHaveProperty('timing.startTime');
    await control({ advanceMs: 5 * MINUTE });
    expect(await untilStatus(id, 'PROGRESSING')).toMatchObject({ jobPercentComplete: 50 });
    await control({ advanceMs: 5 * MINUTE });
    expect((await show(id)).status).toBe('PROGRESSING');
    await control({ advanceMs: 5 * MINUTE });
    await untilStatus(id, 'COMPLETE');
  });

  it('ends by itself', async () => {
    await control({ plan: { queueMs: 100, workMs: 100 } });
    await untilStatus(await create('lecture'), 'COMPLETE');
  });

  it('that is cancelled has no end, and nobody is told', async () => {
    const remove = (id: string) => fetch(`${base}${API}/jobs/${id}`, { method: 'DELETE', headers: signed });
    await control({ plan: { workMs: MINUTE } });
    const id = await create('lecture');
    await untilStatus(id, 'PROGRESSING');
    expect((await remove(id)).status).toBe(202);
    expect((await remove(id)).status).toBe(409);
    expect((await remove('1-none')).status).toBe(404);
    await control({ advanceMs: 2 * MINUTE });
    const next = await create('lecture');
    await until('the next came', () => Promise.resolve(eventsOf(next).length === 1));
    expect((await show(id)).status).toBe('CANCELED');
    expect(eventsOf(id)).toEqual([]);
    expect(standIn.events.map(readTranscodeEvent).filter((event) => event?.jobId === id).map((event) => event?.status)).toEqual(['PROGRESSING', 'CANCELED']);
  });

  it('of another filter or queue is nobody’s news', async () => {
    const silent = await create('lecture', { userMetadata: { filter: 'other' } });
    await untilStatus(silent, 'COMPLETE');
    const heard = await create('lecture', { queue: 'other' });
    await until('the other came', () => Promise.resolve(eventsOf(heard).length === 1));
    expect(eventsOf(silent)).toEqual([]);
  });

  it('with the token of another is that one for a minute', async () => {
    const first = await create('lecture', { clientRequestToken: 'token' });
    await control({ advanceMs: MINUTE - 5_000 });
    expect(await create('copy', { clientRequestToken: 'token' })).toBe(first);
    await control({ advanceMs: 5_000 });
    expect(await create('copy', { clientRequestToken: 'token' })).not.toBe(first);
  });
});

describe('a search', () => {
  const idsOf = async (path: string): Promise<string[]> => ((await (await get(path)).json()) as { jobs: { id: string }[] }).jobs.map(({ id }) => id);

  it('finds by a part of the address, in pages, newest first', async () => {
    put('uploads/8-01/found.mov', Buffer.from('x'));
    const made: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      made.push(await create('found'));
      await control({ advanceMs: 1_000 });
    }
    expect(await idsOf('/search?inputFile=8-01/found')).toEqual([...made].reverse());
    expect(await idsOf('/search?inputFile=8-01/found&order=ASCENDING')).toEqual(made);
    const first = (await (await get('/search?inputFile=found&maxResults=2')).json()) as { jobs: { id: string }[]; nextToken: string };
    expect(first.jobs.map(({ id }) => id)).toEqual(made.slice(1).reverse());
    const second = (await (await get(`/search?inputFile=found&maxResults=2&nextToken=${first.nextToken}`)).json()) as { jobs: { id: string }[]; nextToken?: string };
    expect(second).toMatchObject({ jobs: [{ id: made[0] }] });
    expect(second).not.toHaveProperty('nextToken');
    await untilStatus(made[2] ?? '', 'ERROR');
    expect(await idsOf('/search?inputFile=found&status=COMPLETE')).toEqual([]);
    expect(await idsOf('/jobs?status=ERROR')).toContain(made[0]);
    expect(await idsOf('/search?inputFile=found&queue=other')).toEqual([]);
  });

  it('may lag', async () => {
    await control({ settings: { searchLagMs: MINUTE } });
    put('uploads/8-01/lag.mov', Buffer.from('x'));
    const id = await create('lag');
    expect(await idsOf('/search?inputFile=lag')).toEqual([]);
    await control({ advanceMs: MINUTE });
    expect(await idsOf('/search?inputFile=lag')).toEqual([id]);
    await control({ settings: { searchLagMs: 0 } });
  });
});

describe('the stand-in', () => {
  it('keeps its jobs, its clock and its subscription, and ends what was at work', async () => {
    await control({ plan: { queueMs: 60 * MINUTE } });
    const id = await create('lecture');
    const again = createMediaConvert(options);
    expect(again.jobs()).toEqual(standIn.jobs());
    expect(again.topic.subscription()).toEqual(standIn.topic.subscription());
    expect(Math.abs(again.now() - standIn.now())).toBeLessThan(60_000);
    again.control({ advanceMs: 60 * MINUTE });
    await until('it is done', () => Promise.resolve(again.jobs().find((job) => job.id === id)?.status === 'COMPLETE'));
    await again.close();
    await fetch(`${base}${API}/jobs/${id}`, { method: 'DELETE', headers: signed });
  });

  it('has the same keys again', async () => {
    expect(await topicKeys(home)).toEqual(options.keys);
  });

  it('shows its state', async () => {
    const page = await (await fetch(`${base}/_state`)).text();
    for (const words of [listener.url, 's3://ocw-storage/uploads/8-01/lecture.mov', '1404', 'SubscriptionConfirmation']) expect(page).toContain(words);
    expect(standIn.troubles).toEqual([]);
  });
});

it('is a part of the local stack: a job of the product’s own client reads and writes the buckets, and the API confirms the subscription and hears of it; so is 3Play', async () => {
  const stackHome = mkdtempSync(join(tmpdir(), 'mediaConvert-stack-'));
  const stack = await startStack({ home: stackHome, ephemeralPorts: true, parts: onlyParts('postgres', 'temporal', 's3', 'mailgun', 'mediaConvert', 'threePlay', 'api') });
  const { s3Endpoint, s3AccessKey, s3SecretKey, buckets, standIns, databaseUrl } = stack.stack;
  const s3 = new S3Client({ endpoint: s3Endpoint ?? '', region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: s3AccessKey ?? '', secretAccessKey: s3SecretKey ?? '' } });
  const names = ['VIDEO_S3_TRANSCODE_ENDPOINT', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ACCOUNT_ID', 'AWS_ROLE_NAME', 'THREEPLAY_API_URL', 'THREEPLAY_STATIC_URL', 'THREEPLAY_API_KEY', 'THREEPLAY_PROJECT_ID'];
  const config = makeConfig(Object.fromEntries(names.map((name) => [name, stack.env[name] ?? ''])));
  const client = createClient(config);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    expect([standIns['mediaConvert'], standIns['threePlay']]).toEqual([config.transcodeEndpointUrl, config.threePlayApiUrl]);
    await until('the subscription is confirmed', async () => {
      const page = await (await fetch(`${standIns['mediaConvert'] ?? ''}/_state`)).text();
      return page.includes('Subscription: http') && !page.includes('(not confirmed)');
    });
    const captions = createCaptions(config);
    const folderId = await captions.createFolder('8.01');
    const mediaId = await captions.createMedia({ sourceUrl: 'https://www.youtube.com/watch?v=a', referenceId: 'a', name: 'A', folderId, marker: 'v' });
    const ordered = await captions.order({ mediaId, levelId: config.threePlayTurnaroundLevelId, callbackUrl: null });
    await s3.send(new PutObjectCommand({ Bucket: buckets.storage, Key: 'uploads/lecture.mov', Body: readFileSync(pathOf('ocw-storage', 'uploads/8-01/lecture.mov')) }));
    if (client.account === null) throw new Error('MediaConvert is not set up');
    const { id } = await client.createJob(transcodeRequest(client.account, { videoId: 'v', orderId: 'o', sourceBucket: buckets.storage, sourceKey: 'uploads/lecture.mov', outputBucket: buckets.storage, outputBase: 'transcodes/lecture' }), 'token');
    await until('the job is done', async () => (await client.getJob(id)).state === 'done');
    const output = await s3.send(new GetObjectCommand({ Bucket: buckets.storage, Key: outputKeyOf('transcodes/lecture', 'youtube') }));
    expect(output.ContentType).toBe('video/mp4');
    expect(Buffer.from((await output.Body?.transformToByteArray()) ?? []).subarray(4, 8).toString()).toBe('ftyp');
    const payload = await until('the event is kept', async () => (await pool.query<{ payload: { verified: boolean; event: unknown } }>("select payload from webhook_events where source = 'mediaconvert'")).rows[0]?.payload);
    expect(readTranscodeEvent(payload.event)).toMatchObject({ jobId: id, state: 'done' });
    await stack.restart('mediaConvert');
    expect(await client.getJob(id)).toMatchObject({ state: 'done' });
    await until('the captions are there', async () => (await captions.transcript(ordered.id)).status === 'complete');
    expect(Buffer.from((await captions.download(ordered, 'vtt')) ?? []).toString()).toContain('Welcome to A.');
    await stack.restart('threePlay');
    expect(await captions.findTranscripts('a')).toMatchObject([{ id: ordered.id, status: 'complete' }]);
  } finally {
    client.close();
    s3.destroy();
    await pool.end();
    await stack.stop();
    rmSync(stackHome, { recursive: true, force: true });
  }
});

describe('its faults', () => {
  checkFaults({
    base: () => base,
    request: (signal) => fetch(`${base}${API}/search`, { headers: signed, ...(signal === undefined ? {} : { signal }) }),
    match: '/search',
    says: { limited: /Too many requests/, broken: /unexpected condition/ },
    effect: { match: 'POST .*/jobs', send: () => post(order('dropped')), isThere: () => Promise.resolve(standIn.jobs().some(({ settings }) => JSON.stringify(settings['inputs']).includes('dropped'))) },
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});

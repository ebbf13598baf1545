import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMediaConvert, type MediaConvert, type TranscodeJob } from '#clients/mediaConvert.ts';
import { MediaConvertError } from '#clients/mediaConvertError.ts';
import { adoptableJob, transcodeRequest } from '#domain/transcodeJob.ts';
import { createMediaConvert as createStandIn } from '#local/standins/mediaConvert/createMediaConvert.mjs';
import { topicKeys } from '#local/standins/mediaConvert/topic.mjs';
import { outputsOf, TranscodeFailure } from '#local/standins/mediaConvert/transcode.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const ACCOUNT = '123456789012';
const NOON = Date.UTC(2026, 10, 25, 12);
const MINUTE = 60_000;
const INPUT = 's3://ocw-storage/gdrive_uploads/8-01/abc/lecture.mov';

let keys: Awaited<ReturnType<typeof topicKeys>>;
beforeAll(async () => {
  keys = await topicKeys();
});

/** A job’s work without ffmpeg: what is made is tried with the stand-in. */
const transcoder: Parameters<typeof createStandIn>[0]['transcoder'] = {
  transcode: (settings) => {
    if (JSON.stringify(settings['inputs']).includes('.txt"')) return Promise.reject(new TranscodeFailure(1030, 'Video codec [unknown] is not a supported input video codec'));
    return Promise.resolve(outputsOf(settings).map(({ bucket, key, width = 1920, height = 1080 }, index) => ({ bucket, key, durationInMs: 12_000 + index, widthInPx: width, heightInPx: height })));
  },
  close: () => undefined,
};

let standIn: ReturnType<typeof createStandIn>;
let url = '';
beforeEach(async () => {
  standIn = createStandIn({ account: ACCOUNT, accessKey: 'access', topicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:transcodes`, keys, transcoder, queues: ['ocw', 'other'], now: () => NOON });
  url = await standIn.listen();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  const unexpected = standIn.journal.filter((entry) => entry.unexpected === true);
  await standIn.close();
  expect(unexpected).toEqual([]);
  expect(standIn.troubles).toEqual([]);
});

const clients: MediaConvert[] = [];
function clientOf(env: Record<string, string> = {}): MediaConvert {
  const client = createMediaConvert(makeConfig({ VIDEO_S3_TRANSCODE_ENDPOINT: url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'access', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ACCOUNT_ID: ACCOUNT, AWS_ROLE_NAME: 'transcoder', VIDEO_TRANSCODE_QUEUE: 'ocw', ...env }));
  clients.push(client);
  return client;
}
const account = { region: 'us-east-1', accountId: ACCOUNT, roleName: 'transcoder', queue: 'ocw' };
const request = (changes: Record<string, string> = {}) => transcodeRequest(account, { videoId: 'video-1', orderId: 'order-1', sourceBucket: 'ocw-storage', sourceKey: 'gdrive_uploads/8-01/abc/lecture.mov', outputBucket: 'ocw-storage', outputBase: 'transcodes/8-01/abc/lecture', ...changes });
const errorOf = async (work: Promise<unknown>): Promise<MediaConvertError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof MediaConvertError) return error;
  throw error;
};
/** The job when it has come so far. */
const untilStatus = (id: string, status: string): Promise<TranscodeJob> =>
  until(`job ${id} is ${status}`, async () => {
    const job = await clientOf().getJob(id);
    return job.status === status ? job : undefined;
  });

describe('a job', () => {
  it('is made with our ids, and done', async () => {
    const job = await clientOf().createJob(request(), 'token');
    expect(job).toMatchObject({ status: 'SUBMITTED', state: 'atWork', createdAt: NOON, inputFile: INPUT, userMetadata: { filter: 'ocw', videoId: 'video-1', orderId: 'order-1' }, durationMs: null, errorCode: null });
    expect(await untilStatus(job.id, 'COMPLETE')).toEqual({ ...job, status: 'COMPLETE', state: 'done', percent: 100, durationMs: 12_002 });
    expect(standIn.jobs()).toMatchObject([{ id: job.id, role: `arn:aws:iam::${ACCOUNT}:role/transcoder`, queue: `arn:aws:mediaconvert:us-east-1:${ACCOUNT}:queues/ocw`, token: 'token' }]);
  });

  it('takes its time', async () => {
    standIn.control({ settings: { queueMs: 5 * MINUTE, workMs: 10 * MINUTE } });
    const { id } = await clientOf().createJob(request(), 'token');
    standIn.control({ advanceMs: 5 * MINUTE - 1 });
    expect(await clientOf().getJob(id)).toMatchObject({ status: 'SUBMITTED', percent: null });
    standIn.control({ advanceMs: 1 });
    expect(await untilStatus(id, 'PROGRESSING')).toMatchObject({ state: 'atWork', percent: 50 });
    standIn.control({ advanceMs: 10 * MINUTE });
    await untilStatus(id, 'COMPLETE');
  });

  it('fails with the reason', async () => {
    const { id } = await clientOf().createJob(request({ sourceKey: 'gdrive_uploads/notes.txt' }), 'token');
    expect(await untilStatus(id, 'ERROR')).toMatchObject({ state: 'failed', errorCode: 1030, errorMessage: 'Video codec [unknown] is not a supported input video codec', durationMs: null });
  });

  it('that there is none of is missing', async () => {
    expect(await errorOf(clientOf().getJob('1-none'))).toMatchObject({ kind: 'missing', status: 404, code: 'NotFoundException' });
  });

  it('is cancelled while it is at work, and stays what it is when it has ended', async () => {
    standIn.control({ settings: { workMs: MINUTE } });
    const { id } = await clientOf().createJob(request(), 'token');
    await untilStatus(id, 'PROGRESSING');
    await clientOf().cancelJob(id);
    expect(await clientOf().getJob(id)).toMatchObject({ status: 'CANCELED', state: 'cancelled' });
    await clientOf().cancelJob(id);
    standIn.control({ advanceMs: 2 * MINUTE });
    expect(await clientOf().getJob(id)).toMatchObject({ status: 'CANCELED' });
    expect(await errorOf(clientOf().cancelJob('1-none'))).toMatchObject({ kind: 'missing' });
  });

  it('is the same for the same token within a minute, and another one later', async () => {
    const first = await clientOf().createJob(request(), 'token');
    expect((await clientOf().createJob(request(), 'token')).id).toBe(first.id);
    expect((await clientOf().createJob(request(), 'another')).id).not.toBe(first.id);
    standIn.control({ advanceMs: MINUTE });
    expect((await clientOf().createJob(request(), 'token')).id).not.toBe(first.id);
    expect(standIn.jobs()).toHaveLength(3);
  });
});

describe('a look for jobs', () => {
  it('finds those of a source, newest first and all of them', async () => {
    const client = clientOf();
    const made: string[] = [];
    for (let index = 0; index < 23; index += 1) {
      made.push((await client.createJob(request(), `token-${index}`)).id);
      standIn.control({ advanceMs: 1_000 });
    }
    standIn.journal.length = 0;
    expect((await client.findJobs(INPUT))?.map(({ id }) => id)).toEqual(made.reverse());
    expect(standIn.journal).toHaveLength(2);
  });

  it('finds those of no other source, whose address may begin or end like it', async () => {
    const client = clientOf();
    const own = await client.createJob(request(), 'a');
    await client.createJob(request({ sourceKey: 'gdrive_uploads/8-01/abc/lecture.mov.mov' }), 'b');
    expect((await client.findJobs(INPUT))?.map(({ id }) => id)).toEqual([own.id]);
    expect(await client.findJobs('s3://ocw-storage/gdrive_uploads/8-01/abc/lecture.mo')).toEqual([]);
  });

  it('finds a job whose address is longer than a search takes', async () => {
    const key = `gdrive_uploads/8-01/${'x'.repeat(400)}.mov`;
    const { id } = await clientOf().createJob(request({ sourceKey: key }), 'token');
    await clientOf().createJob(request({ sourceKey: key.replace('.mov', '.mp4') }), 'other');
    expect((await clientOf().findJobs(`s3://ocw-storage/${key}`))?.map((job) => job.id)).toEqual([id]);
  });

  it('is refused where jobs are too many to be looked at', async () => {
    for (let index = 0; index < 201; index += 1) await clientOf().createJob(request(), `token-${index}`);
    expect(await errorOf(clientOf().findJobs(INPUT))).toMatchObject({ kind: 'refused', code: 'TooManyJobs' });
  });

  it('is told by null where the account may not look: nobody can say that there are none', async () => {
    await clientOf().createJob(request(), 'token');
    standIn.control({ settings: { denied: ['SearchJobs', 'ListJobs'] } });
    expect(await clientOf().findJobs(INPUT)).toBeNull();
    standIn.control({ settings: { denied: [] } });
    expect(await clientOf().findJobs(INPUT)).toHaveLength(1);
  });

  it('finds again the job whose answer was lost, so that no second one is made', async () => {
    const client = clientOf();
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST/ });
    expect(await errorOf(client.createJob(request(), 'token'))).toMatchObject({ kind: 'uncertain', status: null });
    standIn.control({ advanceMs: 10 * MINUTE });
    const found = adoptableJob((await client.findJobs(INPUT)) ?? [], { videoId: 'video-1', orderId: 'order-1' });
    expect(standIn.jobs()).toMatchObject([{ id: found?.id }]);
  });
});

describe('an account', () => {
  it('is needed: nothing is asked without it', async () => {
    for (const env of [{ AWS_ACCOUNT_ID: '' }, { AWS_ROLE_NAME: '' }]) {
      expect(clientOf(env).account).toBeNull();
      expect(await errorOf(clientOf(env).createJob(request(), 'token'))).toMatchObject({ kind: 'refused', status: null, code: 'NotSetUp' });
    }
    expect(clientOf().account).toEqual(account);
    expect(standIn.journal).toEqual([]);
  });

  it('that may not do a thing is denied; keys that are not known (any more) may be new ones when they are asked for again', async () => {
    standIn.control({ settings: { denied: ['CreateJob'] } });
    expect(await errorOf(clientOf().createJob(request(), 'token'))).toMatchObject({ kind: 'denied', status: 403, code: 'AccessDeniedException' });
    expect(await errorOf(clientOf({ AWS_ACCESS_KEY_ID: 'rotated' }).createJob(request(), 'token'))).toMatchObject({ kind: 'unavailable', status: 403 });
    standIn.addFault({ fault: '403', reason: 'ExpiredTokenException' });
    expect(await errorOf(clientOf().getJob('1-none'))).toMatchObject({ kind: 'unavailable', status: 403 });
    expect(await errorOf(clientOf({ AWS_ACCESS_KEY_ID: 'rotated' }).findJobs(INPUT))).toMatchObject({ kind: 'unavailable' });
  });

  it('has no secret in what its errors say', async () => {
    standIn.addFault({ fault: '500' });
    const error = await errorOf(clientOf().createJob(request(), 'token'));
    expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('whose queue there is not is told so', async () => {
    expect(await errorOf(clientOf().createJob({ ...request(), Queue: 'nowhere' }, 'token'))).toMatchObject({ kind: 'missing', status: 404 });
    standIn.journal.length = 0;
  });
});

describe('a service that fails', () => {
  it.each([
    ['429', 'limited', 'limited', 429],
    ['500', 'uncertain', 'unavailable', 500],
    ['503', 'uncertain', 'unavailable', 503],
    ['403', 'denied', 'denied', 403],
    ['400', 'refused', 'refused', 400],
  ] as const)('with %s is %s for a new job, and %s for a look', async (fault, change, look, status) => {
    standIn.addFault({ fault, times: 3 });
    expect(await errorOf(clientOf().createJob(request(), 'token'))).toMatchObject({ kind: change, status });
    expect(await errorOf(clientOf().cancelJob('1-none'))).toMatchObject({ kind: change, status });
    expect(await errorOf(clientOf().getJob('1-none'))).toMatchObject({ kind: look, status });
    // One attempt each: a second of the library’s own would hide what the first may have done.
    expect(standIn.journal).toHaveLength(3);
    expect(standIn.jobs()).toEqual([]);
  });

  it('with the word of a limit is a limit, whatever its status', async () => {
    standIn.addFault({ fault: '400', reason: 'ServiceQuotaExceededException' });
    expect(await errorOf(clientOf().createJob(request(), 'token'))).toMatchObject({ kind: 'limited', code: 'ServiceQuotaExceededException' });
  });

  it('says how long to wait', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().createJob(request(), 'token'))).toMatchObject({ kind: 'limited', retryAfterMs: 7_000 });
  });

  it('and cannot be reached has made nothing', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await errorOf(clientOf({ VIDEO_S3_TRANSCODE_ENDPOINT: `http://127.0.0.1:${port}` }).createJob(request(), 'token'))).toMatchObject({ kind: 'unavailable', status: null, code: 'ECONNREFUSED' });
  });

  it.each([
    ['a page', 200, '<html>welcome</html>', 'uncertain', 'unavailable'],
    ['no job', 200, '{}', 'uncertain', 'unavailable'],
    ['a job without an id', 200, '{"job":{"status":"SUBMITTED"}}', 'uncertain', 'unavailable'],
    ['a page of a gateway', 502, '<html>Bad Gateway</html>', 'uncertain', 'unavailable'],
    ['a page that says no', 400, '<html>Bad Request</html>', 'refused', 'refused'],
  ] as const)('and answers %s is not believed', async (_what, status, body, change, look) => {
    const server = createServer((asked, response) => {
      asked.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = clientOf({ VIDEO_S3_TRANSCODE_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    try {
      expect(await errorOf(client.createJob(request(), 'token'))).toMatchObject({ kind: change });
      expect(await errorOf(client.getJob('1-2'))).toMatchObject({ kind: look });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('in the middle of its answer may have made the job', async () => {
    standIn.addFault({ fault: 'cut', afterBytes: 20 });
    expect(await errorOf(clientOf().createJob(request(), 'token'))).toMatchObject({ kind: 'uncertain' });
    expect(standIn.jobs()).toHaveLength(1);
  });

  it('ends with the activity that asks', async () => {
    standIn.addFault({ fault: 'timeout' });
    const stop = new AbortController();
    const asked = clientOf().createJob(request(), 'token', stop.signal);
    await until('it is asked', () => Promise.resolve(standIn.journal.at(-1)?.fault === 'timeout' ? true : undefined));
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
    await expect(clientOf().createJob(request(), 'token', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(standIn.journal).toHaveLength(1);
  });
});

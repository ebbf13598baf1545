import { beforeEach, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { adoptTranscodeJob, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { makeDriveVideo } from '#test/factories/video.ts';
import { useTemporal } from '../support/temporal.ts';
import { startApi, useApi } from '../support/testApi.ts';

const ACCOUNT = '123456789012';
const temporal = useTemporal();
const api = useApi({ env: () => ({ ...temporal.env, AWS_ACCOUNT_ID: ACCOUNT }) });
beforeEach(() => api.clear());

const event = (detail: Readonly<Record<string, unknown>>, id = uuidv7()) => ({ version: '0', id, 'detail-type': 'MediaConvert Job State Change', source: 'aws.mediaconvert', account: ACCOUNT, detail: { status: 'COMPLETE', ...detail } });
const post = async (body: unknown, to: Pick<typeof api, 'send'> = api) => (await to.send('POST', '/api/transcode-jobs/', { body: JSON.stringify(body), headers: { 'content-type': 'text/plain; charset=UTF-8' } })).status;

/** A video whose workflow waits, with nobody who works on it. */
async function begin() {
  const { video } = await makeDriveVideo(api.db);
  const client = createTemporalClient(api.config);
  try {
    await client.workflow.start(ingestVideoContract.workflowType, { workflowId: ingestVideoContract.workflowId(video.id), taskQueue: 'nobody', args: [{ siteId: video.siteId, videoId: video.id }] });
  } finally {
    await client.connection.close();
  }
  return video.id;
}
/** Which jobs the workflow of a video was told of. */
async function toldOf(videoId: string): Promise<unknown[]> {
  const client = createTemporalClient(api.config);
  try {
    const { events } = await client.workflow.getHandle(ingestVideoContract.workflowId(videoId)).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal == null ? [] : [{ name: signal.signalName, said: JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString('utf8')) as unknown }]));
  } finally {
    await client.connection.close();
  }
}
const told = (jobId: string) => ({ name: 'transcodeEventReceived', said: { jobId } });

test('an event of a job has its video looked at, once', async () => {
  const videoId = await begin();
  const { job } = await openTranscodeJob(api.db, videoId);
  await adoptTranscodeJob(api.db, job.id, 'job-1');
  const came = event({ jobId: 'job-1' });
  for (let count = 0; count < 3; count += 1) expect(await post(came)).toBe(200);
  expect(await toldOf(videoId)).toEqual([told('job-1')]);
});

test('an event of a job that nobody here knows is told to the video it names', async () => {
  const videoId = await begin();
  expect(await post(event({ jobId: 'job-2', userMetadata: { filter: 'Default', videoId, orderId: 'o' } }))).toBe(200);
  expect(await toldOf(videoId)).toEqual([told('job-2')]);
});

test('what we know of a job counts more than what an event says of it', async () => {
  const [own, other] = [await begin(), await begin()];
  const { job } = await openTranscodeJob(api.db, own);
  await adoptTranscodeJob(api.db, job.id, 'job-3');
  expect(await post(event({ jobId: 'job-3', userMetadata: { videoId: other } }))).toBe(200);
  expect(await toldOf(own)).toEqual([told('job-3')]);
  expect(await toldOf(other)).toEqual([]);
});

test.each([
  ['of a video nobody works at', { jobId: 'job-4', userMetadata: { videoId: uuidv7() } }],
  ['that names no video of ours', { jobId: 'job-4', userMetadata: { videoId: '../publish-site' } }],
  ['that says nothing of a video', { jobId: 'job-4' }],
  ['of no job', { userMetadata: { videoId: uuidv7() } }],
])('an event %s is kept and answered as any other', async (_what, detail) => {
  expect(await post(event(detail))).toBe(200);
  expect(await api.db('webhook_events').count({ count: '*' })).toEqual([{ count: 1 }]);
});

test('an event is answered also while the engine is down', async () => {
  const { video } = await makeDriveVideo(api.db);
  const bare = await startApi({ AWS_ACCOUNT_ID: ACCOUNT }, undefined);
  try {
    expect(await post(event({ jobId: 'job-5', userMetadata: { videoId: video.id } }), bare)).toBe(200);
    expect(bare.logged.some(({ msg }) => msg.includes('could not be told of a transcoding'))).toBe(true);
  } finally {
    await bare.stop();
  }
});

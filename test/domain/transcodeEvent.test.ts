import { describe, expect, it } from 'vitest';
import { readTranscodeEvent } from '#domain/transcodeEvent.ts';

/** An event of a job that is done, as EventBridge writes it. */
const detail = {
  timestamp: 1_764_072_000_123,
  accountId: '123456789012',
  queue: 'arn:aws:mediaconvert:us-east-1:123456789012:queues/Default',
  jobId: '1764072000000-abc123',
  status: 'COMPLETE',
  userMetadata: { filter: 'Default', videoId: 'video-1', runId: 'run-1' },
  outputGroupDetails: [
    {
      type: 'FILE_GROUP',
      outputDetails: [
        { outputFilePaths: ['s3://ocw-storage/out/lecture 1_youtube.mp4'], durationInMs: 12_345, videoDetails: { widthInPx: 1920, heightInPx: 1080 } },
        { outputFilePaths: ['s3://ocw-storage/out/lecture 1_360p_16_9.mp4'], durationInMs: 12_345, videoDetails: { widthInPx: 640, heightInPx: 360 } },
      ],
    },
  ],
};
const event = (changes: Record<string, unknown> = {}, ofDetail: Record<string, unknown> = {}): Record<string, unknown> => ({
  version: '0',
  id: 'event-1',
  'detail-type': 'MediaConvert Job State Change',
  source: 'aws.mediaconvert',
  account: '123456789012',
  time: '2025-11-25T12:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:mediaconvert:us-east-1:123456789012:jobs/1764072000000-abc123'],
  detail: { ...detail, ...ofDetail },
  ...changes,
});

const read = {
  eventId: 'event-1',
  accountId: '123456789012',
  jobId: '1764072000000-abc123',
  status: 'COMPLETE',
  state: 'done',
  at: 1_764_072_000_123,
  userMetadata: { filter: 'Default', videoId: 'video-1', runId: 'run-1' },
  files: [
    { bucket: 'ocw-storage', key: 'out/lecture 1_youtube.mp4', durationMs: 12_345, width: 1920, height: 1080 },
    { bucket: 'ocw-storage', key: 'out/lecture 1_360p_16_9.mp4', durationMs: 12_345, width: 640, height: 360 },
  ],
  errorCode: null,
  errorMessage: null,
  percent: null,
};

describe('an event', () => {
  it('is read as EventBridge hands it on, and as the message of a notification', () => {
    expect(readTranscodeEvent(event())).toEqual(read);
    expect(readTranscodeEvent({ Type: 'Notification', MessageId: 'm-1', TopicArn: 'arn:aws:sns:us-east-1:123456789012:topic', Message: JSON.stringify(event()) })).toEqual(read);
  });

  it('of a failure has its code and the beginning of its message', () => {
    const failed = readTranscodeEvent(event({}, { status: 'ERROR', errorCode: 1030, errorMessage: 'Video codec [unknown] is not a supported input video codec', outputGroupDetails: undefined }));
    expect(failed).toMatchObject({ state: 'failed', status: 'ERROR', errorCode: 1030, errorMessage: 'Video codec [unknown] is not a supported input video codec', files: [] });
    expect(readTranscodeEvent(event({}, { status: 'ERROR', errorMessage: 'x'.repeat(5_000) }))?.errorMessage).toHaveLength(1_000);
  });

  it('of the way says how far it is', () => {
    expect(readTranscodeEvent(event({}, { status: 'STATUS_UPDATE', jobProgress: { jobPercentComplete: 40 }, outputGroupDetails: undefined }))).toMatchObject({ state: 'atWork', percent: 40 });
    expect(readTranscodeEvent(event({}, { status: 'CANCELED' }))).toMatchObject({ state: 'cancelled' });
  });

  it('leaves out what it does not say, or says in another form', () => {
    expect(readTranscodeEvent(event({}, { timestamp: 'now', userMetadata: { filter: 'Default', count: 3 }, outputGroupDetails: [null, { outputDetails: [{ outputFilePaths: ['https://example.edu/a.mp4', 7, 's3://bucket', 's3://bucket/key.mp4'] }, 'x'] }] }))).toMatchObject({
      at: null,
      userMetadata: { filter: 'Default' },
      files: [{ bucket: 'bucket', key: 'key.mp4', durationMs: null, width: null, height: null }],
    });
    expect(readTranscodeEvent(event({}, { userMetadata: undefined, outputGroupDetails: undefined }))).toMatchObject({ userMetadata: {}, files: [] });
  });
});

describe('what is no event of a job', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'COMPLETE'],
    ['a list', [event()]],
    ['an event of another service', event({ source: 'aws.s3' })],
    ['an event of another kind', event({ 'detail-type': 'MediaConvert Queue Hop' })],
    ['an event without details', event({ detail: undefined })],
    ['an event without an id', event({ id: '' })],
    ['an event without an account', event({ account: 123_456_789_012 })],
    ['an event without a job', event({}, { jobId: undefined })],
    ['an event without a status', event({}, { status: '' })],
    ['a notification that is no JSON', { Type: 'Notification', Message: 'hello' }],
    ['a notification of something else', { Type: 'Notification', Message: '{"alarm":true}' }],
    ['a notification without a message', { Type: 'Notification' }],
    ['the request to confirm a subscription', { Type: 'SubscriptionConfirmation', Message: JSON.stringify(event()) }],
  ])('%s is not taken for one', (_what, body) => {
    expect(readTranscodeEvent(body)).toBeNull();
  });
});

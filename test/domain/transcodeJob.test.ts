import { describe, expect, it } from 'vitest';
import { adoptableJob, type FoundTranscodeJob, MAX_TOKEN_LENGTH, outputBaseOf, outputKeyOf, queueArnOf, requestTokenOf, type TranscodeAccount, transcodeRequest, transcodeStateOf } from '#domain/transcodeJob.ts';

const account: TranscodeAccount = { region: 'us-east-1', accountId: '123456789012', roleName: 'transcoder', queue: 'ocw-production' };
const order = { videoId: 'video-1', orderId: 'order-1', sourceBucket: 'ocw-storage', sourceKey: 'gdrive_uploads/8-01/abc/lecture-1.mov', outputBucket: 'ocw-transcodes', outputBase: 'aws_mediaconvert_transcodes/8-01/abc/lecture-1' };

describe('where outputs lie', () => {
  it.each([
    ['gdrive_uploads/8-01/abc/lecture-1.mov', 'gdrive_uploads', 'transcodes', 'transcodes/8-01/abc/lecture-1'],
    ['gdrive_uploads/8-01/abc/lecture.1.mp4', 'gdrive_uploads', 'transcodes', 'transcodes/8-01/abc/lecture.1'],
    ['gdrive_uploads/8.01/abc/lecture', 'gdrive_uploads', 'transcodes', 'transcodes/8.01/abc/lecture'],
    ['gdrive_uploads/8-01/abc/lecture-1.mov', 'gdrive_uploads', 'gdrive_uploads', 'gdrive_uploads/8-01/abc/lecture-1'],
    ['gdrive_uploads_old/8-01/lecture.mov', 'gdrive_uploads', 'transcodes', 'transcodes/gdrive_uploads_old/8-01/lecture'],
    ['8-01/gdrive_uploads/lecture.mov', 'gdrive_uploads', 'transcodes', 'transcodes/8-01/gdrive_uploads/lecture'],
    ['8-01/lecture.mov', '', 'transcodes', 'transcodes/8-01/lecture'],
  ])('%s with %s as %s is %s', (key, upload, transcode, expected) => {
    expect(outputBaseOf(key, upload, transcode)).toBe(expected);
  });

  it('is told by the output', () => {
    const keys = (['youtube', 'download', 'narrow'] as const).map((output) => outputKeyOf('a/lecture', output));
    expect(keys).toEqual(['a/lecture_youtube.mp4', 'a/lecture_360p_16_9.mp4', 'a/lecture_360p_4_3.mp4']);
  });
});

describe('a request', () => {
  it('is the template of the existing system', () => {
    const picture = {
      CodecSettings: {
        Codec: 'H_264',
        H264Settings: { RateControlMode: 'QVBR', QvbrSettings: { QvbrQualityLevel: 6 }, MaxBitrate: 8_000_000, SceneChangeDetect: 'TRANSITION_DETECTION', FramerateControl: 'SPECIFIED', FramerateNumerator: 30, FramerateDenominator: 1 },
      },
    };
    const rest = {
      ContainerSettings: { Container: 'MP4', Mp4Settings: {} },
      AudioDescriptions: [{ AudioSourceName: 'Audio Selector 1', CodecSettings: { Codec: 'AAC', AacSettings: { Bitrate: 96_000, CodingMode: 'CODING_MODE_2_0', SampleRate: 48_000 } } }],
    };
    expect(transcodeRequest(account, order)).toEqual({
      Role: 'arn:aws:iam::123456789012:role/transcoder',
      Queue: 'arn:aws:mediaconvert:us-east-1:123456789012:queues/ocw-production',
      UserMetadata: { filter: 'ocw-production', videoId: 'video-1', orderId: 'order-1' },
      AccelerationSettings: { Mode: 'DISABLED' },
      StatusUpdateInterval: 'SECONDS_60',
      Priority: 0,
      Settings: {
        TimecodeConfig: { Source: 'ZEROBASED' },
        Inputs: [{ FileInput: 's3://ocw-storage/gdrive_uploads/8-01/abc/lecture-1.mov', TimecodeSource: 'ZEROBASED', VideoSelector: {}, AudioSelectors: { 'Audio Selector 1': { DefaultSelection: 'DEFAULT' } } }],
        OutputGroups: [
          {
            Name: 'File Group',
            OutputGroupSettings: { Type: 'FILE_GROUP_SETTINGS', FileGroupSettings: { Destination: 's3://ocw-transcodes/aws_mediaconvert_transcodes/8-01/abc/lecture-1' } },
            Outputs: [
              { NameModifier: '_youtube', VideoDescription: picture, ...rest },
              { NameModifier: '_360p_16_9', VideoDescription: { Width: 640, Height: 360, ...picture }, ...rest },
              { NameModifier: '_360p_4_3', VideoDescription: { Width: 480, Height: 360, ...picture }, ...rest },
            ],
          },
        ],
      },
    });
  });

  it('names the queue by its ARN', () => {
    expect(queueArnOf({ ...account, region: 'eu-west-1' })).toBe('arn:aws:mediaconvert:eu-west-1:123456789012:queues/ocw-production');
  });
});

describe('a token', () => {
  const digest = 'a'.repeat(128);
  it('fits, and is another for another attempt or other bytes', () => {
    const tokens = [requestTokenOf(digest, 1), requestTokenOf(digest, 2), requestTokenOf(digest, 9_999_999), requestTokenOf('b'.repeat(128), 1), requestTokenOf('abc', 1)];
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const token of tokens) expect(token).toMatch(new RegExp(`^[\\x21-\\x7e]{1,${MAX_TOKEN_LENGTH}}$`));
    expect(requestTokenOf(digest, 1)).toBe(tokens[0]);
  });
});

describe('a status', () => {
  it.each([
    ['SUBMITTED', 'atWork'],
    ['PROGRESSING', 'atWork'],
    ['COMPLETE', 'done'],
    ['ERROR', 'failed'],
    ['CANCELED', 'cancelled'],
    ['STATUS_UPDATE', 'atWork'],
    ['INPUT_INFORMATION', 'atWork'],
    ['toString', 'atWork'],
    ['', 'atWork'],
  ])('%s means %s', (status, state) => {
    expect(transcodeStateOf(status)).toBe(state);
  });
});

describe('a job of before', () => {
  const job = (id: string, changes: Partial<FoundTranscodeJob> = {}): FoundTranscodeJob => ({ id, state: 'atWork', createdAt: 1_000, userMetadata: { videoId: 'video-1', orderId: 'order-1' }, ...changes });
  const adopted = (...jobs: FoundTranscodeJob[]): string | null => adoptableJob(jobs, order)?.id ?? null;

  it('is taken over when it is ours and has not failed', () => {
    expect(adopted(job('a'))).toBe('a');
    expect(adopted(job('a', { state: 'done' }))).toBe('a');
    expect(adopted(job('a', { state: 'failed' }), job('b', { state: 'cancelled' }))).toBeNull();
    expect(adopted()).toBeNull();
  });

  it('is not taken over when it is of another video or run', () => {
    expect(adopted(job('a', { userMetadata: { videoId: 'video-1', orderId: 'order-2' } }))).toBeNull();
    expect(adopted(job('a', { userMetadata: { videoId: 'video-2', orderId: 'order-1' } }))).toBeNull();
    expect(adopted(job('a', { userMetadata: {} }))).toBeNull();
  });

  it('is the one that is done, else the oldest at work', () => {
    expect(adopted(job('a', { createdAt: 1 }), job('b', { createdAt: 2, state: 'done' }))).toBe('b');
    expect(adopted(job('a', { createdAt: 2 }), job('b', { createdAt: 1 }))).toBe('b');
    expect(adopted(job('a', { createdAt: 2, state: 'done' }), job('b', { createdAt: 1, state: 'done' }))).toBe('b');
  });
});

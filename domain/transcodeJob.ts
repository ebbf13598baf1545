/** What a video is turned into, and where that lies: the job that MediaConvert is given. */

/** The three videos of a job, by what stands between the name of the source and `.mp4`. */
export const TRANSCODE_OUTPUTS = {
  /** In the size of the source, for YouTube. */
  youtube: { modifier: '_youtube', size: null },
  /** What readers download. */
  download: { modifier: '_360p_16_9', size: { width: 640, height: 360 } },
  /** The same, for what was filmed in the old form. */
  narrow: { modifier: '_360p_4_3', size: { width: 480, height: 360 } },
} as const;

/** Media type of the outputs. */
export const DOWNLOAD_TYPE = 'video/mp4';

export type TranscodeOutput = keyof typeof TRANSCODE_OUTPUTS;

/** What a job needs to know of the account it runs in. */
export interface TranscodeAccount {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** Name of the role that may read and write the buckets. */
  readonly roleName: string;
  readonly queue: string;
}

export interface TranscodeOrder {
  readonly videoId: string;
  /** Of the row that says that a job is wanted: by it a job is found again whose answer was lost. */
  readonly orderId: string;
  readonly sourceBucket: string;
  readonly sourceKey: string;
  readonly outputBucket: string;
  /** Where the outputs lie, without a modifier and an extension: see `outputBaseOf`. */
  readonly outputBase: string;
}

/** Where in the bucket of the outputs those of a source lie: under the one prefix instead of the other, without the extension. */
export function outputBaseOf(sourceKey: string, uploadPrefix: string, transcodePrefix: string): string {
  const extension = /\.[^./]*$/.exec(sourceKey)?.[0] ?? '';
  const bare = sourceKey.slice(0, sourceKey.length - extension.length);
  return bare.startsWith(`${uploadPrefix}/`) ? `${transcodePrefix}${bare.slice(uploadPrefix.length)}` : `${transcodePrefix}/${bare}`;
}

/** The key of an output. Events name it, answers of MediaConvert do not. */
export function outputKeyOf(outputBase: string, output: TranscodeOutput): string {
  return `${outputBase}${TRANSCODE_OUTPUTS[output].modifier}.mp4`;
}

/** The address MediaConvert knows an object by. */
export function s3AddressOf(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** The ARN of a queue of this account. */
export function queueArnOf(account: TranscodeAccount): string {
  return `arn:aws:mediaconvert:${account.region}:${account.accountId}:queues/${account.queue}`;
}

/** How many characters a token may have that makes two equal requests one. */
export const MAX_TOKEN_LENGTH = 64;

/** The token of one attempt: a second request with it, within a minute, is answered with the job of the first. @param digest hexadecimal, of what is transcoded */
export function requestTokenOf(digest: string, attempt: number): string {
  return `${digest.slice(0, MAX_TOKEN_LENGTH - 8)}-${attempt}`.slice(0, MAX_TOKEN_LENGTH);
}

/**
 * What MediaConvert is asked to do: three MP4 files beside each other. `filter` is what the rule of the account’s events looks at, so it is
 * the queue’s name; with another word nobody would hear of the job’s end.
 */
export function transcodeRequest(account: TranscodeAccount, order: TranscodeOrder) {
  return {
    Role: `arn:aws:iam::${account.accountId}:role/${account.roleName}`,
    Queue: queueArnOf(account),
    UserMetadata: { filter: account.queue, videoId: order.videoId, orderId: order.orderId },
    AccelerationSettings: { Mode: 'DISABLED' as const },
    StatusUpdateInterval: 'SECONDS_60' as const,
    Priority: 0,
    Settings: {
      TimecodeConfig: { Source: 'ZEROBASED' as const },
      Inputs: [
        {
          FileInput: s3AddressOf(order.sourceBucket, order.sourceKey),
          TimecodeSource: 'ZEROBASED' as const,
          VideoSelector: {},
          AudioSelectors: { 'Audio Selector 1': { DefaultSelection: 'DEFAULT' as const } },
        },
      ],
      OutputGroups: [
        {
          Name: 'File Group',
          OutputGroupSettings: { Type: 'FILE_GROUP_SETTINGS' as const, FileGroupSettings: { Destination: s3AddressOf(order.outputBucket, order.outputBase) } },
          Outputs: Object.values(TRANSCODE_OUTPUTS).map(({ modifier, size }) => outputSettings(modifier, size)),
        },
      ],
    },
  };
}

function outputSettings(modifier: string, size: { readonly width: number; readonly height: number } | null) {
  return {
    NameModifier: modifier,
    ContainerSettings: { Container: 'MP4' as const, Mp4Settings: {} },
    VideoDescription: {
      ...(size === null ? {} : { Width: size.width, Height: size.height }),
      CodecSettings: {
        Codec: 'H_264' as const,
        H264Settings: {
          RateControlMode: 'QVBR' as const,
          QvbrSettings: { QvbrQualityLevel: 6 },
          MaxBitrate: 8_000_000,
          SceneChangeDetect: 'TRANSITION_DETECTION' as const,
          FramerateControl: 'SPECIFIED' as const,
          FramerateNumerator: 30,
          FramerateDenominator: 1,
        },
      },
    },
    AudioDescriptions: [
      {
        AudioSourceName: 'Audio Selector 1',
        CodecSettings: { Codec: 'AAC' as const, AacSettings: { Bitrate: 96_000, CodingMode: 'CODING_MODE_2_0' as const, SampleRate: 48_000 } },
      },
    ],
  };
}

/** `atWork` and `done` are taken over; after `failed` and `cancelled` another job may be made. */
export type TranscodeState = 'atWork' | 'done' | 'failed' | 'cancelled';

const STATES: ReadonlyMap<string, TranscodeState> = new Map([['SUBMITTED', 'atWork'], ['PROGRESSING', 'atWork'], ['COMPLETE', 'done'], ['ERROR', 'failed'], ['CANCELED', 'cancelled']]);

/** What MediaConvert’s status means. A word that is new is a job at work: only what is known to have ended has. */
export function transcodeStateOf(status: string): TranscodeState {
  return STATES.get(status) ?? 'atWork';
}

/** A job as a look-up shows it. */
export interface FoundTranscodeJob {
  readonly id: string;
  readonly state: TranscodeState;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly userMetadata: Readonly<Record<string, string>>;
}

/**
 * The job that was made before for the same order, which is taken over instead of making another: one that is done, else one at work;
 * of several the oldest. Null when all have failed, or none is ours.
 */
export function adoptableJob<T extends FoundTranscodeJob>(jobs: readonly T[], wanted: Pick<TranscodeOrder, 'videoId' | 'orderId'>): T | null {
  const ours = jobs.filter(({ userMetadata }) => userMetadata['videoId'] === wanted.videoId && userMetadata['orderId'] === wanted.orderId).sort((a, b) => a.createdAt - b.createdAt);
  return ours.find(({ state }) => state === 'done') ?? ours.find(({ state }) => state === 'atWork') ?? null;
}

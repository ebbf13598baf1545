import { isRecord } from './fieldPaths.ts';
import { type TranscodeState, transcodeStateOf } from './transcodeJob.ts';

/** One file that a job made, as its last event names it. */
export interface TranscodedFile {
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds; null where it is not said. */
  readonly durationMs: number | null;
  /** Pixels; null where they are not said. */
  readonly width: number | null;
  readonly height: number | null;
}

/** What an event of MediaConvert says of a job. It is a hint: a raw one is signed by nobody. */
export interface TranscodeEvent {
  /** EventBridge’s own; the same when it comes again. */
  readonly eventId: string;
  /** The account it is of. */
  readonly accountId: string;
  readonly jobId: string;
  /** MediaConvert’s word, such as COMPLETE or STATUS_UPDATE. */
  readonly status: string;
  readonly state: TranscodeState;
  /** Epoch milliseconds; null where it is not said. */
  readonly at: number | null;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly files: readonly TranscodedFile[];
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
  /** Of the work so far; null where it is not said. */
  readonly percent: number | null;
}

const SOURCE = 'aws.mediaconvert';
const DETAIL_TYPE = 'MediaConvert Job State Change';
const MAX_MESSAGE = 1_000;

/**
 * Reads an event: EventBridge’s body as it is, or as the message of a notification of SNS, whose signature has been checked by then.
 * @returns null for what is no event of a job.
 */
export function readTranscodeEvent(body: unknown): TranscodeEvent | null {
  if (!isRecord(body)) return null;
  if (body['Type'] === 'Notification') {
    const message = textOf(body['Message']);
    return message === null ? null : readTranscodeEvent(parsed(message));
  }
  const { detail } = body;
  if (body['source'] !== SOURCE || body['detail-type'] !== DETAIL_TYPE || !isRecord(detail)) return null;
  const [eventId, accountId, jobId, status] = [textOf(body['id']), textOf(body['account']), textOf(detail['jobId']), textOf(detail['status'])];
  if (eventId === null || accountId === null || jobId === null || status === null) return null;
  const progress = isRecord(detail['jobProgress']) ? detail['jobProgress'] : {};
  return {
    eventId,
    accountId,
    jobId,
    status,
    state: transcodeStateOf(status),
    at: numberOf(detail['timestamp']),
    userMetadata: textsOf(detail['userMetadata']),
    files: filesOf(detail['outputGroupDetails']),
    errorCode: numberOf(detail['errorCode']),
    errorMessage: textOf(detail['errorMessage'])?.slice(0, MAX_MESSAGE) ?? null,
    percent: numberOf(progress['jobPercentComplete']),
  };
}

function filesOf(groups: unknown): TranscodedFile[] {
  return recordsOf(groups).flatMap((group) =>
    recordsOf(group['outputDetails']).flatMap((output) => {
      const video = isRecord(output['videoDetails']) ? output['videoDetails'] : {};
      const paths = Array.isArray(output['outputFilePaths']) ? (output['outputFilePaths'] as unknown[]) : [];
      return paths.flatMap((path) => {
        const place = typeof path === 'string' ? /^s3:\/\/([^/]+)\/(.+)$/s.exec(path) : null;
        const [, bucket, key] = place ?? [];
        if (bucket === undefined || key === undefined) return [];
        return [{ bucket, key, durationMs: numberOf(output['durationInMs']), width: numberOf(video['widthInPx']), height: numberOf(video['heightInPx']) }];
      });
    }),
  );
}

function recordsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isRecord) : [];
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A notification of something else: no event of a job.
    return null;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

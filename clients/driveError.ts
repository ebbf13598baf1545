import { googleWords, type GoogleAnswer } from './googleAnswer.ts';

export type DriveErrorKind = 'unavailable' | 'rateLimited' | 'quota' | 'refused' | 'missing' | 'tooLarge' | 'gone';

/** A call to Google Drive that failed. */
export class DriveError extends Error {
  override readonly name = 'DriveError';
  /**
   * `unavailable` and `rateLimited` pass by themselves, `quota` with the day or by a person’s doing. `missing`: there is no such file, or
   * it is not for us. `tooLarge`: the document is too large to be exported. `gone`: a page token or an upload session is too old.
   */
  readonly kind: DriveErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** Google’s own word for it. */
  readonly reason: string | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: DriveErrorKind, message: string, status: number | null = null, reason: string | null = null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Words of developers.google.com/workspace/drive/api/guides/handle-errors; the same status means several things. */
const KINDS: Readonly<Record<string, DriveErrorKind>> = {
  rateLimitExceeded: 'rateLimited',
  userRateLimitExceeded: 'rateLimited',
  sharingRateLimitExceeded: 'rateLimited',
  dailyLimitExceeded: 'quota',
  quotaExceeded: 'quota',
  downloadQuotaExceeded: 'quota',
  storageQuotaExceeded: 'quota',
  teamDriveFileLimitExceeded: 'quota',
  numChildrenInNonRootLimitExceeded: 'quota',
  activeItemCreationLimitExceeded: 'quota',
  exportSizeLimitExceeded: 'tooLarge',
  backendError: 'unavailable',
  internalError: 'unavailable',
  notFound: 'missing',
};

/** What an answer other than a good one means. */
export function toDriveError(answer: GoogleAnswer): DriveError {
  const { status } = answer;
  const { reason, message: said, location, retryAfterMs } = googleWords(answer);
  const message = said === '' ? `Google Drive answers ${status}` : `${said} (${status}${reason === null ? '' : ` ${reason}`})`;
  return new DriveError(kindOf(status, reason, location), message, status, reason, retryAfterMs);
}

function kindOf(status: number, reason: string | null, location: string | null): DriveErrorKind {
  if (location === 'pageToken' || status === 410) return 'gone';
  const named = reason === null ? undefined : KINDS[reason];
  if (named !== undefined) return named;
  if (status === 429) return 'rateLimited';
  // A token may be withdrawn at any time; the next call asks for another.
  if (status >= 500 || status === 408 || status === 401) return 'unavailable';
  return status === 404 ? 'missing' : 'refused';
}

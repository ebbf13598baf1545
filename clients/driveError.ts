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

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body, or its text. */
  readonly data: unknown;
}

/** What an answer other than a good one means. */
export function toDriveError({ status, headers, data }: Answer): DriveError {
  const said = saidOf(data);
  const reason = said.reason;
  const message = said.message === '' ? `Google Drive answers ${status}` : `${said.message} (${status}${reason === null ? '' : ` ${reason}`})`;
  return new DriveError(kindOf(status, reason, said.location), message, status, reason, retryAfterMsOf(headers));
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

/** The first reason of Google’s error JSON. The token endpoint answers the flat form of the OAuth standard. */
function saidOf(data: unknown): { readonly reason: string | null; readonly message: string; readonly location: string | null } {
  const body = recordOf(typeof data === 'string' ? parse(data) : data);
  const error = body['error'];
  if (typeof error === 'string') return { reason: error, message: textOf(body['error_description']) ?? error, location: null };
  const told = recordOf(error);
  const first = recordOf(Array.isArray(told['errors']) ? told['errors'][0] : undefined);
  return { reason: textOf(first['reason']), message: (textOf(told['message']) ?? '').slice(0, 300), location: textOf(first['location']) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A gateway in between answers HTML; the status says what there is to say.
    return null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function retryAfterMsOf(headers: Headers): number | null {
  const header = headers.get('retry-after');
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

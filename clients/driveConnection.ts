import { auth, drive as driveApi } from 'googleapis/build/src/apis/drive/index.js';
import { DriveError, toDriveError } from './driveError.ts';
import { createPace } from './pace.ts';

export interface DriveConnectionConfig {
  /** Where the API and its uploads are, without a path. */
  readonly driveApiUrl: string;
  readonly googleTokenUrl: string;
  /** Undefined where Drive is not set up. */
  readonly driveServiceAccount: { readonly clientEmail: string; readonly privateKey: string } | undefined;
  readonly driveSharedId: string | undefined;
}

export interface DrivePatience {
  /** How long an answer may take to begin, and one without a stream to end, milliseconds. */
  readonly answerMs: number;
  /** How long a stream may be silent, milliseconds. */
  readonly silenceMs: number;
}

/** What a single call is sent with. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly retry: false;
}

const SCOPE = 'https://www.googleapis.com/auth/drive';
/** The address the library posts every assertion to; it is no option of it. */
const VENDORS_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** Google’s advice: a second, doubled up to a minute. */
const PACE = { firstPauseMs: 1_000, longestPauseMs: 64_000 };

/** Google’s client of the Drive API with our addresses, one pace, and errors by their reason. */
export function createDriveConnection(config: DriveConnectionConfig, patience: DrivePatience) {
  const account = config.driveServiceAccount;
  const jwt = new auth.JWT({ scopes: [SCOPE], ...(account === undefined ? {} : { email: account.clientEmail, key: account.privateKey }) });
  jwt.transporter.interceptors.request.add({
    resolved: async (request) => {
      // The library ends the process when it is to send a body that was called off meanwhile: nobody hears the error of that body’s stream.
      request.signal?.throwIfAborted();
      if (request.url.href === VENDORS_TOKEN_URL) {
        request.url = new URL(config.googleTokenUrl);
        // The library neither ends it in time nor leaves it to us how often it is made.
        request.signal = AbortSignal.timeout(patience.answerMs);
        request.retryConfig = { retry: 0, noResponseRetries: 0 };
      }
      // The client asks for gzip everywhere; the length and the range of a file are those of its own bytes.
      if (request.url.searchParams.get('alt') === 'media') request.headers.set('accept-encoding', 'identity');
      return request;
    },
  });
  const drive = driveApi({ version: 'v3', auth: jwt, rootUrl: config.driveApiUrl });
  const pace = createPace(PACE);

  function sharedId(): string {
    if (account === undefined || config.driveSharedId === undefined) throw new DriveError('refused', 'Google Drive is not set up: set DRIVE_SHARED_ID and DRIVE_SERVICE_ACCOUNT_CREDS');
    return config.driveSharedId;
  }

  /** Has the next call ask for another token, unless one was asked for meanwhile. */
  function forget(token: string | null | undefined): void {
    if (jwt.credentials.access_token === token) jwt.setCredentials({ refresh_token: 'jwt-placeholder', expiry_date: 1 });
  }

  async function once<T>(work: (options: CallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    await pace.turn(abortSignal);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), patience.answerMs);
    try {
      const answer = await work({ signal: abortSignal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, abortSignal]), retry: false });
      pace.eased();
      return answer;
    } catch (error) {
      abortSignal?.throwIfAborted();
      if (timeout.signal.aborted) throw new DriveError('unavailable', `Google Drive did not answer within ${patience.answerMs} ms`);
      const named = nameError(error);
      if (named instanceof DriveError && named.kind === 'rateLimited') pace.slowed();
      throw named;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends what `work` sends, a second time when its token is no longer good. The time-out ends with the beginning of the answer, so that
   * a stream may last.
   * @throws {DriveError}
   */
  async function call<T>(work: (options: CallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    sharedId();
    const token = jwt.credentials.access_token;
    try {
      return await once(work, abortSignal);
    } catch (error) {
      if (!(error instanceof DriveError && error.status === 401)) throw error;
      forget(token);
      return once(work, abortSignal);
    }
  }

  return { drive, jwt, sharedId, call };
}

/** What the library threw, by its reason; what is no answer of Google’s and no failure of the network is thrown as it is. */
function nameError(error: unknown): unknown {
  if (error instanceof DriveError || !(error instanceof Error)) return error;
  const response = 'response' in error ? (error.response as { status: number; headers: Headers; data: unknown } | undefined) : undefined;
  if (response !== undefined) {
    const named = toDriveError(response);
    const isToken = named.reason !== null && /^invalid_|^unauthorized_client$/.test(named.reason);
    return isToken ? new DriveError('refused', `Google does not take the service account’s key: ${named.message}`, named.status, named.reason) : named;
  }
  // Only what the library could not send, or got no answer to, has a request and no answer.
  if ('config' in error) return new DriveError('unavailable', `Google Drive cannot be reached: ${error.message}`);
  return error;
}

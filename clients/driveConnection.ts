import { auth, drive as driveApi } from 'googleapis/build/src/apis/drive/index.js';
import { askForTokensAt } from './askForTokensAt.ts';
import { DriveError, toDriveError } from './driveError.ts';
import type { GoogleAnswer } from './googleAnswer.ts';
import { createGoogleCalls, type CallOptions } from './googleCalls.ts';

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

const SCOPE = 'https://www.googleapis.com/auth/drive';

/** Google’s client of the Drive API with our addresses, one pace, and errors by their reason. */
export function createDriveConnection(config: DriveConnectionConfig, patience: DrivePatience) {
  const account = config.driveServiceAccount;
  const jwt = new auth.JWT({ scopes: [SCOPE], ...(account === undefined ? {} : { email: account.clientEmail, key: account.privateKey }) });
  askForTokensAt(jwt, config.googleTokenUrl, patience.answerMs);
  jwt.transporter.interceptors.request.add({
    resolved: (request) => {
      // The client asks for gzip everywhere; the length and the range of a file are those of its own bytes.
      if (request.url.searchParams.get('alt') === 'media') request.headers.set('accept-encoding', 'identity');
      return Promise.resolve(request);
    },
  });
  const drive = driveApi({ version: 'v3', auth: jwt, rootUrl: config.driveApiUrl });
  const send = createGoogleCalls({
    answerMs: patience.answerMs,
    client: jwt,
    forgetToken: () => jwt.setCredentials({ refresh_token: 'jwt-placeholder', expiry_date: 1 }),
    named: nameError,
    late: () => new DriveError('unavailable', `Google Drive did not answer within ${patience.answerMs} ms`),
    isSlowed: (error) => error instanceof DriveError && error.kind === 'rateLimited',
    isTokenRefused: (error) => error instanceof DriveError && error.status === 401,
  });

  function sharedId(): string {
    if (account === undefined || config.driveSharedId === undefined) throw new DriveError('refused', 'Google Drive is not set up: set DRIVE_SHARED_ID and DRIVE_SERVICE_ACCOUNT_CREDS');
    return config.driveSharedId;
  }

  /**
   * Sends what `work` sends, at the pace of all.
   * @throws {DriveError}
   */
  async function call<T>(work: (options: CallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    sharedId();
    return send(work, abortSignal);
  }

  return { drive, jwt, sharedId, call };
}

/** What the library threw, by its reason; what is no answer of Google’s and no failure of the network is thrown as it is. */
function nameError(error: unknown): unknown {
  if (error instanceof DriveError || !(error instanceof Error)) return error;
  const response = 'response' in error ? (error.response as GoogleAnswer | undefined) : undefined;
  if (response !== undefined) {
    const named = toDriveError(response);
    const isToken = named.reason !== null && /^invalid_|^unauthorized_client$/.test(named.reason);
    return isToken ? new DriveError('refused', `Google does not take the service account’s key: ${named.message}`, named.status, named.reason) : named;
  }
  // Only what the library could not send, or got no answer to, has a request and no answer.
  if ('config' in error) return new DriveError('unavailable', `Google Drive cannot be reached: ${error.message}`);
  return error;
}

import { auth, youtube as youtubeApi } from 'googleapis/build/src/apis/youtube/index.js';
import { askForTokensAt } from './askForTokensAt.ts';
import { NOT_SENT } from './boundedFetch.ts';
import type { GoogleAnswer } from './googleAnswer.ts';
import { createGoogleCalls, type CallOptions } from './googleCalls.ts';
import { toYouTubeError, YouTubeError } from './youtubeError.ts';

export interface YouTubeConnectionConfig {
  /** Where the API and its uploads are, without a path. */
  readonly ytApiUrl: string;
  readonly ytTokenUrl: string;
  /** These three are undefined where YouTube is not set up. */
  readonly ytClientId: string | undefined;
  readonly ytClientSecret: string | undefined;
  /** Of the consent for the channel. */
  readonly ytRefreshToken: string | undefined;
}

/** What a call of the library is sent with. It takes the address of uploads from each call alone. */
type YouTubeCallOptions = CallOptions & { readonly rootUrl: string };

/** Google’s client of the YouTube API with our addresses, one pace, and errors by their reason. */
export function createYouTubeConnection(config: YouTubeConnectionConfig, answerMs: number) {
  const { ytApiUrl: rootUrl, ytClientId: clientId, ytClientSecret: clientSecret, ytRefreshToken: refreshToken } = config;
  const isConfigured = clientId !== undefined && clientSecret !== undefined && refreshToken !== undefined;
  const oauth = new auth.OAuth2({ ...(clientId === undefined ? {} : { clientId }), ...(clientSecret === undefined ? {} : { clientSecret }) });
  const forgetToken = (): void => oauth.setCredentials(refreshToken === undefined ? {} : { refresh_token: refreshToken });
  forgetToken();
  askForTokensAt(oauth, config.ytTokenUrl, answerMs);
  const youtube = youtubeApi({ version: 'v3', auth: oauth, rootUrl });
  const send = createGoogleCalls({
    answerMs,
    client: oauth,
    forgetToken,
    named: (error) => nameError(error, config.ytTokenUrl),
    late: () => new YouTubeError('unavailable', `YouTube did not answer within ${answerMs} ms`, { isUncertain: true }),
    isSlowed: (error) => error instanceof YouTubeError && error.kind === 'rateLimited',
    isTokenRefused: (error) => error instanceof YouTubeError && error.status === 401 && error.kind === 'unavailable',
  });

  /**
   * Sends what `work` sends and what changes something at YouTube.
   * @throws {YouTubeError} which says whether it may have been done nevertheless.
   */
  async function change<T>(work: (options: YouTubeCallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    if (!isConfigured) throw new YouTubeError('refused', 'YouTube is not set up: set YT_CLIENT_ID, YT_CLIENT_SECRET and YT_REFRESH_TOKEN');
    return send((options) => work({ ...options, rootUrl }), abortSignal);
  }

  /**
   * The same for what changes nothing, and so is never uncertain.
   * @throws {YouTubeError}
   */
  async function read<T>(work: (options: YouTubeCallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    try {
      return await change(work, abortSignal);
    } catch (error) {
      if (!(error instanceof YouTubeError && error.isUncertain)) throw error;
      throw new YouTubeError(error.kind, error.message, { status: error.status, reason: error.reason, retryAfterMs: error.retryAfterMs });
    }
  }

  return { youtube, oauth, isConfigured, change, read };
}

/** What the library threw, by its reason; what is no answer of Google’s and no failure of the network is thrown as it is. */
function nameError(error: unknown, tokenUrl: string): unknown {
  if (error instanceof YouTubeError || !(error instanceof Error)) return error;
  // Only what the library could not send, or got no good answer to, has a request.
  if (!('config' in error)) return error;
  const asked = String((error.config as { readonly url?: unknown }).url);
  // Without a token nothing was asked of YouTube yet.
  const isForToken = asked === new URL(tokenUrl).href;
  const response = 'response' in error ? (error.response as GoogleAnswer | undefined) : undefined;
  if (response !== undefined) {
    const named = toYouTubeError(response);
    return isForToken && named.isUncertain ? new YouTubeError(named.kind, named.message, { status: named.status, reason: named.reason, retryAfterMs: named.retryAfterMs }) : named;
  }
  const code = 'code' in error ? String(error.code) : '';
  return new YouTubeError('unavailable', `YouTube cannot be reached: ${error.message}`, { isUncertain: !isForToken && !NOT_SENT.test(code) });
}

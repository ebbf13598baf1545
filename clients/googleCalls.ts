import type { auth } from 'googleapis/build/src/apis/drive/index.js';
import { createPace } from './pace.ts';

/** What a single call is sent with. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly retry: false;
}

export interface GoogleCallsOptions {
  /** How long an answer may take to begin, and one without a stream to end, milliseconds. */
  readonly answerMs: number;
  /** What Google’s library asks with; a token it has is in `credentials`. */
  readonly client: Pick<InstanceType<typeof auth.OAuth2>, 'credentials' | 'transporter'>;
  /** Has the library ask for another token. */
  readonly forgetToken: () => void;
  /** What the library threw, as one of our errors. */
  readonly named: (error: unknown) => unknown;
  /** What to throw when nothing was answered in time. */
  readonly late: () => Error;
  readonly isSlowed: (error: unknown) => boolean;
  readonly isTokenRefused: (error: unknown) => boolean;
}

/** Google’s advice: a second, doubled up to a minute. */
const PACE = { firstPauseMs: 1_000, longestPauseMs: 64_000 };

/** One way to send all calls of a client of Google’s: at one pace, with a bound of time, and with another token when the old one is no longer good. */
export function createGoogleCalls(options: GoogleCallsOptions) {
  const { client, answerMs } = options;
  const pace = createPace(PACE);
  // The library ends the process when it is to send a body that was called off meanwhile: nobody hears the error of that body’s stream.
  client.transporter.interceptors.request.add({
    resolved: async (request) => {
      request.signal?.throwIfAborted();
      return request;
    },
  });

  async function once<T>(work: (options: CallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    await pace.turn(abortSignal);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), answerMs);
    try {
      const answer = await work({ signal: abortSignal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, abortSignal]), retry: false });
      pace.eased();
      return answer;
    } catch (error) {
      abortSignal?.throwIfAborted();
      if (timeout.signal.aborted) throw options.late();
      const named = options.named(error);
      if (options.isSlowed(named)) pace.slowed();
      throw named;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends what `work` sends, a second time when its token is no longer good. The time-out ends with the beginning of the answer, so that
   * a stream may last.
   */
  return async function call<T>(work: (options: CallOptions) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    const token = client.credentials.access_token;
    try {
      return await once(work, abortSignal);
    } catch (error) {
      if (!options.isTokenRefused(error)) throw error;
      // Unless another call asked for a new one meanwhile.
      if (client.credentials.access_token === token) options.forgetToken();
      return once(work, abortSignal);
    }
  };
}

import { Octokit } from '@octokit/rest';
import { createGitHubApp, type GitHubAppConfig } from './gitHubApp.ts';
import { GitHubError, isRequestError, toGitHubError } from './gitHubError.ts';
import { createRateGate } from './rateGate.ts';

export interface GitHubConnectionConfig {
  /** Undefined means github.com; an Enterprise Server's address ends in /api/v3. */
  readonly apiUrl: string | undefined;
  readonly token: string | undefined;
  /** Signs in instead of the token. */
  readonly app: GitHubAppConfig | null;
  readonly timeoutSeconds: number;
  /** Calls of the hourly quota that are left for people. */
  readonly rateLimitCutoff: number;
}

/** Answers that are kept to be asked for again by their ETag. */
const KEPT_ANSWERS = 2_000;

/** Octokit at one host with one credential: it keeps the limits, asks by ETag, and ends what is not answered. */
export function createGitHubConnection(config: GitHubConnectionConfig) {
  const octokit = new Octokit({
    ...(config.apiUrl === undefined ? {} : { baseUrl: config.apiUrl }),
    userAgent: 'ocw-studio',
    request: { timeout: config.timeoutSeconds * 1_000 },
    // Limits and failures become failures of the activity, which waits without holding a worker.
    retry: { enabled: false },
    // A 404 is an answer here, not an event: what matters is logged where it is decided.
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const gate = createRateGate({ cutoff: config.rateLimitCutoff });
  const app = config.app === null ? null : createGitHubApp(config.app, octokit);
  type Answer = Awaited<ReturnType<typeof octokit.request>>;
  /** Answers by URL, the one used last at the end. */
  const kept = new Map<string, Answer>();
  const keep = (url: string, answer: Answer): void => {
    kept.delete(url);
    kept.set(url, answer);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_ANSWERS) break;
      kept.delete(oldest);
    }
  };

  octokit.hook.wrap('request', async (request, options) => {
    const url = octokit.request.endpoint(options).url;
    const isRead = options.method === 'GET';
    const send = async (authorization: string | undefined): Promise<Answer> => {
      const before = isRead ? kept.get(url) : undefined;
      // In place: the hooks that were registered before this one are bound to these very options.
      if (authorization !== undefined) options.headers.authorization = authorization;
      if (before?.headers.etag !== undefined) options.headers['if-none-match'] = before.headers.etag;
      try {
        const answer = await request(options);
        gate.hear({ status: answer.status, message: '', headers: answer.headers });
        if (isRead && answer.headers.etag !== undefined) keep(url, answer);
        return answer;
      } catch (error) {
        if (isRequestError(error) && error.response !== undefined) gate.hear({ status: error.status, message: error.message, headers: error.response.headers });
        // What did not change costs nothing of the quota.
        if (before === undefined || !isRequestError(error) || error.status !== 304) throw error;
        keep(url, before);
        return before;
      }
    };
    if (options.headers.authorization !== undefined) return gate.pass(() => send(undefined));
    if (app === null) return gate.pass(() => send(config.token === undefined ? undefined : `token ${config.token}`));
    // Outside of the gate: making a token is a call that passes it by itself.
    const token = await app.token();
    try {
      return await gate.pass(() => send(`token ${token}`));
    } catch (error) {
      if (!isRequestError(error) || error.status !== 401) throw error;
      // Revoked before its time, as when the App's rights were changed.
      app.forget(token);
      const another = await app.token();
      return gate.pass(() => send(`token ${another}`));
    }
  });

  /**
   * Sends what `work` sends within the time-out, and names what goes wrong.
   * @throws {GitHubError}
   */
  async function call<T>(work: (request: { signal: AbortSignal }) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    const timeout = AbortSignal.timeout(config.timeoutSeconds * 1_000);
    try {
      return await work({ signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]) });
    } catch (error) {
      abortSignal?.throwIfAborted();
      if (timeout.aborted) throw new GitHubError('unavailable', 'GitHub did not answer in time', null);
      throw toGitHubError(error);
    }
  }

  /** Null in place of what is not there. */
  async function orNull<T>(promise: Promise<T>): Promise<T | null> {
    try {
      return await promise;
    } catch (error) {
      if (error instanceof GitHubError && error.kind === 'missing') return null;
      throw error;
    }
  }

  return { octokit, app, call, orNull };
}

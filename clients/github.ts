import { Octokit } from '@octokit/rest';
import { createGitHubApp } from './gitHubApp.ts';
import { GitHubError, isRequestError, toGitHubError } from './gitHubError.ts';
import { createRateGate } from './rateGate.ts';

export { GitHubError } from './gitHubError.ts';

export interface GitHubConfig {
  /** Undefined means github.com; an Enterprise Server's address ends in /api/v3. */
  readonly gitApiUrl: string | undefined;
  readonly gitToken: string | undefined;
  /** A GitHub App signs in instead of the token when both are set. */
  readonly githubAppId: string | undefined;
  readonly githubAppPrivateKey: string | undefined;
  readonly gitOrganization: string;
  readonly gitBranchMain: string;
  readonly gitBranchPreview: string;
  readonly gitBranchRelease: string;
  readonly githubTimeoutSeconds: number;
  /** Calls of the hourly quota that are left for people. */
  readonly githubRateLimitCutoff: number;
}

/** Answers that are kept to be asked for again by their ETag. */
const KEPT_ANSWERS = 2_000;

export type GitHubClient = ReturnType<typeof createGitHub>;

/** Repositories, refs and merges of the organization of content repositories. Contents travel by git, not through here. */
export function createGitHub(config: GitHubConfig) {
  const octokit = new Octokit({
    ...(config.gitApiUrl === undefined ? {} : { baseUrl: config.gitApiUrl }),
    userAgent: 'ocw-studio',
    request: { timeout: config.githubTimeoutSeconds * 1_000 },
    // Limits and failures become failures of the activity, which waits without holding a worker.
    retry: { enabled: false },
    // A 404 is an answer here, not an event: what matters is logged where it is decided.
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const owner = config.gitOrganization;
  const gate = createRateGate({ cutoff: config.githubRateLimitCutoff });
  const app =
    config.githubAppId === undefined || config.githubAppPrivateKey === undefined
      ? null
      : createGitHubApp({ appId: config.githubAppId, privateKey: config.githubAppPrivateKey, organization: owner }, octokit);
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
    if (app === null) return gate.pass(() => send(config.gitToken === undefined ? undefined : `token ${config.gitToken}`));
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

  async function call<T>(work: (request: { signal: AbortSignal }) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    const timeout = AbortSignal.timeout(config.githubTimeoutSeconds * 1_000);
    try {
      return await work({ signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]) });
    } catch (error) {
      abortSignal?.throwIfAborted();
      if (timeout.aborted) throw new GitHubError('unavailable', 'GitHub did not answer in time', null);
      throw toGitHubError(error);
    }
  }

  async function orNull<T>(promise: Promise<T>): Promise<T | null> {
    try {
      return await promise;
    } catch (error) {
      if (error instanceof GitHubError && error.kind === 'missing') return null;
      throw error;
    }
  }

  async function branchHead(repo: string, branch: string, abortSignal?: AbortSignal): Promise<string | null> {
    const ref = await orNull(call((request) => octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}`, request }), abortSignal));
    return ref?.data.object.sha ?? null;
  }

  async function createBranch(repo: string, branch: string, sha: string, abortSignal?: AbortSignal): Promise<void> {
    try {
      await call((request) => octokit.rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha, request }), abortSignal);
    } catch (error) {
      // 422: an earlier try made it before its answer was lost.
      if (!(error instanceof GitHubError && error.status === 422 && (await branchHead(repo, branch, abortSignal)) !== null)) throw error;
    }
  }

  return {
    branchHead,

    /**
     * A token for git commands on this host that lives for at least 20 minutes more; undefined when none is configured.
     * @throws {GitHubError}
     */
    gitToken: async (): Promise<string | undefined> => (app === null ? config.gitToken : call(() => app.token())),

    /**
     * Makes the repository with its three branches, or completes one that is half made.
     * @returns whether this call created it.
     * @throws {GitHubError}
     */
    async ensureRepository(repo: string, abortSignal?: AbortSignal): Promise<{ created: boolean; htmlUrl: string }> {
      let created = false;
      let found = await orNull(call((request) => octokit.rest.repos.get({ owner, repo, request }), abortSignal));
      if (found === null) {
        try {
          await call((request) => octokit.rest.repos.createInOrg({ org: owner, name: repo, auto_init: true, private: true, request }), abortSignal);
          created = true;
        } catch (error) {
          // 422: the name exists by now, made by a try whose answer was lost.
          if (!(error instanceof GitHubError && error.status === 422)) throw error;
        }
        found = await call((request) => octokit.rest.repos.get({ owner, repo, request }), abortSignal);
      }
      const main = config.gitBranchMain;
      const defaultBranch = found.data.default_branch;
      let head = await branchHead(repo, main, abortSignal);
      if (head === null) {
        head = await branchHead(repo, defaultBranch, abortSignal);
        if (head === null) throw new GitHubError('missing', `Repository ${owner}/${repo} has no commit to begin its ${main} branch from`, null);
        await createBranch(repo, main, head, abortSignal);
      }
      if (defaultBranch !== main) await call((request) => octokit.rest.repos.update({ owner, repo, default_branch: main, request }), abortSignal);
      for (const branch of [config.gitBranchPreview, config.gitBranchRelease]) {
        if ((await branchHead(repo, branch, abortSignal)) === null) await createBranch(repo, branch, head, abortSignal);
      }
      return { created, htmlUrl: found.data.html_url };
    },

    /**
     * Merges a commit into a branch; nothing to merge is fine.
     * @returns the branch's head afterwards.
     * @throws {GitHubError} kind `conflict` when somebody changed the branch by hand.
     */
    async merge(repo: string, base: string, head: string, abortSignal?: AbortSignal): Promise<string> {
      await call((request) => octokit.rest.repos.merge({ owner, repo, base, head, commit_message: `Merge ${config.gitBranchMain} to ${base}`, request }), abortSignal);
      const merged = await branchHead(repo, base, abortSignal);
      if (merged === null) throw new GitHubError('missing', `Branch ${base} of ${owner}/${repo} does not exist`, 404);
      return merged;
    },
  };
}

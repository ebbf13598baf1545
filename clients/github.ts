import { Octokit } from '@octokit/rest';

export type GitHubErrorKind = 'unavailable' | 'rateLimited' | 'refused' | 'conflict' | 'missing';

/** A call to GitHub that failed. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly kind: GitHubErrorKind;
  readonly status: number | null;
  /** How long GitHub asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: GitHubErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface GitHubConfig {
  /** Undefined means github.com; an Enterprise Server's address ends in /api/v3. */
  readonly gitApiUrl: string | undefined;
  readonly gitToken: string | undefined;
  readonly gitOrganization: string;
  readonly gitBranchMain: string;
  readonly gitBranchPreview: string;
  readonly gitBranchRelease: string;
  readonly githubTimeoutSeconds: number;
}

interface RequestErrorLike {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>>; readonly data?: unknown };
}

function isRequestError(error: unknown): error is RequestErrorLike {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** What an Octokit error means: whether to wait, to give up, or that the thing is not there. */
function toGitHubError(error: unknown): unknown {
  if (!isRequestError(error)) return error;
  // Octokit reports what never got an answer as a status 500 of its own making.
  if (error.response === undefined) return new GitHubError('unavailable', error.message, null);
  const { headers } = error.response;
  const retryAfterSeconds = Number(headers['retry-after']);
  const resetSeconds = Number(headers['x-ratelimit-reset']);
  const secondary = /secondary rate limit|abuse detection/i.test(error.message);
  const exhausted = headers['x-ratelimit-remaining'] === '0' || headers['x-ratelimit-remaining'] === 0;
  if (error.status === 429 || (error.status === 403 && (secondary || exhausted || Number.isFinite(retryAfterSeconds)))) {
    const waitMs = Number.isFinite(retryAfterSeconds)
      ? retryAfterSeconds * 1_000
      : exhausted && Number.isFinite(resetSeconds)
        ? Math.max(1_000, resetSeconds * 1_000 - Date.now())
        : 60_000;
    return new GitHubError('rateLimited', error.message, error.status, waitMs);
  }
  if (error.status >= 500) return new GitHubError('unavailable', error.message, error.status, Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : null);
  if (error.status === 404) return new GitHubError('missing', error.message, 404);
  if (error.status === 409) return new GitHubError('conflict', error.message, 409);
  return new GitHubError('refused', error.message, error.status);
}

export type GitHubClient = ReturnType<typeof createGitHub>;

/** Repositories, refs and merges of the organization of content repositories. Contents travel by git, not through here. */
export function createGitHub(config: GitHubConfig) {
  const octokit = new Octokit({
    ...(config.gitToken === undefined ? {} : { auth: config.gitToken }),
    ...(config.gitApiUrl === undefined ? {} : { baseUrl: config.gitApiUrl }),
    userAgent: 'ocw-studio',
    request: { timeout: config.githubTimeoutSeconds * 1_000 },
    // Limits and failures become failures of the activity, which waits without holding a worker.
    retry: { enabled: false },
    // A 404 is an answer here, not an event: what matters is logged where it is decided.
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const owner = config.gitOrganization;

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

import { createGitHubConnection } from './gitHubConnection.ts';
import { GitHubError } from './gitHubError.ts';

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

export type GitHubClient = ReturnType<typeof createGitHub>;

/** Repositories, refs and merges of the organization of content repositories. Contents travel by git, not through here. */
export function createGitHub(config: GitHubConfig) {
  const owner = config.gitOrganization;
  const { octokit, app, call, orNull } = createGitHubConnection({
    apiUrl: config.gitApiUrl,
    token: config.gitToken,
    app: config.githubAppId === undefined || config.githubAppPrivateKey === undefined ? null : { appId: config.githubAppId, privateKey: config.githubAppPrivateKey, organization: owner },
    timeoutSeconds: config.githubTimeoutSeconds,
    rateLimitCutoff: config.githubRateLimitCutoff,
  });

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
     * Closes a repository to everybody who writes, or opens it again.
     * @throws {GitHubError}
     */
    async setArchived(repo: string, archived: boolean, abortSignal?: AbortSignal): Promise<'changed' | 'unchanged' | 'missing'> {
      const found = await orNull(call((request) => octokit.rest.repos.get({ owner, repo, request }), abortSignal));
      if (found === null) return 'missing';
      if (found.data.archived === archived) return 'unchanged';
      await call((request) => octokit.rest.repos.update({ owner, repo, archived, request }), abortSignal);
      return 'changed';
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

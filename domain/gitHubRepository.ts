export interface GitHubRepository {
  readonly owner: string;
  readonly repo: string;
}

const OWNER_AND_REPO = /^\/?([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/;

/** The repository a git address names on a GitHub host, by https, ssh or the short `git@host:owner/repo`; null for a path or any other address. */
export function gitHubRepositoryOf(gitUrl: string): GitHubRepository | null {
  const path = /^(?:https?|ssh):\/\/[^/]+(\/.*)$/.exec(gitUrl)?.[1] ?? /^[\w.-]+@[\w.-]+:(?!\/\/)(.+)$/.exec(gitUrl)?.[1];
  const [, owner, repo] = OWNER_AND_REPO.exec(path ?? '') ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo };
}

import { type Config, ConfigError } from './load.ts';

/**
 * Sees that whoever writes the content repositories can sign in there.
 * @throws {ConfigError} naming the variables to set.
 */
export function requireGitCredentials(config: Pick<Config, 'gitToken' | 'githubAppId' | 'githubAppPrivateKey' | 'gitCloneBaseUrl'>): void {
  if ((config.githubAppId === undefined) !== (config.githubAppPrivateKey === undefined)) {
    throw new ConfigError(['GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong together: set both, or neither and GIT_TOKEN']);
  }
  if (config.githubAppId === undefined && config.gitToken === undefined && /^https?:/.test(config.gitCloneBaseUrl)) {
    throw new ConfigError([`Nobody can sign in at ${config.gitCloneBaseUrl}: set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or GIT_TOKEN`]);
  }
}

import type { PinnedSources } from '#domain/pinnedSourcesOf.ts';
import type { ActivityDeps } from './deps.ts';
import { readWebpackManifest } from './sharedTree.ts';
import { StepError } from './stepError.ts';

/**
 * What a build of now would take: the heads of themes and projects, and the newest asset manifest. Nothing is fetched.
 * @throws {StepError} BranchMissing, final.
 */
export async function newestSources(deps: Pick<ActivityDeps, 'config' | 'git' | 's3'>, abortSignal: AbortSignal): Promise<PinnedSources> {
  const { config, git } = deps;
  // Before the themes, as a build reads it: assets that come in between are newer than what names them.
  const webpackVersion = (await readWebpackManifest(deps, null, abortSignal))?.version ?? null;
  const headOf = async (kind: 'themes' | 'projects', url: string, branch: string): Promise<string> => {
    const head = await git.remoteHead(url, branch, { abortSignal });
    if (head === null) throw new StepError('BranchMissing', `The ${kind} repository has no branch ‘${branch}’.`);
    return head;
  };
  return { themesCommit: await headOf('themes', config.themesGitUrl, config.themesBranch), projectsCommit: await headOf('projects', config.projectsGitUrl, config.projectsBranch), webpackVersion };
}

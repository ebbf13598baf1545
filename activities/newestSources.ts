import type { PinnedSources } from '#domain/pinnedSourcesOf.ts';
import type { ActivityDeps } from './deps.ts';
import { branchMissing, readWebpackManifest, type SharedRepository, sharedRepository } from './sharedTree.ts';

/**
 * What a build of now would take: the heads of themes and projects, and the newest asset manifest. Nothing is fetched.
 * @throws {StepError} BranchMissing, final.
 */
export async function newestSources(deps: Pick<ActivityDeps, 'config' | 'git' | 's3'>, abortSignal: AbortSignal): Promise<PinnedSources> {
  const { config, git } = deps;
  // Before the themes, as a build reads it: assets that come in between are newer than what names them.
  const webpackVersion = (await readWebpackManifest(deps, null, abortSignal))?.version ?? null;
  const headOf = async (kind: SharedRepository): Promise<string> => {
    const { url, branch } = sharedRepository(config, kind);
    const head = await git.remoteHead(url, branch, { abortSignal });
    if (head === null) throw branchMissing(kind, branch);
    return head;
  };
  return { themesCommit: await headOf('themes'), projectsCommit: await headOf('projects'), webpackVersion };
}

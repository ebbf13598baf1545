import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { themeManifestKey } from '#domain/themeAssets.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

/** The themes' asset manifest as a build uses it. */
export interface WebpackManifest {
  readonly body: Buffer;
  /** S3's id of the version, or, where the bucket keeps none, a name that tells this content from another. */
  readonly version: string;
}

/** Where the bucket keeps no versions, a manifest is named by its ETag. */
const UNVERSIONED = 'etag:';

/**
 * The manifest of the themes' assets, in the version given or the newest; themes that need none have none.
 * @throws {StepError} OutputGone when the version given is not kept any more: without it every page would lose its assets.
 */
export async function readWebpackManifest({ config, s3 }: Pick<ActivityDeps, 'config' | 's3'>, version: string | null, abortSignal: AbortSignal): Promise<WebpackManifest | null> {
  const found = await s3.getVersion(config.artifactsBucket, themeManifestKey(config.themesBranch), { versionId: version?.startsWith(UNVERSIONED) === true ? null : version, abortSignal });
  if (found === null && version !== null) throw new StepError('OutputGone', `The themes’ asset manifest that this was built with (${version}) is not in the bucket any more. Publish the site again.`);
  return found === null ? null : { body: found.body, version: found.versionId ?? `${UNVERSIONED}${found.etag}` };
}

/** What all sites are built with beside their own content. */
export type SharedRepository = 'themes' | 'projects';

/** Where a shared repository is, and the branch builds take. */
export function sharedRepository(config: ActivityDeps['config'], kind: SharedRepository): { readonly url: string; readonly branch: string } {
  return kind === 'themes' ? { url: config.themesGitUrl, branch: config.themesBranch } : { url: config.projectsGitUrl, branch: config.projectsBranch };
}

/** That the branch builds take of a shared repository is not there: final. */
export function branchMissing(kind: SharedRepository, branch: string): StepError {
  return new StepError('BranchMissing', `The ${kind} repository has no branch ‘${branch}’.`);
}

/** A themes or projects repository at the commit given or the head of its branch, exported once per commit (and asset manifest). */
export async function sharedTree(
  { config, git, workspace }: Pick<ActivityDeps, 'config' | 'git' | 'workspace'>,
  kind: SharedRepository,
  at: { readonly commit: string | null; readonly webpack: WebpackManifest | null },
  abortSignal: AbortSignal,
): Promise<{ directory: string; commit: string }> {
  const { url, branch } = sharedRepository(config, kind);
  const { webpack } = at;
  const mirror = workspace.mirrorDir(url);
  return workspace.exclusive(mirror, async () => {
    // A given commit needs no look at the repository where the tree is on this machine already.
    if (at.commit === null) await git.updateMirror(url, mirror, { abortSignal });
    const commit = at.commit ?? (await git.headOf(mirror, branch, { abortSignal }));
    if (commit === null) throw branchMissing(kind, branch);
    const key = webpack === null ? `${kind}-${commit}` : `${kind}-${commit}-${createHash('sha256').update(webpack.body).digest('hex').slice(0, 12)}`;
    const directory = await workspace.shared(key, async (part) => {
      await git.ensureCommit(url, mirror, commit, { abortSignal });
      await git.exportTree(mirror, commit, part, { abortSignal });
      if (webpack !== null) {
        await mkdir(join(part, 'base-theme', 'data'), { recursive: true });
        await writeFile(join(part, 'base-theme', 'data', 'webpack.json'), webpack.body);
      }
    });
    return { directory, commit };
  });
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { fileExists } from '#clients/fileExists.ts';
import type { HugoBinary } from '#clients/hugo.ts';
import { HugoError } from '#clients/hugo.ts';
import { findRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { themesOf } from '#domain/hugoSettings.ts';
import type { Manifest } from '#domain/manifest.ts';
import { type PinnedSources, pinnedSourcesOf } from '#domain/pinnedSourcesOf.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { readThemeDeclaration, type ThemeDeclaration, themeDeclarationFile, undeclaredTheme } from '#domain/themeDeclaration.ts';
import type { ActivityDeps } from './deps.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import { isRootSite } from './places.ts';
import { repositoryUrl } from './repositoryUrl.ts';
import { readWebpackManifest, sharedTree } from './sharedTree.ts';
import { StepError } from './stepError.ts';

/** Everything a build is made of, the same for each of its outputs. */
export interface BuildSource {
  /** With the address the run was frozen with. */
  readonly site: SiteRow;
  readonly version: PublishVersion;
  readonly starterSlug: string;
  readonly starterConfig: SiteConfig;
  readonly themesDir: string;
  readonly themesCommit: string;
  readonly projectsDir: string;
  readonly projectsCommit: string;
  /** Null where the themes have no asset manifest. */
  readonly webpackVersion: string | null;
  readonly declaration: ThemeDeclaration;
  readonly outputs: readonly OutputSource[];
}

/** What one output of a build has of its own. */
export interface OutputSource {
  /** Empty for the site's own theme. */
  readonly theme: string;
  /** Hugo's configuration. */
  readonly configFile: string;
  readonly hugo: HugoBinary;
}

/** What outputs of a run that are stored already were made of: the others are made of the same. */
export type Pinned = Pick<Manifest, 'themesCommit' | 'projectsCommit' | 'webpackVersion'>;

/** Brings what a build is made of onto this machine. */
export function createBuildSource(deps: Pick<ActivityDeps, 'config' | 'db' | 'git' | 'hugo' | 's3' | 'workspace'>) {
  const { config, db, git, hugo, workspace } = deps;

  return { planOutputs, prepare, checkOut };

  /** The site with the address it was frozen with, its starter, the themes it is built with, and the state of them the run is bound to, if it is. */
  async function planOutputs(input: { readonly siteId: string; readonly runId: string }): Promise<{ readonly site: SiteRow; readonly starterSlug: string; readonly starterConfig: SiteConfig; readonly themes: readonly string[]; readonly pinned: PinnedSources | null }> {
    const [present, run] = await Promise.all([findSite(db, input.siteId), findRun(db, input.runId)]);
    if (present === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    const starter = present.starterId === null ? undefined : await findStarter(db, present.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${present.title}’ has no starter. Give it one, then retry.`);
    const site = { ...present, urlPath: frozenUrlPath(run, present) };
    return { site, starterSlug: starter.slug, starterConfig: starter.config as SiteConfig, themes: themesOf(config, { starterSlug: starter.slug, isRoot: isRootSite(config, site.name) }), pinned: pinnedSourcesOf(run?.frozen ?? {}) ?? null };
  }

  async function prepare(planned: Awaited<ReturnType<typeof planOutputs>>, version: PublishVersion, stored: Pinned | null, abortSignal: AbortSignal): Promise<BuildSource> {
    const pinned = stored ?? planned.pinned;
    // Read once: a deploy of assets in the middle of the build changes nothing of it.
    const webpackOf = readWebpackManifest(deps, pinned?.webpackVersion ?? null, abortSignal);
    const [themes, projects, webpack] = await allOf([
      webpackOf.then((webpack) => sharedTree(deps, 'themes', { commit: pinned?.themesCommit ?? null, webpack }, abortSignal)),
      sharedTree(deps, 'projects', { commit: pinned?.projectsCommit ?? null, webpack: null }, abortSignal),
      webpackOf,
    ]);
    const { site, starterSlug, starterConfig } = planned;
    const outputs: OutputSource[] = [];
    for (const theme of planned.themes) {
      const folder = theme === '' ? starterSlug : theme;
      const configFile = join(projects.directory, folder, 'config.yaml');
      if (!(await fileExists(configFile))) {
        const whose = theme === '' ? 'so Hugo cannot build sites of this starter' : 'so Hugo cannot build the extra theme that OCW_EXTRA_COURSE_THEMES names';
        throw new StepError('ProjectMissing', `The projects repository has no ‘${folder}/config.yaml’ (at ${projects.commit.slice(0, 8)}), ${whose}. Add it, then retry.`);
      }
      outputs.push({ theme, configFile, hugo: await binaryFor(folder, theme === '' ? starterConfig : null) });
    }
    return {
      site,
      version,
      starterSlug,
      starterConfig,
      themesDir: themes.directory,
      themesCommit: themes.commit,
      projectsDir: projects.directory,
      projectsCommit: projects.commit,
      webpackVersion: webpack?.version ?? null,
      declaration: await readDeclaration(themes.directory),
      outputs,
    };
  }

  /** The Hugo that builds a starter or an extra theme. */
  async function binaryFor(folder: string, starterConfig: SiteConfig | null): Promise<HugoBinary> {
    const wanted = starterConfig?.['hugo-version'] ?? config.hugoVersions[folder] ?? null;
    try {
      return await hugo.binaryOf(wanted);
    } catch (error) {
      if (wanted === null || !(error instanceof HugoError) || error.kind !== 'missing') throw error;
      throw new StepError('HugoMissing', `‘${folder}’ is to be built by Hugo ${wanted}, which the worker does not have: ${error.output}. Install it and name it in HUGO_BINS, then retry.`);
    }
  }

  async function readDeclaration(themesDir: string): Promise<ThemeDeclaration> {
    const file = join(themesDir, themeDeclarationFile);
    if (!(await fileExists(file))) return undeclaredTheme;
    try {
      return readThemeDeclaration(parseYaml(await readFile(file, 'utf8')));
    } catch (error) {
      throw new StepError('ThemesUnreadable', `The themes repository cannot be used: ${error instanceof Error ? error.message : String(error)}. Mend ${themeDeclarationFile}, then retry.`);
    }
  }

  /** Writes one commit of a site's repository into a folder. */
  async function checkOut(site: SiteRow, commit: string, siteDir: string, abortSignal: AbortSignal): Promise<void> {
    const url = repositoryUrl(config, site);
    const mirror = workspace.mirrorDir(url);
    await workspace.exclusive(mirror, async () => {
      // The writer of the repository may have left the commit here.
      await git.ensureCommit(url, mirror, commit, { abortSignal });
      await git.exportTree(mirror, commit, siteDir, { abortSignal });
    });
  }
}

/** Waits for all, also when one fails: nothing of a build goes on behind its end. @throws the first failure. */
export async function allOf<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(work);
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}

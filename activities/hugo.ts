import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { contentTypeOf } from '#domain/contentType.ts';
import { parseHugoOutput } from '#domain/hugoErrors.ts';
import { formatBytes, type Manifest, type ManifestEntry } from '#domain/manifest.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { maskVolatile, readThemeDeclaration, type ThemeDeclaration, themeDeclarationFile, undeclaredTheme } from '#domain/themeDeclaration.ts';
import { HugoError } from '#clients/hugo.ts';
import { S3Error } from '#clients/s3.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { activityContext } from './activityContext.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import { inParallel } from './inParallel.ts';
import { missingInstructors } from './instructors.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { repositoryUrl } from './repository.ts';
import { staticIdentity } from './staticIdentity.ts';
import { StepError } from './stepError.ts';

export interface BuildSiteInput extends PhaseInput {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly commit: string;
}

export interface BuildSiteResult extends PhaseResult {
  readonly buildKey: string;
}

interface BuildSource {
  /** With the address the run was frozen with. */
  readonly site: SiteRow;
  readonly starterSlug: string;
  readonly starterConfig: SiteConfig;
  readonly themesDir: string;
  readonly themesCommit: string;
  readonly projectsDir: string;
  readonly projectsCommit: string;
  readonly declaration: ThemeDeclaration;
}

/** Builds of sites with Hugo. */
export function createHugoActivities(deps: ActivityDeps) {
  const { config, db, git, hugo, s3, workspace } = deps;

  return {
    /**
     * Builds the site from one commit and stores what is new of the output, with a manifest beside it.
     * Idempotent because output is named by its content: storing it again changes nothing, and a run that has its build keeps it.
     * Kill points: during checkout or Hugo (the folder is thrown away), between blobs and manifest (blobs are found again), after the manifest (it is kept).
     */
    async buildSite(input: BuildSiteInput): Promise<BuildSiteResult> {
      const { abortSignal } = activityContext();
      const buildKey = storeKeys.build(input.siteId, input.version, input.runId);
      const finished = await getJson<Manifest>(deps, buildKey);
      if (finished !== null) return { buildKey, ...builtSummary(finished) };
      const buildDir = await workspace.newBuildDir();
      try {
        const source = await prepareSource(input, abortSignal);
        const siteDir = join(buildDir, 'site');
        await checkOut(source.site, input.commit, siteDir, abortSignal);
        const warnings = await preflight(source, siteDir, input.version);
        const outputDir = join(buildDir, 'output-online');
        warnings.push(...(await runHugo(source, input, { buildDir, siteDir, outputDir }, abortSignal)));
        await amendRun(db, input.runId, { warnings: uniqueProblems(warnings), phase: input.phase });
        const files = await collectOutput(outputDir, source.declaration);
        const statics = await staticFiles(source, Object.keys(files));
        const manifest: Manifest = {
          format: 1,
          siteId: source.site.id,
          siteName: source.site.name,
          version: input.version,
          theme: '',
          prefix: source.site.name === config.rootWebsiteName ? '' : (source.site.urlPath ?? ''),
          runId: input.runId,
          commit: input.commit,
          themesCommit: source.themesCommit,
          projectsCommit: source.projectsCommit,
          hugoVersion: await hugo.version(),
          files: { ...files, ...statics },
        };
        await storeBlobs(manifest, outputDir, abortSignal);
        await putJson(deps, buildKey, manifest);
        return { buildKey, ...builtSummary(manifest) };
      } finally {
        await workspace.remove(buildDir);
      }
    },
  };

  async function prepareSource(input: BuildSiteInput, abortSignal: AbortSignal): Promise<BuildSource> {
    const present = await findSite(db, input.siteId);
    if (present === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    const site = { ...present, urlPath: frozenUrlPath(await findRun(db, input.runId), present) };
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
    const themes = await sharedTree('themes', config.themesGitUrl, config.themesBranch, abortSignal);
    const projects = await sharedTree('projects', config.projectsGitUrl, config.projectsBranch, abortSignal);
    const declaration = await readDeclaration(themes.directory);
    const configFile = join(projects.directory, starter.slug, 'config.yaml');
    if (!(await exists(configFile))) {
      throw new StepError('ProjectMissing', `The projects repository has no ‘${starter.slug}/config.yaml’ (at ${projects.commit.slice(0, 8)}), so Hugo cannot build sites of this starter. Add it, then retry.`);
    }
    return {
      site,
      starterSlug: starter.slug,
      starterConfig: starter.config as SiteConfig,
      themesDir: themes.directory,
      themesCommit: themes.commit,
      projectsDir: projects.directory,
      projectsCommit: projects.commit,
      declaration,
    };
  }

  /** A themes or projects repository at the head of its branch, exported once per commit (and theme manifest). */
  async function sharedTree(kind: 'themes' | 'projects', url: string, branch: string, abortSignal: AbortSignal): Promise<{ directory: string; commit: string }> {
    const mirror = workspace.mirrorDir(url);
    return workspace.exclusive(mirror, async () => {
      await git.updateMirror(url, mirror, { abortSignal });
      const commit = await git.headOf(mirror, branch, { abortSignal });
      if (commit === null) throw new StepError('BranchMissing', `The ${kind} repository has no branch ‘${branch}’.`);
      const webpack = kind === 'themes' ? await readWebpackManifest() : null;
      const key = webpack === null ? `${kind}-${commit}` : `${kind}-${commit}-${createHash('sha256').update(webpack).digest('hex').slice(0, 12)}`;
      const directory = await workspace.shared(key, async (part) => {
        await git.exportTree(mirror, commit, part, { abortSignal });
        if (webpack !== null) {
          await mkdir(join(part, 'base-theme', 'data'), { recursive: true });
          await writeFile(join(part, 'base-theme', 'data', 'webpack.json'), webpack);
        }
      });
      return { directory, commit };
    });
  }

  /** The newest manifest of the themes' assets; themes that need none have none. */
  async function readWebpackManifest(): Promise<Buffer | null> {
    try {
      return await s3.get(config.artifactsBucket, `ocw-hugo-themes/${config.themesBranch}/webpack.json`);
    } catch (error) {
      // Where listing is not allowed S3 answers 403 for a key that is not there.
      if (error instanceof S3Error && error.kind === 'refused' && error.status === 403) return null;
      throw error;
    }
  }

  async function readDeclaration(themesDir: string): Promise<ThemeDeclaration> {
    const file = join(themesDir, themeDeclarationFile);
    if (!(await exists(file))) return undeclaredTheme;
    try {
      return readThemeDeclaration(parseYaml(await readFile(file, 'utf8')));
    } catch (error) {
      throw new StepError('ThemesUnreadable', `The themes repository cannot be used: ${error instanceof Error ? error.message : String(error)}. Mend ${themeDeclarationFile}, then retry.`);
    }
  }

  async function checkOut(site: SiteRow, commit: string, siteDir: string, abortSignal: AbortSignal): Promise<void> {
    const url = repositoryUrl(config, site);
    const mirror = workspace.mirrorDir(url);
    await workspace.exclusive(mirror, async () => {
      await git.updateMirror(url, mirror, { abortSignal });
      await git.exportTree(mirror, commit, siteDir, { abortSignal });
    });
  }

  /** Finds what would make Hugo fail in words nobody understands, before Hugo runs. */
  async function preflight(source: BuildSource, siteDir: string, version: PublishVersion): Promise<Problem[]> {
    const base = version === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
    const missing = await missingInstructors(siteDir, base);
    const isFatal = source.declaration.missingInstructors === 'fail';
    const problems = missing.map((uuid) => ({
      message: `The root site does not publish the instructor ${uuid}${isFatal ? '' : ': the page will not name them'}. Add the instructor to ‘${config.rootWebsiteName}’ and publish it.`,
      file: 'data/course.json',
    }));
    if (problems.length > 0 && isFatal) {
      throw new StepError('InstructorsMissing', `The theme cannot build a course whose instructors are missing, and ${problems.length === 1 ? 'one is' : `${problems.length} are`}. Add them to ‘${config.rootWebsiteName}’ and publish it, then retry.`, problems);
    }
    return problems;
  }

  async function runHugo(source: BuildSource, input: BuildSiteInput, dirs: { buildDir: string; siteDir: string; outputDir: string }, abortSignal: AbortSignal): Promise<Problem[]> {
    const isRoot = source.site.name === config.rootWebsiteName;
    const isDraft = input.version === 'draft';
    const cacheDir = join(dirs.buildDir, 'cache');
    await mkdir(cacheDir, { recursive: true });
    const mayBeIndexed = !isDraft && /^prod(uction)?$/.test(config.envName);
    try {
      const output = await hugo.build({
        workDir: dirs.siteDir,
        themesDir: source.themesDir,
        configFile: join(source.projectsDir, source.starterSlug, 'config.yaml'),
        baseUrl: isRoot ? '/' : `/${source.site.urlPath ?? ''}`,
        destination: dirs.outputDir,
        cacheDir,
        buildDrafts: isDraft,
        env: {
          ...(isRoot && config.apiBearerToken !== undefined ? { API_BEARER_TOKEN: config.apiBearerToken } : {}),
          GTM_ACCOUNT_ID: config.gtmAccountId ?? '',
          OCW_STUDIO_BASE_URL: config.studioBaseUrl,
          STATIC_API_BASE_URL: isDraft ? config.draftSiteUrl : config.liveSiteUrl,
          OCW_IMPORT_STARTER_SLUG: config.courseStarterSlug,
          OCW_COURSE_STARTER_SLUG: config.courseStarterSlug,
          RESOURCE_BASE_URL: '',
          SITEMAP_DOMAIN: config.sitemapDomain,
          COURSE_V3_CANONICAL_DOMAIN: config.courseV3CanonicalDomain,
          SENTRY_DSN: config.themesSentryDsn ?? '',
          NOINDEX: mayBeIndexed ? 'false' : 'true',
        },
        abortSignal,
      });
      return parseHugoOutput(output, { siteDir: dirs.siteDir, themesDir: source.themesDir, projectsDir: source.projectsDir }).warnings;
    } catch (error) {
      if (!(error instanceof HugoError)) throw error;
      await s3.put(config.buildStoreBucket, storeKeys.log(input.runId), error.output, { contentType: 'text/plain; charset=utf-8' });
      if (error.kind !== 'failed') throw error;
      const { errors } = parseHugoOutput(error.output, { siteDir: dirs.siteDir, themesDir: source.themesDir, projectsDir: source.projectsDir });
      const first = errors[0];
      const where = first?.file === undefined ? '' : ` ${first.file}${first.line === undefined ? '' : `:${first.line}`}:`;
      throw new StepError('HugoFailed', first === undefined ? 'Hugo could not build the site and did not say why. Its whole output is kept with the run.' : `Hugo could not build the site.${where} ${first.message}`, errors);
    }
  }

  async function collectOutput(outputDir: string, declaration: ThemeDeclaration): Promise<Record<string, ManifestEntry>> {
    const patterns = declaration.volatilePatterns.map((pattern) => new RegExp(pattern, 'g'));
    const files: Record<string, ManifestEntry> = {};
    for (const entry of await readdir(outputDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const absolute = join(entry.parentPath, entry.name);
      const path = relative(outputDir, absolute).split(sep).join('/');
      const body = await readFile(absolute);
      const contentType = contentTypeOf(path);
      const masked = patterns.length > 0 && /^text\/html|json/.test(contentType) ? maskVolatile(body.toString('utf8'), patterns) : undefined;
      files[path] = {
        sha256: createHash('sha256').update(body).digest('hex'),
        size: body.length,
        contentType,
        ...(masked === undefined ? {} : { fingerprint: createHash('sha256').update(masked).digest('hex') }),
      };
    }
    return files;
  }

  /** Uploaded files of the site, which never replace what Hugo put out. */
  async function staticFiles(source: BuildSource, built: readonly string[]): Promise<Record<string, ManifestEntry>> {
    const taken = new Set(built);
    const isRoot = source.site.name === config.rootWebsiteName;
    const prefix = `${siteStoragePrefix(source.starterConfig, source.site)}/`;
    const files: Record<string, ManifestEntry> = {};
    for await (const object of s3.list(config.storageBucket, prefix)) {
      const name = object.key.slice(prefix.length);
      if (name === '' || name.endsWith('/')) continue;
      const path = isRoot ? `${source.site.urlPath ?? source.site.name}/${name}` : name;
      if (taken.has(path)) continue;
      files[path] = { sha256: staticIdentity(object), size: object.size, contentType: contentTypeOf(name), storageKey: object.key };
    }
    return files;
  }

  /** Stores what neither the deployed site nor an interrupted deploy is known to have stored. */
  async function storeBlobs(manifest: Manifest, outputDir: string, abortSignal: AbortSignal): Promise<void> {
    const known = new Set<string>();
    for (const version of ['draft', 'live'] as const) {
      const deployment = await findDeployment(db, { siteId: manifest.siteId, version, theme: manifest.theme });
      if (deployment?.manifestKey == null) continue;
      for (const entry of Object.values((await getManifest(deps, deployment.manifestKey)).files)) known.add(entry.sha256);
    }
    const toStore = new Map<string, string>();
    for (const [path, entry] of Object.entries(manifest.files)) if (entry.storageKey === undefined && !known.has(entry.sha256)) toStore.set(entry.sha256, path);
    await inParallel(
      [...toStore],
      config.awsMaxConnections,
      async ([sha256, path]) => {
        const body = await readFile(join(outputDir, path));
        await s3.put(config.buildStoreBucket, storeKeys.blob(sha256), body, { contentType: 'application/octet-stream' }, { abortSignal });
      },
      { abortSignal },
    );
  }
}

function builtSummary(manifest: Manifest): PhaseResult {
  const entries = Object.values(manifest.files);
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  return { summary: `${entries.length.toLocaleString('en-US')} files, ${formatBytes(bytes)}`, counts: { files: entries.length, bytes } };
}

function uniqueProblems(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.file ?? ''}:${problem.line ?? ''}:${problem.message}`, problem])).values()].slice(0, 50);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

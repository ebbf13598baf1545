import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { contentTypeOf } from '#domain/contentType.ts';
import { parseHugoOutput } from '#domain/hugoErrors.ts';
import { formatBytes, type Manifest, type ManifestEntry } from '#domain/manifest.ts';
import { MAX_PLACEHOLDER_BYTES, mayBeRead, offlinePlaceOf, type OfflineVariant, placeholder, placeholderNumber, quotesPlaceholder, STATIC_RESOURCES, staysInside } from '#domain/offline.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import { fileExists } from '#clients/fileExists.ts';
import { type HugoBinary, HugoError } from '#clients/hugo.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { activityContext } from './activityContext.ts';
import { createBuildSource } from './buildSource.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { hugoCall } from './hugoCall.ts';
import { inParallel } from './inParallel.ts';
import { ledToItems } from './ledToItems.ts';
import { frozenOfflineOf } from './offlineFrozen.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { isRootSite, webBucket } from './places.ts';
import { readWebpackManifest, sharedTree } from './sharedTree.ts';
import { StepError } from './stepError.ts';

export interface BuildOfflineSiteInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
}

export interface BuiltOffline extends PhaseResult {
  /** Theme outputs that have an offline form. */
  readonly outputs: number;
}

/** What the activity stores last, so that a later try finds the whole. */
interface StoredOutputs {
  readonly themes: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

/** An uploaded file of the site, as the online build knew it. */
interface UploadedFile {
  readonly name: string;
  readonly entry: ManifestEntry & { readonly storageKey: string };
}

interface Source {
  readonly site: SiteRow;
  readonly starterSlug: string;
  readonly starterConfig: SiteConfig;
}

/** Builds of what is read without a network. */
export function createOfflineHugoActivities(deps: ActivityDeps) {
  const { config, db, hugo, s3, workspace } = deps;
  const sources = createBuildSource(deps);

  return {
    /**
     * Builds the site from what the frozen publish was built from, without videos and (where there are any) with them, for
     * every theme output that has an offline form; stores what is new and two manifests per output.
     * Idempotent because output is named by its content, and a run that has its outputs keeps them.
     * Kill points: during checkout or Hugo (the folder is thrown away), between blobs and manifests (blobs are found again), after the list of outputs (it is kept).
     */
    async buildOfflineSite(input: BuildOfflineSiteInput): Promise<BuiltOffline> {
      const outputsKey = storeKeys.offlineOutputs(input.siteId, input.version, input.runId);
      const finished = await getJson<StoredOutputs>(deps, outputsKey);
      if (finished !== null) return built(finished);
      const source = await sourceOf(input);
      const warnings: Problem[] = [];
      const themes: string[] = [];
      let files = 0;
      let bytes = 0;
      for (const online of frozenOfflineOf(await findRun(db, input.runId)).online) {
        const manifest = await getManifest(deps, online.manifestKey);
        const video = await buildOutput(input, source, manifest, warnings);
        if (video === null) continue;
        themes.push(manifest.theme);
        files += Object.keys(video.files).length;
        bytes += sizeOf(video);
      }
      await amendRun(db, input.runId, { warnings: warnings.slice(0, 50), phase: input.phase });
      const stored: StoredOutputs = { themes, files, bytes };
      await putJson(deps, outputsKey, stored);
      return built(stored);
    },
  };

  async function sourceOf(input: BuildOfflineSiteInput): Promise<Source> {
    const site = await findSite(db, input.siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
    return { site, starterSlug: starter.slug, starterConfig: starter.config as SiteConfig };
  }

  /** Builds one theme output; null when the projects repository has no offline configuration for it. @returns the manifest with videos. */
  async function buildOutput(input: BuildOfflineSiteInput, source: Source, online: Manifest, warnings: Problem[]): Promise<Manifest | null> {
    const { abortSignal } = activityContext();
    const { site } = source;
    // Of a publish of an earlier version, which did not note it, today's.
    const webpack = online.webpackVersion === null ? null : await readWebpackManifest(deps, online.webpackVersion ?? null, abortSignal);
    const { directory: projectsDir } = await sharedTree(deps, 'projects', { commit: online.projectsCommit, webpack: null }, abortSignal);
    const configFile = join(projectsDir, online.theme === '' ? source.starterSlug : online.theme, 'config-offline.yaml');
    if (!(await fileExists(configFile))) return null;
    const { directory: themesDir } = await sharedTree(deps, 'themes', { commit: online.themesCommit, webpack }, abortSignal);
    const binary = await binaryOf(online.hugoVersion);
    const buildDir = await workspace.newBuildDir();
    try {
      const siteDir = join(buildDir, 'site');
      await sources.checkOut(site, online.commit, siteDir, abortSignal);
      if (webpack !== null) warnings.push(...(await layThemeAssets(input, webpack.body, siteDir, abortSignal)));
      const uploaded = uploadedFiles(source, online, warnings);
      const fetched = await layFiles(uploaded, siteDir, 'withoutVideos', abortSignal);
      const run = async (destination: string): Promise<void> => {
        const folders = { siteDir, themesDir, projectsDir };
        const cacheDir = join(buildDir, 'cache');
        try {
          const output = await hugo.build({
            binary,
            workDir: siteDir,
            themesDir,
            configFile,
            baseUrl: '/',
            destination,
            cacheDir,
            compiledDir: workspace.hugoCompiledDir,
            buildDrafts: input.version === 'draft',
            env: { ...hugoCall(config, { site, starterConfig: source.starterConfig, version: input.version, theme: online.theme }).env, IS_ROOT_WEBSITE: isRootSite(config, site.name) ? '1' : '0' },
            abortSignal,
          });
          warnings.push(...(await ledToItems(db, site, parseHugoOutput(output, folders).warnings)));
        } catch (error) {
          if (!(error instanceof HugoError)) throw error;
          await s3.put(config.buildStoreBucket, storeKeys.log(input.runId), error.output, { contentType: 'text/plain; charset=utf-8' });
          if (error.kind !== 'failed') throw error;
          const errors = await ledToItems(db, site, parseHugoOutput(error.output, folders).errors);
          throw new StepError('HugoFailed', `Hugo could not build the offline site. ${errors[0]?.message ?? 'Its whole output is kept with the run.'}`, errors);
        }
      };
      const collect = async (variant: OfflineVariant, outputDir: string): Promise<Manifest> => {
        const manifest: Manifest = { ...online, runId: input.runId, hugoVersion: binary.version, files: await collectOutput(outputDir, uploaded, fetched) };
        await storeBlobs(manifest, outputDir, abortSignal);
        await putJson(deps, storeKeys.offline(input.siteId, input.version, input.runId, online.theme, variant), manifest);
        return manifest;
      };
      const plainDir = join(buildDir, 'output-offline');
      const isRoot = isRootSite(config, site.name);
      // The root site has no zips, so one build holds everything.
      if (isRoot) await layFiles(uploaded, siteDir, 'videos', abortSignal);
      await run(plainDir);
      await collect('plain', plainDir);
      if (isRoot || !uploaded.some((file) => offlinePlaceOf(file.name) === 'video')) return await collect('video', plainDir);
      await layFiles(uploaded, siteDir, 'videos', abortSignal);
      const videoDir = join(buildDir, 'output-offline-video');
      await run(videoDir);
      return await collect('video', videoDir);
    } finally {
      await workspace.remove(buildDir);
    }
  }

  /** Lays the themes' scripts and styles where pages without a network find them. @returns a warning for each that is not there. */
  async function layThemeAssets(input: BuildOfflineSiteInput, webpack: Buffer, siteDir: string, abortSignal: AbortSignal): Promise<Problem[]> {
    const missing: Problem[] = [];
    await inParallel(
      assetPaths(JSON.parse(webpack.toString('utf8'))),
      config.awsMaxConnections,
      async (path) => {
        const body = await s3.get(webBucket(config, input), path, abortSignal);
        if (body === null) missing.push({ message: `The theme’s asset ‘/${path}’ is not in the web bucket, so pages that are read without a network do without it.` });
        else await write(join(siteDir, 'static', path), body);
      },
      { abortSignal },
    );
    return missing;
  }

  /** The Hugo that built what readers see. */
  async function binaryOf(version: string): Promise<HugoBinary> {
    try {
      return await hugo.binaryOf(version);
    } catch (error) {
      if (!(error instanceof HugoError) || error.kind !== 'missing') throw error;
      throw new StepError('HugoMissing', `What is out was built by Hugo ${version}, which the worker does not have: ${error.output}. Name it in HUGO_BINS and retry, or publish the site again.`);
    }
  }

  /** The uploaded files of the site by their names. One whose name leads out of a folder is left out, with a warning. */
  function uploadedFiles({ site, starterConfig }: Source, online: Manifest, warnings: Problem[]): UploadedFile[] {
    const prefix = `${siteStoragePrefix(starterConfig, site)}/`;
    return Object.entries(online.files).flatMap(([path, entry]) => {
      const { storageKey } = entry;
      if (storageKey === undefined) return [];
      const name = storageKey.startsWith(prefix) ? storageKey.slice(prefix.length) : path;
      if (staysInside(name)) return [{ name, entry: { ...entry, storageKey } }];
      warnings.push({ message: `The file ‘${storageKey}’ has a name that no folder can hold, so the downloads do without it. Upload it under another name.` });
      return [];
    });
  }

  /**
   * Gives Hugo the uploaded files: those it may look into as they are, the others by name.
   * @returns the files that were fetched, by the hash of what is in them.
   */
  async function layFiles(uploaded: readonly UploadedFile[], siteDir: string, which: 'withoutVideos' | 'videos', abortSignal: AbortSignal): Promise<Map<string, UploadedFile>> {
    const fetched = new Map<string, UploadedFile>();
    if (which === 'withoutVideos') await write(join(siteDir, 'content', STATIC_RESOURCES, '_index.md'), '');
    await inParallel(
      uploaded,
      config.awsMaxConnections,
      async (file, number) => {
        const place = offlinePlaceOf(file.name);
        if ((place === 'video') !== (which === 'videos')) return;
        const path = join(siteDir, place === 'static' ? 'static' : 'content', STATIC_RESOURCES, file.name);
        if (!mayBeRead(file.entry.contentType) || file.entry.size > config.offlineFetchMaxBytes) return write(path, placeholder(number));
        const body = await s3.get(config.storageBucket, file.entry.storageKey, abortSignal);
        if (body?.length !== file.entry.size) throw new StepError('FileChanged', `The file ‘${file.name}’ is not the one that was published. Publish the site again.`);
        fetched.set(createHash('sha256').update(body).digest('hex'), file);
        return write(path, body);
      },
      { abortSignal },
    );
    return fetched;
  }

  /**
   * What Hugo put out, with uploaded files found again by what stood in for them, whatever they are called there.
   * @throws {StepError} HugoFailed when a page quotes a file it was only given the name of.
   */
  async function collectOutput(outputDir: string, uploaded: readonly UploadedFile[], fetched: ReadonlyMap<string, UploadedFile>): Promise<Record<string, ManifestEntry>> {
    const files: Record<string, ManifestEntry> = {};
    for (const found of await readdir(outputDir, { recursive: true, withFileTypes: true })) {
      if (!found.isFile()) continue;
      const absolute = join(found.parentPath, found.name);
      const path = relative(outputDir, absolute).split(sep).join('/');
      const body = await readFile(absolute);
      const contentType = contentTypeOf(path);
      const sha256 = createHash('sha256').update(body).digest('hex');
      const number = body.length <= MAX_PLACEHOLDER_BYTES ? placeholderNumber(body.toString('utf8')) : undefined;
      const file = number === undefined ? fetched.get(sha256) : uploaded[number];
      if (file !== undefined) files[path] = { sha256: file.entry.sha256, size: file.entry.size, contentType, storageKey: file.entry.storageKey };
      else if (/^text\/|json|xml|javascript/.test(contentType) && quotesPlaceholder(body.toString('utf8'))) {
        throw new StepError('HugoFailed', `The theme quotes an uploaded file in ‘${path}’ that is larger than OFFLINE_FETCH_MAX_BYTES, or no picture and no text. Raise the limit, or let the theme link to the file.`);
      } else files[path] = { sha256, size: body.length, contentType };
    }
    return files;
  }

  async function storeBlobs(manifest: Manifest, outputDir: string, abortSignal: AbortSignal): Promise<void> {
    const known = new Set<string>();
    for (const deployed of await knownManifests(manifest)) for (const entry of Object.values(deployed.files)) known.add(entry.sha256);
    const toStore = new Map<string, string>();
    for (const [path, entry] of Object.entries(manifest.files)) if (entry.storageKey === undefined && !known.has(entry.sha256)) toStore.set(entry.sha256, path);
    await inParallel(
      [...toStore],
      config.awsMaxConnections,
      async ([sha256, path]) => s3.put(config.buildStoreBucket, storeKeys.blob(sha256), await readFile(join(outputDir, path)), { contentType: 'application/octet-stream' }, { abortSignal }),
      { abortSignal },
    );
  }

  /** Manifests whose blobs are in the store: of the tree that stands, and of this run's build without videos. */
  async function knownManifests(manifest: Manifest): Promise<Manifest[]> {
    const standing = frozenOfflineOf(await findRun(db, manifest.runId)).standing[manifest.theme];
    const keys = [standing, storeKeys.offline(manifest.siteId, manifest.version, manifest.runId, manifest.theme, 'plain')];
    const found: Manifest[] = [];
    for (const key of keys) {
      const known = key === undefined ? null : await getJson<Manifest>(deps, key);
      if (known !== null) found.push(known);
    }
    return found;
  }
}

function built(stored: StoredOutputs): BuiltOffline {
  const { files, bytes } = stored;
  const summary = stored.themes.length === 0 ? 'The starter has no offline form' : `${files.toLocaleString('en-US')} files with videos, ${formatBytes(bytes)}`;
  return { outputs: stored.themes.length, summary, counts: { files, bytes } };
}

function sizeOf(manifest: Manifest): number {
  return Object.values(manifest.files).reduce((sum, entry) => sum + entry.size, 0);
}

/** Every path an asset manifest names, without a slash at the start and without what follows a question mark. */
function assetPaths(value: unknown): string[] {
  if (typeof value === 'string') {
    const path = (value.split('?')[0] ?? '').replace(/^\/+/, '');
    return path === '' || /^[a-z]+:/i.test(path) || path.split('/').includes('..') ? [] : [path];
  }
  return typeof value === 'object' && value !== null ? [...new Set(Object.values(value).flatMap(assetPaths))] : [];
}

async function write(path: string, body: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, body);
}

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FastlyDistribution } from '#clients/fastly.ts';
import { runCommand } from '#clients/runCommand.ts';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { insertRequestOfRun, insertRunRequest, listRequestsOfRuns, waitingRequestIds } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { amendRun } from '#db/queries/runs.ts';
import { processActor } from '#domain/audit.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { formatBytes } from '#domain/manifest.ts';
import { buildThemeAssetsProcess } from '#domain/processes.ts';
import { publishVersions, type PublishVersion } from '#domain/runs.ts';
import { isThemeAssetPath, missingAssets, readThemeManifest, themeAssetsKey, themeManifestFile, themeManifestKey, themeOutputFolders } from '#domain/themeAssets.ts';
import { buildThemeAssetsContract } from '#temporal/contracts/buildThemeAssets.ts';
import { massPublishContract } from '#temporal/contracts/massPublish.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { branchMissing } from './sharedTree.ts';
import { StepError } from './stepError.ts';

interface AssetFile {
  readonly sha256: string;
  /** The ETag S3 gives the file when it is put whole, hex. */
  readonly md5: string;
  readonly size: number;
  readonly contentType: string;
}

/** What one build put out; the files lie in the build store by their content. */
interface StoredAssets {
  readonly commit: string;
  /** Keyed by path at the top of the web buckets. */
  readonly files: Readonly<Record<string, AssetFile>>;
  /** The manifest, as the build wrote it. */
  readonly manifest: string;
}

export interface BuiltThemes extends PhaseResult {
  readonly assetsKey: string;
  readonly commit: string;
  readonly files: number;
}

type AssetsInput = PhaseInput & { readonly assetsKey: string };

/** The end of the command's output that a run shows, lines. */
const SHOWN_LINES = 12;

/** Assets of the themes: built by the themes' own command, put at the top of every web bucket. */
export function createThemeAssetsActivities(deps: ActivityDeps) {
  const { config, db, fastly, git, s3, workspace } = deps;

  return {
    /**
     * Asks for a build when the themes' branch has a commit that no build was tried for; a push whose webhook was lost is found so.
     * Idempotent because a request that waits, or a run that was begun for the commit, asks for no second one.
     * Kill points: before the row (the next look asks), after it (it is found).
     */
    async requestNewThemeBuild(_input: object): Promise<{ asked: boolean; summary: string }> {
      const { abortSignal } = activityContext();
      const head = await headOfThemes(abortSignal);
      const [newest] = (await listRuns(db, { process: buildThemeAssetsContract.process }, { limit: 1, offset: 0 })).runs;
      if (newest?.frozen['commit'] === head || newest?.state === 'running') return { asked: false, summary: `Nothing new: the themes are at ${head.slice(0, 8)}` };
      if ((await waitingRequestIds(db, buildThemeAssetsContract.process)).length > 0) return { asked: false, summary: 'A build is asked for already' };
      await db.transaction(async (trx) => {
        const { id } = await insertRunRequest(trx, { process: buildThemeAssetsContract.process, requestedBy: null, input: { after: head } });
        await insertAuditEntry(trx, { action: 'theme-build', actor: processActor(buildThemeAssetsProcess), detail: { request: id, commit: head }, outcome: 'done' });
      });
      return { asked: true, summary: `Asked for a build of ${head.slice(0, 8)}` };
    },

    /**
     * Builds the assets at the head of the themes' branch in a clean checkout and stores them with their manifest.
     * Idempotent because output is named by its content, and a run that has its build keeps it.
     * Kill points: during checkout or command (the folder is thrown away), between files and list (files are found again), after the list (it is kept).
     */
    async buildThemes(input: PhaseInput): Promise<BuiltThemes> {
      const { abortSignal } = activityContext();
      const assetsKey = storeKeys.themeAssets(input.runId);
      const known = await getJson<StoredAssets>(deps, assetsKey);
      if (known !== null) return built(assetsKey, known);
      const commit = await headOfThemes(abortSignal);
      await amendRun(db, input.runId, { commit, frozen: { commit } });
      const buildDir = await workspace.newBuildDir();
      try {
        const checkout = join(buildDir, 'themes');
        await git.checkOutClone(workspace.mirrorDir(config.themesGitUrl), commit, checkout, { abortSignal });
        await runBuildCommand(input.runId, checkout, buildDir, abortSignal);
        const assets = await collect(commit, checkout, abortSignal);
        await putJson(deps, assetsKey, assets);
        return built(assetsKey, assets);
      } finally {
        await workspace.remove(buildDir);
      }
    },

    /**
     * Writes the files to the top of the draft, live and test buckets; those that are there stay, and so do old ones.
     * Idempotent because files are written whole under a path, and one that is there with the same content is left alone.
     * Kill points: between any two files; the next try finds what is there.
     */
    async uploadThemeAssets(input: AssetsInput): Promise<PhaseResult & { written: number }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const { files } = await assetsOf(input);
      let written = 0;
      let bytes = 0;
      for (const bucket of [config.previewBucket, config.publishBucket, config.testBucket]) {
        const there = new Map<string, string>();
        for (const prefix of ['static_shared/', 'static/', 'favicon.ico']) for await (const object of s3.list(bucket, prefix)) there.set(object.key, object.etag);
        const missing = Object.entries(files).filter(([path, file]) => there.get(path) !== file.md5);
        await inParallel(missing, config.awsMaxConnections, async ([path, file]) => {
          await s3.copy({ bucket: config.buildStoreBucket, key: storeKeys.blob(file.sha256) }, { bucket, key: path }, { contentType: file.contentType, metadata: { 'site-id': themeAssetsKey } }, abortSignal);
          bytes += file.size;
        }, { abortSignal });
        written += missing.length;
      }
      return { written, summary: written === 0 ? 'Every file was there' : `${written.toLocaleString('en-US')} files written to 3 buckets, ${formatBytes(bytes)}`, counts: { written, bytes } };
    },

    /**
     * Puts the manifest that site builds read, after every file it names. The same one is not put again: a new version of it makes sites differ.
     * Idempotent because the same bytes are left alone.
     * Kill points: before the object, after it; either way the same bytes.
     */
    async publishThemeManifest(input: AssetsInput): Promise<PhaseResult & { isNew: boolean }> {
      await assertOutwardEffects(deps);
      const { manifest } = await assetsOf(input);
      const key = themeManifestKey(config.themesBranch);
      const inUse = await s3.get(config.artifactsBucket, key);
      const isNew = inUse?.toString('utf8') !== manifest;
      if (isNew) await s3.put(config.artifactsBucket, key, manifest, { contentType: 'application/json', metadata: { 'site-id': themeAssetsKey } });
      return { isNew, summary: isNew ? 'Site builds use the new assets from now on' : 'The manifest is the same as before', counts: {} };
    },

    /**
     * Takes the assets out of the CDN's caches, and asks for the mass publishes that were asked for with the build.
     * Idempotent because a purge made twice costs a second look at the bucket, and a mass publish is asked for once per run and version.
     * Kill points: between two purges, before a request's row; the next try does the rest.
     */
    async purgeThemeAssets(input: PhaseInput): Promise<PhaseResult & { asked: readonly PublishVersion[]; warnings: readonly string[] }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const purged: string[] = [];
      const warnings: string[] = [];
      for (const distribution of ['draft', 'live', 'test'] as const satisfies readonly FastlyDistribution[]) {
        const done = await fastly.purgeAll({ distribution, key: themeAssetsKey, abortSignal });
        purged.push(...done.purged);
        if (done.skipped.length > 0 && distribution !== 'test') warnings.push(`${done.skipped.join(', ')} was not purged, because no credentials are set for it. Purge it for the key ‘${themeAssetsKey}’.`);
      }
      const asked = await askForMassPublishes(input.runId);
      const then = asked.length === 0 ? '' : `; asked for a mass publish of ${asked.join(' and ')}`;
      return { asked, warnings, summary: `${purged.length === 0 ? 'No cache purged' : `Purged ${purged.join(', ')}`}${then}`, counts: { purged: purged.length } };
    },
  };

  async function headOfThemes(abortSignal: AbortSignal): Promise<string> {
    const mirror = workspace.mirrorDir(config.themesGitUrl);
    return workspace.exclusive(mirror, async () => {
      await git.updateMirror(config.themesGitUrl, mirror, { abortSignal });
      const head = await git.headOf(mirror, config.themesBranch, { abortSignal });
      if (head === null) throw branchMissing('themes', config.themesBranch);
      return head;
    });
  }

  /** Runs the command with what the themes read of the environment and nothing else of ours: no key of the studio reaches it. */
  async function runBuildCommand(runId: string, checkout: string, buildDir: string, abortSignal: AbortSignal): Promise<void> {
    const command = config.themeBuildCommand;
    const result = await runCommand('sh', ['-c', command], {
      cwd: checkout,
      env: { PATH: config.searchPath, HOME: buildDir, TMPDIR: buildDir, CI: '1', NODE_ENV: 'production', ...config.themeBuildEnv },
      timeoutMs: config.themeBuildTimeoutSeconds * 1_000,
      abortSignal,
      maxOutputBytes: 2 * 1024 * 1024,
    });
    const output = `${result.stdout}\n${result.stderr}`;
    await s3.put(config.buildStoreBucket, storeKeys.log(runId), output, { contentType: 'text/plain; charset=utf-8' });
    if (result.timedOut) throw new StepError('ThemeBuildFailed', `The themes’ build command did not end within ${config.themeBuildTimeoutSeconds} s. The assets in use stay.`);
    if (result.code === 0) return;
    if (/no space left on device|ENOSPC|disk quota exceeded/i.test(output)) throw new StepError('DiskFull', 'The worker’s disk is full. The assets in use stay. Free some space, then build again.');
    const last = output.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '').slice(-SHOWN_LINES);
    throw new StepError('ThemeBuildFailed', `The themes’ build command ended with ${result.code === null ? `the signal ${result.signal ?? 'unknown'}` : `the code ${result.code}`}. The assets in use stay. Mend the themes, then build again.`, last.map((message) => ({ message, inTheme: true })));
  }

  async function collect(commit: string, checkout: string, abortSignal: AbortSignal): Promise<StoredAssets> {
    const manifest = await readFile(join(checkout, themeManifestFile), 'utf8').catch(() => null);
    if (manifest === null) throw new StepError('ThemeBuildFailed', `The themes’ build command ended well and left no ${themeManifestFile}. The assets in use stay.`);
    const files: Record<string, AssetFile> = {};
    for (const folder of themeOutputFolders) {
      const top = join(checkout, folder);
      if (!(await stat(top).then((found) => found.isDirectory(), () => false))) continue;
      const entries = (await readdir(top, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      await inParallel(entries, config.awsMaxConnections, async (entry) => {
        const absolute = join(entry.parentPath, entry.name);
        const path = relative(top, absolute).split(sep).join('/');
        if (!isThemeAssetPath(path)) throw new StepError('ThemeBuildFailed', `The themes’ build put out ‘${path}’, which is no place of theirs in the web buckets. The assets in use stay.`);
        const body = await readFile(absolute);
        const sha256 = createHash('sha256').update(body).digest('hex');
        files[path] = { sha256, md5: createHash('md5').update(body).digest('hex'), size: body.length, contentType: contentTypeOf(path) };
        await s3.put(config.buildStoreBucket, storeKeys.blob(sha256), body, { contentType: 'application/octet-stream' }, { abortSignal });
      }, { abortSignal });
    }
    let missing: string[];
    try {
      missing = missingAssets(readThemeManifest(manifest), new Set(Object.keys(files)));
    } catch (error) {
      throw new StepError('ThemeBuildFailed', `${themeManifestFile} of the themes’ build cannot be used: ${error instanceof Error ? error.message : String(error)}. The assets in use stay.`);
    }
    if (missing.length > 0) throw new StepError('ThemeBuildFailed', `${themeManifestFile} names files that were not built: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}. The assets in use stay.`);
    return { commit, files, manifest };
  }

  /** One request per version, once however often it is tried. */
  async function askForMassPublishes(runId: string): Promise<PublishVersion[]> {
    const requests = (await listRequestsOfRuns(db, [runId])).get(runId) ?? [];
    const wanted = publishVersions.filter((version) => requests.some((request) => Array.isArray(request.input['massPublish']) && (request.input['massPublish'] as unknown[]).includes(version)));
    const by = requests.find((request) => Array.isArray(request.input['massPublish']))?.requestedBy ?? null;
    for (const version of wanted) {
      await db.transaction(async (trx) => {
        const { id, isNew } = await insertRequestOfRun(trx, runId, { process: massPublishContract.process, version, requestedBy: by, input: { kind: 'publish', window: config.massPublishWindow } });
        if (isNew) await insertAuditEntry(trx, { action: 'mass-publish', actor: processActor(buildThemeAssetsProcess), detail: { version, request: id, ofRun: runId }, outcome: 'done' });
      });
    }
    return wanted;
  }

  async function assetsOf(input: AssetsInput): Promise<StoredAssets> {
    const assets = await getJson<StoredAssets>(deps, input.assetsKey);
    if (assets === null) throw new Error(`The build store has no ${input.assetsKey}, although the run made it`);
    return assets;
  }

  function built(assetsKey: string, assets: StoredAssets): BuiltThemes {
    const files = Object.values(assets.files);
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    return { assetsKey, commit: assets.commit, files: files.length, summary: `${files.length.toLocaleString('en-US')} files, ${formatBytes(bytes)}, from ${assets.commit.slice(0, 8)}`, counts: { files: files.length, bytes } };
  }
}

import { createHash } from 'node:crypto';
import type { PublishVersion } from '#domain/runs.ts';
import { counted } from '#domain/counted.ts';
import { deployedKey, type DeployPlan, formatBytes, isBuiltElsewhere, type Manifest, planDeploy } from '#domain/manifest.ts';
import { type OfflineVariant, offlineVariants, zipName } from '#domain/offline.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findDeployment, listSiteDeployments } from '#db/queries/deployments.ts';
import {
  beginOfflineDeployment,
  clearOfflineDeployment,
  findOfflineDeployment,
  finishOfflineDeployment,
  listOfflineObjects,
  noteZip,
  noteZipKeys,
} from '#db/queries/offlineDeployments.ts';
import { hasWaitingRequests, listRequestsOfRuns } from '#db/queries/runRequests.ts';
import { amendRun, findRun, moveRun, recordPhaseProgress, skipPhases } from '#db/queries/runs.ts';
import { findSite, listOtherUrlPaths, type SiteRow } from '#db/queries/sites.ts';
import { lockUrls } from '#db/queries/siteUrls.ts';
import { buildOfflineContract, type OfflineRequest } from '#temporal/contracts/buildOffline.ts';
import { startBuildOffline } from '#temporal/startBuildOffline.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { applyPlan } from './applyPlan.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { type FrozenOffline, frozenOfflineOf } from './offlineFrozen.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { distributionOf, isRootSite, offlineBucket, webBucket } from './places.ts';
import { prefixOfKey, removeOffline, removeWhereOurs } from './removeOffline.ts';
import type { OpenPassInput } from './runs.ts';
import { StepError } from './stepError.ts';
import { openVersionPass, requestOfPublish } from './versionPasses.ts';
import { zipEntries } from './zipEntries.ts';
import { zipStream } from './zipStream.ts';

export interface OfflineStepInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
}

export interface OfflineGate extends PhaseResult {
  /** `none`: this publish has its offline form already. */
  readonly verdict: FrozenOffline['verdict'];
  /** The root site is only read as a tree. */
  readonly hasZips: boolean;
}

export interface RequestOfflineInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
  /** The publish it is to be built from. */
  readonly ofRunId: string;
}

/** Parts of one zip's upload, bytes: S3 takes ten thousand at most. */
const SMALLEST_PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_MOST = 9_000;
/** Between two reports of progress, milliseconds. */
const PROGRESS_MS = 1_000;

type StoredPlan = Omit<DeployPlan, 'result'>;

/** What is read without a network: asked for, decided on, written, taken away. */
export function createOfflineActivities(deps: ActivityDeps) {
  const { config, db, s3, fastly, temporal } = deps;

  return {
    /**
     * Asks for the offline form of a publish that is out and tells the engine.
     * Idempotent because a publish asks once, by a row that names it, and the signal is a hint.
     * Kill points: before the row (nothing happened), between row and signal (told again), after the signal (told again).
     */
    async requestOffline(input: RequestOfflineInput): Promise<void> {
      if (!config.offlineAfterPublish) return;
      const { siteId, siteName, version, ofRunId } = input;
      await requestOfPublish(db, buildOfflineContract.process, { siteId, version, ofRunId }, async (requestId) => {
        try {
          await temporal.workflow.signalWithStart(buildOfflineContract.workflowType, startBuildOffline({ siteId, siteName, version, requestId }, config.temporalTaskQueuePrefix));
        } catch {
          throw new StepError('EngineUnavailable', 'The workflow of the offline build cannot be reached.');
        }
      });
    },

    /**
     * Opens the next pass with every request that waits, or says that none does.
     * Idempotent because a pass is found again by workflow id, run id and number, and requests it took stay its own.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openOffline(input: OpenPassInput): Promise<{ runId: string | null }> {
      return openVersionPass(db, buildOfflineContract.process, input);
    },

    /**
     * Says whether an offline build of this site and version is asked for that no pass took yet.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async checkOfflineRequests(input: { siteId: string; version: PublishVersion }): Promise<{ waiting: boolean }> {
      return { waiting: await hasWaitingRequests(db, buildOfflineContract.process, input.siteId, input.version) };
    },

    /**
     * Freezes what is built from (the publish that is out now) and decides whether it is built, hidden, or there already.
     * Idempotent because a run that froze keeps what it froze.
     * Kill points: before the row (decided again), after it (kept).
     */
    async gateOffline(input: OfflineStepInput): Promise<OfflineGate> {
      await assertOutwardEffects(deps);
      const hasZips = !isRootSite(config, input.siteName);
      const run = await findRun(db, input.runId);
      const frozen = run?.frozen['offline'] === undefined ? await freeze(input) : frozenOfflineOf(run);
      const skipped = [...(frozen.verdict === 'build' ? [] : ['build', 'zip']), ...(frozen.verdict === 'none' ? ['deploy', 'purge'] : []), ...(hasZips ? [] : ['zip'])];
      await skipPhases(db, input.runId, skipped);
      const themes = frozen.online.filter(({ theme }) => theme !== '').length;
      const what = { build: `To be built${themes === 0 ? '' : `, with ${counted(themes, 'more theme')}`}`, hide: 'The course is not to be downloaded', none: 'This publish has its offline form already' }[frozen.verdict];
      return { verdict: frozen.verdict, hasZips, summary: what, counts: { outputs: frozen.online.length } };
    },

    /**
     * Writes both zips of every theme output: from the stores through the zip into parts of the upload, nothing on disk.
     * Until one is whole the old one is served. One whose content is that of the zip in the bucket is left as it is.
     * Idempotent because a zip is written whole under its name, and one that is noted as whole is not written again.
     * Kill points: before the names are noted, during an upload (its parts are taken away, it is written anew), between two zips (the first is kept), after the last.
     */
    async zipOffline(input: OfflineStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const frozen = frozenOfflineOf(await findRun(db, input.runId));
      const writtenAt = (await findRun(db, frozen.ofRunId))?.startedAt ?? new Date(0);
      const bucket = webBucket(config, input);
      const lines: string[] = [];
      let bytes = 0;
      for (const theme of await builtThemes(input)) {
        const at = { siteId: input.siteId, version: input.version, theme };
        const manifests = { plain: await builtManifest(input, theme, 'plain'), video: await builtManifest(input, theme, 'video') };
        const hashes = { plain: contentHash(manifests.plain), video: contentHash(manifests.video) };
        const keyOf = (variant: OfflineVariant): string => deployedKey(manifests[variant], zipName(site.shortId, variant));
        await claimPlace(input, manifests.plain, (trx) => noteZipKeys(trx, at, offlineVariants.map(keyOf)));
        for (const variant of offlineVariants) {
          const key = keyOf(variant);
          const facts = { contentType: 'application/zip', metadata: { 'site-id': input.siteName } };
          const known = (await findOfflineDeployment(db, at))?.zips;
          const standing = known?.find((zip) => zip.key === key && zip.contentHash === hashes[variant]);
          const isThere = standing !== undefined && (await s3.exists(bucket, key));
          const twin = known?.find((zip) => zip.variant === 'plain' && zip.contentHash === hashes[variant]);
          let size: number;
          if (isThere) size = standing.bytes;
          else if (variant === 'video' && twin !== undefined) {
            await s3.copy({ bucket, key: twin.key, size: twin.bytes }, { bucket, key }, facts, abortSignal);
            size = twin.bytes;
          } else size = await writeZip(input, manifests[variant], { bucket, key, facts, writtenAt, abortSignal });
          await noteZip(db, at, { variant, key, bytes: size, contentHash: hashes[variant] });
          bytes += size;
          lines.push(`${zipName(site.shortId, variant)} ${formatBytes(size)}${isThere ? ', unchanged' : ''}`);
        }
      }
      return { summary: lines.join('; '), counts: { zips: lines.length, bytes } };
    },

    /**
     * Puts what changed of the tree into the offline bucket, every theme output, and leaves the places the site had before.
     * Idempotent because objects are written whole under their path, and the manifest on its way is noted before the first.
     * Kill points: before the note, between any two objects (goes on from the reported position), between two outputs, after the last (nothing left to do).
     */
    async deployOffline(input: OfflineStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal, context } = activityContext();
      const site = await siteOf(input.siteId);
      const earlier = context.info.heartbeatDetails as { theme: string; position: number } | undefined;
      const counts = { written: 0, bytes: 0, removed: 0, unchanged: 0 };
      for (const theme of await builtThemes(input)) {
        const at = { siteId: input.siteId, version: input.version, theme };
        const before = await findOfflineDeployment(db, at);
        const plan = await planOf(input, theme);
        const manifestKey = storeKeys.offlineDeployed(input.siteId, input.version, input.runId, theme);
        const manifest = await getManifest(deps, manifestKey);
        await leaveOldTree(input, manifest, before?.pendingManifestKey ?? null, abortSignal);
        await claimPlace(input, manifest, (trx) => beginOfflineDeployment(trx, at, manifestKey));
        await applyPlan(deps, {
          bucket: offlineBucket(config, input),
          plan,
          manifest,
          position: earlier?.theme === theme ? earlier.position : 0,
          abortSignal,
          onPosition: (position) => {
            reportPosition(context, { theme, position });
            report(input, `${position.toLocaleString('en-US')} of ${plan.write.length.toLocaleString('en-US')} files written`, { written: position, files: plan.write.length });
          },
        });
        await leaveOldTree(input, manifest, before?.manifestKey ?? null, abortSignal);
        await leaveOldZips(input, before?.zipKeys ?? [], zipKeysOf(site, manifest), abortSignal);
        counts.written += plan.write.length;
        counts.bytes += plan.writeBytes;
        counts.removed += plan.remove.length;
        counts.unchanged += plan.unchanged;
      }
      const removed = counts.removed === 0 ? '' : `, ${counts.removed.toLocaleString('en-US')} removed`;
      return { summary: `${counts.written.toLocaleString('en-US')} of ${counted(counts.written + counts.unchanged, 'file')} changed, ${formatBytes(counts.bytes)}${removed}`, counts };
    },

    /**
     * Takes both zips and the tree away, also those an earlier builder left where ours would be.
     * Idempotent because an object that is not there counts as removed.
     * Kill points: between two removals, before the row; either way everything is removed again.
     */
    async withdrawOffline(input: OfflineStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const frozen = frozenOfflineOf(await findRun(db, input.runId));
      const cleared = { isHidden: true, runId: input.runId, ofRunId: frozen.ofRunId };
      const removed = await removeOffline(deps, { ...input, ...cleared }, abortSignal);
      for (const { theme, manifestKey } of frozen.online) {
        const online = await getManifest(deps, manifestKey);
        if (online.prefix === '') continue;
        await removeWhereOurs(deps, { siteId: input.siteId, prefix: online.prefix, bucket: webBucket(config, input), keys: zipKeysOf(site, online) }, abortSignal);
        const left: string[] = [];
        for await (const { key } of s3.list(offlineBucket(config, input), `${online.prefix}/`)) left.push(key);
        if (await removeWhereOurs(deps, { siteId: input.siteId, prefix: online.prefix, bucket: offlineBucket(config, input), keys: left }, abortSignal)) removed.files += left.length;
        await clearOfflineDeployment(db, { siteId: input.siteId, version: input.version, theme }, cleared);
      }
      return { summary: `${counted(removed.zips, 'zip')} and ${counted(removed.files, 'file')} taken away`, counts: { ...removed } };
    },

    /**
     * Empties the CDN's caches of the site, since the zips keep their addresses.
     * Idempotent because an empty cache may be emptied again.
     * Kill points: before the call, after it; either way it is made again.
     */
    async purgeOffline(input: OfflineStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const { purged } = await fastly.purgeAll({ distribution: distributionOf(config, input), key: input.siteName, abortSignal });
      return { summary: purged.length > 0 ? `Purged the key ‘${input.siteName}’ of ${purged.join(', ')}` : 'This distribution has no CDN to purge', counts: { purged: purged.length } };
    },

    /**
     * Notes what can be read without a network now and ends the run.
     * Idempotent because rows are set to the same values and a run succeeds once.
     * Kill points: before the transaction, after it (written again).
     */
    async recordOffline(input: OfflineStepInput): Promise<PhaseResult> {
      const site = await siteOf(input.siteId);
      const frozen = frozenOfflineOf(await findRun(db, input.runId));
      const themes = frozen.verdict === 'build' ? await builtThemes(input) : [];
      const outcome = frozen.verdict === 'hide' ? 'hidden' : frozen.verdict === 'none' ? 'unchanged' : themes.length === 0 ? 'notOffered' : 'built';
      const manifests = await Promise.all(themes.map((theme) => getManifest(deps, storeKeys.offlineDeployed(input.siteId, input.version, input.runId, theme))));
      await db.transaction(async (trx) => {
        for (const manifest of manifests) {
          const at = { siteId: input.siteId, version: input.version, theme: manifest.theme };
          const zipKeys = isRootSite(config, site.name) ? [] : zipKeysOf(site, manifest);
          await finishOfflineDeployment(trx, at, { manifestKey: storeKeys.offlineDeployed(input.siteId, input.version, input.runId, manifest.theme), zipKeys, runId: input.runId, ofRunId: frozen.ofRunId });
        }
        const rows = await listOfflineObjects(trx, input.siteId);
        const zips = rows.filter((row) => row.version === input.version).flatMap((row) => row.zips.map(({ variant, key, bytes }) => ({ theme: row.theme, variant, key, bytes })));
        await moveRun(trx, { runId: input.runId, state: 'succeeded', result: { outcome, ofRunId: frozen.ofRunId, zips } });
      });
      const summary = { built: 'The offline site can be read', hidden: 'Nothing can be downloaded, as the course says', unchanged: 'Nothing was to be done', notOffered: 'The starter has no offline form' }[outcome];
      return { summary, counts: {} };
    },
  };

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }

  async function freeze(input: OfflineStepInput): Promise<FrozenOffline> {
    const deployments = (await listSiteDeployments(db, input.siteId)).filter((row) => row.version === input.version);
    const online = deployments.flatMap(({ theme, manifestKey }) => (manifestKey === null ? [] : [{ theme, manifestKey }]));
    const ofRunId = deployments.find((row) => row.theme === '')?.runId;
    if (online.length === 0 || ofRunId == null) throw new StepError('NotPublished', `The ${input.version} site is not out, so there is nothing to be read without a network. Publish it first.`);
    const rows = (await listOfflineObjects(db, input.siteId)).filter((row) => row.version === input.version);
    const own = rows.find((row) => row.theme === '');
    const isHidden = !isRootSite(config, input.siteName) && (await findContentItem(db, input.siteId, 'sitemetadata'))?.metadata['hide_download'] === true;
    // A person who asks wants it built; a publish whose form is there already wants nothing.
    const isByPublish = ((await listRequestsOfRuns(db, [input.runId])).get(input.runId) ?? []).every((request) => (request.input as OfflineRequest).ofRunId !== undefined);
    const isThere = own?.ofRunId === ofRunId && own.builtAt !== null && own.pendingManifestKey === null;
    const frozen: FrozenOffline = {
      ofRunId,
      online,
      standing: Object.fromEntries(rows.flatMap((row) => (row.manifestKey === null ? [] : [[row.theme, row.manifestKey]]))),
      verdict: isHidden ? 'hide' : isByPublish && isThere ? 'none' : 'build',
    };
    if (frozen.verdict === 'build') await assertBuiltHere(input, online);
    await amendRun(db, input.runId, { frozen: { offline: frozen } });
    return frozen;
  }

  /** @throws {StepError} NotPublished when another builder made what is out: of what commits nobody here knows. */
  async function assertBuiltHere(input: OfflineStepInput, online: FrozenOffline['online']): Promise<void> {
    for (const { manifestKey } of online) {
      if (!isBuiltElsewhere(await getManifest(deps, manifestKey))) continue;
      throw new StepError('NotPublished', `Concourse built the ${input.version} site that is out, and builds its downloads itself. To have them built here, give the site the builder ‘temporal’ and publish it again.`);
    }
  }

  async function builtThemes(input: OfflineStepInput): Promise<readonly string[]> {
    const stored = await getJson<{ themes: string[] }>(deps, storeKeys.offlineOutputs(input.siteId, input.version, input.runId));
    if (stored === null) throw new Error('The build store has no offline outputs of the run, although it made them');
    return stored.themes;
  }

  async function builtManifest(input: OfflineStepInput, theme: string, variant: OfflineVariant): Promise<Manifest> {
    return getManifest(deps, storeKeys.offline(input.siteId, input.version, input.runId, theme, variant));
  }

  /** Streams one zip. @returns its bytes. */
  async function writeZip(input: OfflineStepInput, manifest: Manifest, to: { bucket: string; key: string; facts: { contentType: string; metadata: Record<string, string> }; writtenAt: Date; abortSignal: AbortSignal }): Promise<number> {
    const { bucket, key, facts, writtenAt, abortSignal } = to;
    const total = Object.values(manifest.files).reduce((sum, entry) => sum + entry.size, 0);
    // What a killed worker uploaded of it would lie there unseen for ever.
    await s3.abortUploads(bucket, key);
    let reportedAt = 0;
    return s3.putStream(bucket, key, zipStream(zipEntries(deps, manifest, abortSignal), writtenAt), facts, {
      abortSignal,
      partBytes: Math.max(SMALLEST_PART_BYTES, Math.ceil(total / PARTS_AT_MOST)),
      onProgress: (bytes) => {
        if (Date.now() - reportedAt < PROGRESS_MS) return;
        reportedAt = Date.now();
        report(input, `${key.slice(prefixOfKey(key).length).replace(/^\//, '')}: ${formatBytes(bytes)} of about ${formatBytes(total)}`, { bytes, total });
      },
    });
  }

  function report(input: OfflineStepInput, text: string, counts: Record<string, number>): void {
    // Only the picture of the progress is lost when this row cannot be written.
    void recordPhaseProgress(db, input.runId, input.phase, text, counts).catch((error: unknown) => deps.log.warn({ err: error }, 'Progress could not be recorded'));
  }

  /** The plan of one theme output, made once per run. */
  async function planOf(input: OfflineStepInput, theme: string): Promise<StoredPlan> {
    const planKey = storeKeys.offlinePlan(input.siteId, input.version, input.runId, theme);
    const stored = await getJson<StoredPlan>(deps, planKey);
    if (stored !== null) return stored;
    const row = await findOfflineDeployment(db, { siteId: input.siteId, version: input.version, theme });
    const { result, ...plan } = planDeploy({
      current: row?.manifestKey == null ? null : await getManifest(deps, row.manifestKey),
      interrupted: row?.pendingManifestKey == null ? null : await getJson<Manifest>(deps, row.pendingManifestKey),
      next: await builtManifest(input, theme, 'video'),
      always: [],
      otherPrefixes: await listOtherUrlPaths(db, input.siteId),
    });
    await putJson(deps, storeKeys.offlineDeployed(input.siteId, input.version, input.runId, theme), result);
    await putJson(deps, planKey, plan);
    return plan;
  }

  /**
   * Notes what is about to be written, if the publish it belongs to is still out at that place.
   * @throws {StepError} NotPublished or SiteMoved, final.
   */
  async function claimPlace(input: OfflineStepInput, manifest: Manifest, note: (trx: typeof db) => Promise<void>): Promise<void> {
    await db.transaction(async (trx) => {
      await lockUrls(trx);
      const online = await findDeployment(trx, { siteId: input.siteId, version: input.version, theme: manifest.theme });
      if (online?.manifestKey == null) throw new StepError('NotPublished', 'The site was taken away from its readers meanwhile, so nothing is written that could be read without a network.');
      const now = await getManifest(deps, online.manifestKey);
      if (now.prefix !== manifest.prefix) throw new StepError('SiteMoved', `The site moved to ‘${now.prefix}’ after this had begun. The publish there brings its own offline form.`);
      await note(trx);
    });
  }

  /** Removes the tree from the place it had before. */
  async function leaveOldTree(input: OfflineStepInput, manifest: Manifest, oldKey: string | null, abortSignal: AbortSignal): Promise<void> {
    const old = oldKey === null ? null : await getJson<Manifest>(deps, oldKey);
    if (old === null || old.prefix === '' || old.prefix === manifest.prefix) return;
    const kept = new Set(Object.keys(manifest.files).map((path) => deployedKey(manifest, path)));
    const keys = [...new Set([...Object.keys(old.files), ...(old.unsure ?? [])])].map((path) => deployedKey(old, path)).filter((key) => !kept.has(key));
    await removeWhereOurs(deps, { siteId: input.siteId, prefix: old.prefix, bucket: offlineBucket(config, input), keys }, abortSignal);
  }

  /** Removes zips from where the site was before. */
  async function leaveOldZips(input: OfflineStepInput, noted: readonly string[], kept: readonly string[], abortSignal: AbortSignal): Promise<void> {
    for (const key of noted) {
      if (kept.includes(key)) continue;
      await removeWhereOurs(deps, { siteId: input.siteId, prefix: prefixOfKey(key), bucket: webBucket(config, input), keys: [key] }, abortSignal);
    }
  }
}

/** Where both zips of a site lie in the web bucket. */
function zipKeysOf(site: SiteRow, manifest: Manifest): string[] {
  return offlineVariants.map((variant) => deployedKey(manifest, zipName(site.shortId, variant)));
}

/** A name for what is in a zip of this manifest. */
function contentHash(manifest: Manifest): string {
  const files = Object.entries(manifest.files).map(([path, entry]) => `${path}\n${entry.sha256}\n${entry.size}`).sort();
  return createHash('sha256').update(files.join('\n')).digest('hex');
}

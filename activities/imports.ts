import { posix } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { blobId, type FileChange } from '#clients/git.ts';
import type { Db } from '#db/knex.ts';
import { putContentItem } from '#db/queries/contentChanges.ts';
import { knownTextIds } from '#db/queries/contentItems.ts';
import { findRunRequest, type RunRequestRow } from '#db/queries/runRequests.ts';
import { bindRunToSite, moveRun, unbindRunFromSite } from '#db/queries/runs.ts';
import { bumpContentRevision, deleteSite, findSite, findSiteByName, findSiteClash, insertSite, recordCommittedRevision } from '#db/queries/sites.ts';
import { lockUrls } from '#db/queries/siteUrls.ts';
import { findStarter, findStarterBySlug, type StarterRow } from '#db/queries/starters.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { instructorItem } from '#domain/instructors.ts';
import { type ImportPlan, planImport, type SourceFile } from '#domain/importPlan.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import type { ImportRequest } from '#temporal/contracts/importSite.ts';
import { activityContext } from './activityContext.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { archiveLimits, packDirectory, readWhole, walkArchive } from './importArchive.ts';
import { insertImportedItems } from './insertImportedItems.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { repositoryUrl } from './repository.ts';
import { StepError } from './stepError.ts';

export interface ImportStepInput extends PhaseInput {
  readonly requestId: string;
}

export interface ReadImportResult extends PhaseResult {
  readonly siteName: string;
}

/** What `readImport` found out, kept in the build store for the steps after it. */
interface StoredImport {
  /** The id the site will have, so that a repeated step finds its own site. */
  readonly siteId: string;
  readonly starterId: string;
  readonly plan: ImportPlan;
  readonly refused: readonly { path: string; reason: string }[];
}

/** What `storeImport` did, kept beside it for the result. */
interface StoredOutcome {
  readonly media: number;
  readonly addedInstructors: readonly string[];
  readonly missingInstructors: readonly string[];
}

const outcomeKey = (requestId: string): string => `imports/${requestId}-outcome.json.gz`;

/** Import of existing content repositories. */
export function createImportsActivities(deps: ActivityDeps) {
  const { config, db, git, github, s3, workspace } = deps;

  return {
    /**
     * Reads the archive (a git URL is cloned and packed first), sorts its files and checks for clashes.
     * Idempotent because it only writes the archive and the plan under the request's own keys, and a stored plan is kept.
     * Kill points: during the clone or the read (begun anew), after the plan is stored (it is kept).
     */
    async readImport(input: ImportStepInput): Promise<ReadImportResult> {
      const planKey = storeKeys.importPlan(input.requestId);
      const { request } = await requestOf(input.requestId);
      const starter = await findStarterBySlug(db, request.starter);
      if (starter === undefined) throw new StepError('StarterMissing', `There is no starter ‘${request.starter}’.`);
      if (starter.config === null) throw new StepError('StarterConfigInvalid', `The starter ‘${starter.slug}’ was never read without fault: ${starter.fault ?? 'no configuration'}.`);
      const known = await getJson<StoredImport>(deps, planKey);
      const stored = known ?? (await readPlan(input, request, starter));
      await assertFree(db, stored);
      if (known === null) await putJson(deps, planKey, stored);
      const { items, kept } = stored.plan;
      return {
        siteName: stored.plan.site.name,
        summary: `${items.length.toLocaleString('en-US')} items, ${kept.length.toLocaleString('en-US')} files kept as they are, ${stored.refused.length.toLocaleString('en-US')} skipped`,
        counts: { items: items.length, kept: kept.length, skipped: stored.refused.length },
      };
    },

    /**
     * Uploads the media, adds instructors to the root site and writes site and items in one transaction.
     * Idempotent because objects are written whole, instructors are upserted, and a site with the plan's id is not inserted twice.
     * Kill points: between two objects (written again), before the transaction, after it (the site is found by its id).
     */
    async storeImport(input: ImportStepInput): Promise<PhaseResult> {
      const { row } = await requestOf(input.requestId);
      const stored = await planOf(input.requestId);
      const siteConfig = (await starterOf(stored)).config as SiteConfig;
      const outcome = await storeFiles(input.requestId, stored, siteConfig);
      await putJson(deps, outcomeKey(input.requestId), outcome);
      const { plan } = stored;
      await db.transaction(async (trx) => {
        if ((await findSite(trx, stored.siteId)) !== undefined) return;
        // Checked once more where nobody can take the address in between: media may have been on their way for long.
        await lockUrls(trx);
        await assertFree(trx, stored);
        await insertSite(trx, { id: stored.siteId, name: plan.site.name, shortId: plan.site.shortId, title: plan.site.title, starterId: stored.starterId, ownerId: row.requestedBy, urlPath: plan.site.urlPath });
        const site = await findSite(trx, stored.siteId);
        if (site === undefined) throw new Error(`Site ${stored.siteId} vanished inside its transaction`);
        await insertImportedItems(trx, site, plan.items, siteConfig);
        await bumpContentRevision(trx, site.id);
      });
      await bindRunToSite(db, input.runId, stored.siteId);
      const media = outcome.media === 0 ? '' : `, ${outcome.media.toLocaleString('en-US')} media files`;
      return { summary: `${plan.items.length.toLocaleString('en-US')} items stored${media}`, counts: { items: plan.items.length, media: outcome.media } };
    },

    /**
     * Makes the site's repository with the imported files byte for byte.
     * Idempotent because the files are compared with main first: what stands there is not committed again.
     * Kill points: before the push (nothing happened), after it before the answer (found in main).
     */
    async createRepository(input: ImportStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const stored = await planOf(input.requestId);
      const site = await findSite(db, stored.siteId);
      if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
      await github.ensureRepository(site.shortId, abortSignal);
      const source = new Map<string, Buffer>();
      await walkArchive(await s3.getStream(config.buildStoreBucket, storeKeys.importArchive(input.requestId)), async (entry) => {
        if (entry.area === 'repository') source.set(entry.path, await readWhole(entry.stream, archiveLimits.repositoryBytes));
        else entry.stream.resume();
      });
      const url = repositoryUrl(config, site);
      const mirror = workspace.mirrorDir(url);
      const changed = await workspace.exclusive(mirror, async () => {
        await git.updateMirror(url, mirror, { abortSignal });
        const head = await git.headOf(mirror, config.gitBranchMain, { abortSignal });
        const tree = head === null ? [] : await git.listTree(mirror, head, { abortSignal });
        const blobs = new Map(tree.map((entry) => [entry.path, entry.blob]));
        const changes: FileChange[] = [...source].filter(([path, body]) => blobs.get(path) !== blobId(body)).map(([path, content]) => ({ path, content }));
        // GitHub's own first README stays; anything else that is not in the source goes, so that both are equal.
        for (const path of blobs.keys()) if (!source.has(path) && path !== 'README.md') changes.unshift({ path, content: null });
        if (changes.length === 0) return 0;
        await git.commitAndPush(url, mirror, config.gitBranchMain, head, [{ authorName: config.gitDefaultUserName, authorEmail: config.gitDefaultUserEmail, message: `Import content\n\nStudio-Run: ${input.runId}\n`, changes }], input.runId, { abortSignal });
        return changes.length;
      });
      // What the import stored is the first revision; somebody may have saved another one by now.
      await recordCommittedRevision(db, site.id, 1);
      return { summary: `${config.gitOrganization}/${site.shortId}: ${changed.toLocaleString('en-US')} files committed`, counts: { files: changed } };
    },

    /**
     * Ends the run with the result people and the command line read.
     * Idempotent because a run succeeds once and the result is made from what is stored.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async finishImport(input: { runId: string; requestId: string }): Promise<void> {
      const { plan, refused } = await planOf(input.requestId);
      const outcome = await getJson<StoredOutcome>(deps, outcomeKey(input.requestId));
      await moveRun(db, {
        runId: input.runId,
        state: 'succeeded',
        result: {
          site: plan.site.name,
          files: plan.items.length + plan.kept.length + refused.length,
          imported: plan.items.length,
          kept: plan.kept.length,
          keptFiles: plan.kept,
          skipped: refused,
          missingInstructors: outcome?.missingInstructors ?? [],
          addedInstructors: outcome?.addedInstructors ?? [],
          media: outcome?.media ?? 0,
        },
      });
    },

    /**
     * Removes the site an import stored and could not finish, so that the import can be repeated.
     * Idempotent because a site that is gone is removed again without effect; only the plan's own site is touched.
     * Kill points: before the delete, after it; either way the next try ends in the same state.
     */
    async discardImport(input: { runId: string; requestId: string }): Promise<void> {
      const stored = await getJson<StoredImport>(deps, storeKeys.importPlan(input.requestId));
      if (stored === null) return;
      await db.transaction(async (trx) => {
        // The run outlives the site it could not make.
        await unbindRunFromSite(trx, input.runId);
        await deleteSite(trx, stored.siteId);
      });
    },
  };

  async function requestOf(requestId: string): Promise<{ row: RunRequestRow; request: ImportRequest }> {
    const row = await findRunRequest(db, requestId);
    if (row === undefined) throw new Error(`Import request ${requestId} does not exist`);
    return { row, request: row.input as unknown as ImportRequest };
  }

  async function planOf(requestId: string): Promise<StoredImport> {
    const stored = await getJson<StoredImport>(deps, storeKeys.importPlan(requestId));
    if (stored === null) throw new Error(`The plan of import ${requestId} is not in the build store`);
    return stored;
  }

  async function starterOf(stored: StoredImport): Promise<StarterRow> {
    const starter = await findStarter(db, stored.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', 'The starter was removed while the import ran.');
    return starter;
  }

  async function readPlan(input: ImportStepInput, request: ImportRequest, starter: StarterRow): Promise<StoredImport> {
    if (request.gitUrl !== undefined) await packClone(request.gitUrl, input.requestId);
    const siteId = uuidv7();
    const files: SourceFile[] = [];
    let bytes = 0;
    const refused = await walkArchive(await s3.getStream(config.buildStoreBucket, storeKeys.importArchive(input.requestId)), async (entry) => {
      if (entry.area !== 'repository') return void entry.stream.resume();
      const body = await readWhole(entry.stream, archiveLimits.repositoryBytes - bytes);
      bytes += body.length;
      files.push({ path: entry.path, bytes: body, blob: blobId(body) });
    });
    if (files.length === 0) throw new StepError('ImportUnreadable', `‘${request.folder}’ has no files to import.`);
    const plan = planImport({ files, config: starter.config as SiteConfig, folderName: request.folder, siteId, ...(request.name === undefined ? {} : { name: request.name }) });
    if (plan.items.length === 0) throw new StepError('ImportUnreadable', `‘${request.folder}’ has no content of the starter ‘${starter.slug}’: none of its ${files.length.toLocaleString('en-US')} files is an item.`);
    return { siteId, starterId: starter.id, plan, refused };
  }

  async function packClone(gitUrl: string, requestId: string): Promise<void> {
    const { abortSignal } = activityContext();
    const directory = await workspace.newBuildDir();
    try {
      await git.cloneFiles(gitUrl, posix.join(directory, 'clone'), { abortSignal });
      await s3.putStream(config.buildStoreBucket, storeKeys.importArchive(requestId), packDirectory(posix.join(directory, 'clone')), { contentType: 'application/gzip' });
    } finally {
      await workspace.remove(directory);
    }
  }

  async function assertFree(trx: Db, stored: StoredImport): Promise<void> {
    const { site } = stored.plan;
    const isRoot = site.name === config.rootWebsiteName;
    if ((await findSite(trx, stored.siteId)) !== undefined) return;
    const clash = await findSiteClash(trx, { name: site.name, shortId: site.shortId, urlPath: isRoot ? null : site.urlPath });
    if (clash === undefined) return;
    switch (clash.field) {
      case 'urlPath':
        throw new StepError('UrlInUse', `The URL ‘${site.urlPath ?? ''}’ is in use by the site ‘${clash.site}’. Was this course imported before?`);
      case 'name':
        throw new StepError('NameInUse', `There is a site named ‘${clash.site}’ already. Import it under another --name.`);
      case 'shortId':
        throw new StepError('NameInUse', `The short id ‘${site.shortId}’ is that of the site ‘${clash.site}’, and names its repository.`);
    }
  }

  async function storeFiles(requestId: string, stored: StoredImport, siteConfig: SiteConfig): Promise<StoredOutcome> {
    const prefix = siteStoragePrefix(siteConfig, stored.plan.site);
    let media = 0;
    const instructors: { uuid: string; text: string }[] = [];
    await walkArchive(await s3.getStream(config.buildStoreBucket, storeKeys.importArchive(requestId)), async (entry) => {
      if (entry.area === 'media') {
        await s3.putStream(config.storageBucket, `${prefix}/${entry.path}`, entry.stream, { contentType: contentTypeOf(entry.path) });
        media += 1;
      } else if (entry.area === 'instructors') {
        const match = /^([0-9a-f-]{36})\/index\.json$/.exec(entry.path);
        const text = (await readWhole(entry.stream, 1024 * 1024)).toString('utf8');
        if (match?.[1] !== undefined) instructors.push({ uuid: match[1], text });
      } else entry.stream.resume();
    });
    const root = await findSiteByName(db, config.rootWebsiteName);
    const added: string[] = [];
    if (root !== undefined && instructors.length > 0) {
      await db.transaction(async (trx) => {
        for (const { uuid, text } of instructors) {
          await putContentItem(trx, { siteId: root.id, item: instructorItem(uuid, text), by: null, reason: 'imported' });
          added.push(uuid);
        }
      });
    }
    const known = root === undefined ? new Set<string>() : await knownTextIds(db, root.id, stored.plan.instructors);
    return { media, addedInstructors: added, missingInstructors: stored.plan.instructors.filter((uuid) => !known.has(uuid)) };
  }
}

import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobId, type TreeEntry } from '#clients/git.ts';
import { listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import type { Db } from '#db/knex.ts';
import { listNamedElsewhere, rebasePulled } from '#db/queries/pulledItems.ts';
import { bindRequest, listRequestsOfRuns, lockOldestWaiting, type RunRequestRow } from '#db/queries/runRequests.ts';
import { amendRun, findPass, findRun, moveRun, openRun, recordPhase, recordPhaseProgress } from '#db/queries/runs.ts';
import { findSite, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { listWrittenFiles } from '#db/queries/writtenFiles.ts';
import { captionTracks, withCaptionRelations } from '#domain/captions.ts';
import { type SiteContext, readContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { type PullFile, readPullFile, type CommitFile } from '#domain/pullFile.ts';
import { type PullChange, type PulledItem, planPull, type PullScope, pullSummary } from '#domain/pullPlan.ts';
import { type GoesBack, goesBackSentence, type PullFault, type PullReport, withFaults } from '#domain/pullReport.ts';
import { referencesOf } from '#domain/references.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { rememberForm } from '#domain/writtenForm.ts';
import { pullContentContract, type PullRequest } from '#temporal/contracts/pullContent.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { applyPulled, type PlannedChange } from './applyPulled.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { archiveLimits } from './importArchive.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { repositoryUrl } from './repository.ts';
import { serializedItem } from './serializedItem.ts';
import { siteContext } from './siteContext.ts';
import { StepError } from './stepError.ts';

export interface PullStepInput extends PhaseInput {
  readonly siteId: string;
}

export interface OpenPullInput {
  readonly siteId: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

export interface FetchedSource extends PhaseResult {
  readonly commit: string;
}

/** The files of the commit, as they lie in the build store. */
interface StoredSource {
  readonly commit: string;
  readonly goesBack: GoesBack | null;
  readonly files: readonly CommitFile[];
  /** Path and blob of every file at the head of main. */
  readonly main: readonly (readonly [string, string])[];
  /** What the one commit changed, when only that is taken. */
  readonly onlyPaths: readonly string[] | null;
  /** Item, path and blob of every file that rows named before the fetch began: what they name beside these was committed after it. */
  readonly held: readonly (readonly [string, string, string | null])[];
}

/** What is to be done, as it lies in the build store. */
interface StoredPlan {
  readonly groups: readonly (readonly PlannedChange[])[];
  readonly rebased: readonly PlannedChange[];
}

/** A file larger than this is no content; bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** After how many groups the timeline says how far it is. */
const SAID_EVERY = 100;

/** Taking content from a site's repository into the studio. */
export function createPullsActivities(deps: ActivityDeps) {
  const { config, db, git, workspace } = deps;

  return {
    /**
     * Opens the run of the oldest request that waits for this site, or says that none does.
     * Idempotent because a pass is found again by workflow id, run id and number, with the request it took.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openPull(input: OpenPullInput): Promise<{ runId: string | null; dryRun: boolean }> {
      const pass = { workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass };
      return db.transaction(async (trx) => {
        const known = await findPass(trx, pass.workflowId, pass.workflowRunId, pass.pass);
        if (known !== undefined) return { runId: known.id, dryRun: (await requestOf(trx, known.id)).request.dryRun };
        const waiting = await lockOldestWaiting(trx, pullContentContract.process, input.siteId);
        if (waiting === undefined) return { runId: null, dryRun: false };
        const { runId } = await openRun(trx, { process: pullContentContract.process, siteId: input.siteId, version: null, ...pass, frozen: {} });
        await bindRequest(trx, waiting.id, runId);
        return { runId, dryRun: (waiting.input as unknown as PullRequest).dryRun };
      });
    },

    /**
     * Finds the commit and reads its files; the repository is only fetched.
     * Idempotent because a run that has its source keeps it: a commit that is pushed meanwhile belongs to the next pull.
     * Kill points: during the fetch or the read (begun anew), between object and row (read again, nobody saw the first).
     */
    async fetchSource(input: PullStepInput): Promise<FetchedSource> {
      const run = await findRun(db, input.runId);
      const known = run?.frozen['sourceKey'] === undefined ? null : await getJson<StoredSource>(deps, storeKeys.pullSource(input.runId));
      const source = known ?? (await readSource(input));
      if (known === null) {
        await putJson(deps, storeKeys.pullSource(input.runId), source);
        await amendRun(db, input.runId, { commit: source.commit, frozen: { sourceKey: storeKeys.pullSource(input.runId) } });
      }
      const files = source.onlyPaths === null ? `${source.files.length.toLocaleString('en-US')} files` : `${source.onlyPaths.length.toLocaleString('en-US')} files changed`;
      return { commit: source.commit, summary: `${files} at ${source.commit.slice(0, 8)}${source.goesBack === null ? '' : `. ${goesBackSentence(source.goesBack)}`}`, counts: { files: source.files.length } };
    },

    /**
     * Plans what the files change, from one moment of the studio's content.
     * Idempotent because a run that has its plan keeps it.
     * Kill points: before the objects, between objects and row (planned again, nothing was changed by the first).
     */
    async compareContent(input: PullStepInput): Promise<PhaseResult> {
      const run = await findRun(db, input.runId);
      const { site, siteConfig, request } = await stateOf(input);
      const known = run?.frozen['reportKey'] === undefined ? null : await getJson<PullReport>(deps, storeKeys.pullReport(input.runId));
      const report = known ?? (await comparePulled(input.runId, site, siteConfig, request));
      if (known === null) await amendRun(db, input.runId, { frozen: { reportKey: storeKeys.pullReport(input.runId) } });
      return { summary: pullSummary(report.counts, false), counts: { ...report.counts } };
    },

    /**
     * Changes the items, each group in a transaction of its own and only from the revision it was compared at.
     * Idempotent because an item that is as planned is passed over; what could not be taken is found out again.
     * Kill points: between two items (the next try goes on with the rest), after the last before its object.
     */
    async applyPull(input: PullStepInput): Promise<PhaseResult> {
      const { abortSignal, context } = activityContext();
      const { site, siteConfig, request } = await stateOf(input);
      const plan = await planOf(input.runId);
      const faults: PullFault[] = [];
      const doomed = new Set(plan.groups.flat().flatMap(({ change }) => (change.kind === 'delete' ? [change.textId] : [])));
      const titleOf = (item: ContentItem): string | null => (item.type === 'sitemetadata' && typeof item.metadata[config.fieldMetadataTitle] === 'string' ? (item.metadata[config.fieldMetadataTitle] as string) : null);
      let done = 0;
      for (const group of plan.groups) {
        abortSignal.throwIfAborted();
        const fault = await applyPulled(db, { site, by: request.by, group, namesOf: (item) => referencesOf(item, siteConfig), titleOf, doomed });
        if (fault !== null) faults.push(...group.map(({ change }) => ({ textId: change.textId, ...fault })));
        done += 1;
        if (done % SAID_EVERY !== 0) continue;
        reportPosition(context, { done });
        await recordPhaseProgress(db, input.runId, input.phase, `${done.toLocaleString('en-US')} of ${plan.groups.length.toLocaleString('en-US')}`, { done });
      }
      await putJson(deps, storeKeys.pullOutcome(input.runId), faults);
      const report = withFaults(await reportOf(input.runId), faults);
      return { summary: pullSummary(report.counts, true), counts: { ...report.counts } };
    },

    /**
     * Notes what main holds of items that stay as they are, stores the report with what became of the plan and ends the run.
     * Idempotent because a baseline is noted only over the one it was planned from, and a run succeeds once.
     * Kill points: before and between the rows, before the report, before the end; each is done again to the same effect.
     */
    async recordPull(input: PullStepInput): Promise<PhaseResult> {
      const { site, request } = await stateOf(input);
      const planned = await reportOf(input.runId);
      const faults = (request.dryRun ? null : await getJson<PullFault[]>(deps, storeKeys.pullOutcome(input.runId))) ?? [];
      const report = withFaults(planned, faults);
      if (request.dryRun) await recordPhase(db, { runId: input.runId, phase: 'apply', state: 'skipped', summary: 'A dry run changes nothing' });
      else {
        await recordBaselines(site, (await planOf(input.runId)).rebased);
        await putJson(deps, storeKeys.pullReport(input.runId), report);
      }
      const summary = pullSummary(report.counts, !request.dryRun);
      await moveRun(db, { runId: input.runId, state: 'succeeded', result: { commit: report.commit, dryRun: report.dryRun, goesBack: report.goesBack, counts: report.counts } });
      return { summary, counts: { ...report.counts } };
    },
  };

  async function requestOf(at: Db, runId: string): Promise<{ row: RunRequestRow; request: PullRequest }> {
    const row = (await listRequestsOfRuns(at, [runId])).get(runId)?.[0];
    if (row === undefined) throw new Error(`Run ${runId} has no request`);
    return { row, request: row.input as unknown as PullRequest };
  }

  async function stateOf(input: { runId: string; siteId: string }): Promise<{ site: SiteRow; siteConfig: SiteConfig; request: PullRequest & { readonly by: string | null } }> {
    const { row, request } = await requestOf(db, input.runId);
    const site = await findSite(db, input.siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then pull again.`);
    if (starter.config === null) throw new StepError('StarterConfigInvalid', `The starter ‘${starter.slug}’ was never read without fault: ${starter.fault ?? 'no configuration'}. Mend it in the projects repository, read the starters again, then pull again.`);
    return { site, siteConfig: starter.config as SiteConfig, request: { ...request, by: row.requestedBy } };
  }

  async function planOf(runId: string): Promise<StoredPlan> {
    const plan = await getJson<StoredPlan>(deps, storeKeys.pullPlan(runId));
    if (plan === null) throw new Error(`The plan of pull ${runId} is not in the build store`);
    return plan;
  }

  async function reportOf(runId: string): Promise<PullReport> {
    const report = await getJson<PullReport>(deps, storeKeys.pullReport(runId));
    if (report === null) throw new Error(`The report of pull ${runId} is not in the build store`);
    return report;
  }

  async function readSource(input: PullStepInput): Promise<StoredSource> {
    const { abortSignal } = activityContext();
    const { site, request } = await stateOf(input);
    const url = repositoryUrl(config, site);
    const mirror = workspace.mirrorDir(url);
    return workspace.exclusive(mirror, async () => {
      // Before the fetch: a commit is pushed first and noted afterwards, so main is never older than these.
      const held = (await listWrittenFiles(db, site.id)).map(({ itemId, path, blob }) => [itemId, path, blob] as const);
      await git.updateMirror(url, mirror, { abortSignal });
      const head = await git.headOf(mirror, config.gitBranchMain, { abortSignal });
      if (head === null) throw new StepError('BranchMissing', `The repository of ‘${site.title}’ has no branch ‘${config.gitBranchMain}’.`);
      const found = await commitOf(mirror, site, request, head, abortSignal);
      const onlyPaths = request.onlyCommit === undefined ? null : await git.changedPaths(mirror, found.commit, { abortSignal });
      const commits = await git.countCommits(mirror, found.commit, head, onlyPaths ?? (request.path === undefined ? null : [request.path]), { abortSignal });
      const goesBack = commits === 0 ? null : { at: found.at, commits };
      if (goesBack !== null && !request.dryRun && !request.allowOlder) throw new StepError('PullGoesBack', `${goesBackSentence(goesBack)} Nothing was changed. Pull with --yes to go back all the same.`);
      const tree = await git.listTree(mirror, found.commit, { abortSignal });
      const main = found.commit === head ? tree : await git.listTree(mirror, head, { abortSignal });
      const files = await readFiles(mirror, found.commit, tree, abortSignal);
      return { commit: found.commit, goesBack, files, main: main.map(({ path, blob }) => [path, blob] as const), onlyPaths, held };
    });
  }

  async function commitOf(mirror: string, site: SiteRow, request: PullRequest, head: string, abortSignal: AbortSignal): Promise<{ commit: string; at: string }> {
    const named = request.commit ?? request.onlyCommit;
    const branchHead = request.ref === undefined ? head : await git.headOf(mirror, request.ref, { abortSignal });
    if (branchHead === null) throw new StepError('BranchMissing', `The repository of ‘${site.title}’ has no branch ‘${request.ref ?? ''}’.`);
    const found = await git.findCommit(mirror, named ?? branchHead, { abortSignal });
    if (found === null) throw new StepError('CommitMissing', `The repository of ‘${site.title}’ has no commit ‘${named ?? branchHead}’, or more than one that begins so.`);
    return found;
  }

  /** The texts of a commit, as they are in git: what a checkout would turn (line ends by attributes) is read from git itself. */
  async function readFiles(mirror: string, commit: string, tree: readonly TreeEntry[], abortSignal: AbortSignal): Promise<CommitFile[]> {
    const directory = await workspace.newBuildDir();
    const files: CommitFile[] = [];
    let bytes = 0;
    try {
      const checkout = join(directory, 'files');
      await git.exportTree(mirror, commit, checkout, { abortSignal });
      for (const { path, blob, mode } of tree) {
        abortSignal.throwIfAborted();
        const leave = (kind: 'kept' | 'unreadable', reason: string): void => void files.push({ path, blob, text: null, fault: { kind, reason } });
        if (!mode.startsWith('100')) {
          leave('kept', 'it is no plain file');
          continue;
        }
        if (path.includes('\ufffd')) {
          leave('unreadable', 'its name is not in UTF-8');
          continue;
        }
        const { size } = await lstat(join(checkout, path));
        bytes += size;
        if (size > MAX_FILE_BYTES || bytes > archiveLimits.repositoryBytes) {
          leave('unreadable', 'it is too large to be read');
          continue;
        }
        const body = await readFile(join(checkout, path));
        files.push({ path, blob, ...(blobId(body) === blob ? textOf(body) : { text: await git.readFile(mirror, commit, path, { abortSignal }) }) });
      }
    } finally {
      await workspace.remove(directory);
    }
    return files;
  }

  async function comparePulled(runId: string, site: SiteRow, siteConfig: SiteConfig, request: PullRequest): Promise<PullReport> {
    const source = await getJson<StoredSource>(deps, storeKeys.pullSource(runId));
    if (source === null) throw new Error(`The source of pull ${runId} is not in the build store`);
    const { items, namedElsewhere } = await db.transaction(async (trx) => ({ items: await listContentItems(trx, site.id), namedElsewhere: await listNamedElsewhere(trx, site) }), { isolationLevel: 'repeatable read', readOnly: true });
    const present = items.filter((item) => item.deletedAt === null);
    const files = withCaptions(source.files.map((file) => readPullFile(file, siteConfig, site)), site, present, siteConfig);
    const texts = new Map(source.files.map((file) => [file.path, file.text]));
    const before = siteContext(site, present);
    const tracks = captionTracks(present, siteConfig, before);
    const byPath = new Map(files.map((file) => [file.path, file]));
    const held = new Map(source.held.map(([id, path, blob]) => [id, { path, blob }]));
    const scope: PullScope = source.onlyPaths !== null ? { kind: 'paths', paths: new Set(source.onlyPaths) } : request.path !== undefined ? { kind: 'path', path: request.path } : { kind: 'whole' };
    const plan = planPull({
      files,
      items: items.map((item) => pulledItem(item, byPath, texts, siteConfig, before, tracks, held.get(item.id))),
      scope,
      deleteMissing: request.deleteMissing,
      overwrite: request.overwrite,
      main: new Map(source.main),
      namesOf: (item) => referencesOf(item, siteConfig).flatMap(({ targetTextId, targetSite }) => (targetTextId !== null && (targetSite === null || targetSite === site.name || targetSite === site.urlPath) ? [targetTextId] : [])),
      namedElsewhere,
    });
    if (request.path !== undefined && plan.lines.length === 0) throw new StepError('PathMissing', `There is nothing at ‘${request.path}’, neither in the commit nor in the studio.`);
    const after = contextAfter(site, items, [...plan.groups.flat(), ...plan.rebased].map((change) => ({ change })));
    const withForm = (change: PullChange): PlannedChange => {
      const text = texts.get(change.path);
      const form = change.kind === 'delete' || text == null ? null : rememberForm({ path: change.path, text, item: change.item, config: siteConfig, site: after });
      // Of the moment the form was made for: what is saved later differs from it, as it should.
      return { change, form, sha256: change.kind === 'delete' || !change.baseline.isHeld ? null : (serializedItem(change.item, siteConfig, after, form)?.sha256 ?? null) };
    };
    await putJson(deps, storeKeys.pullPlan(runId), { groups: plan.groups.map((group) => group.map(withForm)), rebased: plan.rebased.map(withForm) } satisfies StoredPlan);
    const report: PullReport = { site: site.name, commit: source.commit, dryRun: request.dryRun, goesBack: source.goesBack, counts: plan.counts, lines: plan.lines };
    await putJson(deps, storeKeys.pullReport(runId), report);
    return report;
  }

  /** Baselines of items whose file alone is another now; those of what was taken were noted with it. */
  async function recordBaselines(site: SiteRow, rebased: readonly PlannedChange[]): Promise<void> {
    const ids = new Map((await listContentItems(db, site.id)).map((item) => [item.textId, item.id]));
    const rows = rebased.flatMap(({ change, form, sha256 }) => {
      const id = ids.get(change.textId);
      const { path, blob } = change.baseline;
      return id === undefined ? [] : [{ id, path, blob, form, sha256, fromBlob: change.fromBlob }];
    });
    await db.transaction(async (trx) => {
      await lockSite(trx, site.id);
      await rebasePulled(trx, rows);
    });
  }
}

/** A text in UTF-8; a byte order mark belongs to it. */
function textOf(body: Buffer): Pick<CommitFile, 'text' | 'fault'> {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    // Pictures and other bytes belong to no item, whatever their name.
    return { text: null, fault: { kind: 'kept', reason: 'it is not a text in UTF-8' } };
  }
}

/** The site's items once the changes are made; what is deleted is no target of a menu and no caption. */
function contextAfter(site: SiteRow, items: readonly StoredContentItem[], planned: readonly { readonly change: PullChange }[]): SiteContext {
  const byTextId = new Map<string, ContentItem>(items.filter((item) => item.deletedAt === null).map((item) => [item.textId, item]));
  for (const { change } of planned) {
    if (change.kind === 'delete') byTextId.delete(change.textId);
    else byTextId.set(change.textId, change.item);
  }
  return siteContext(site, [...byTextId.values()]);
}

/** Gives videos of the files the relations that their lists of captions were made of. */
function withCaptions(files: readonly PullFile[], site: SiteRow, present: readonly ContentItem[], siteConfig: SiteConfig): PullFile[] {
  const all = new Map<string, ContentItem>(present.map((item) => [item.textId, item]));
  for (const { read } of files) if (read.kind === 'item') all.set(read.item.textId, read.item);
  const tracks = captionTracks([...all.values()], siteConfig, siteContext(site, [...all.values()]));
  return files.map((file) => (file.read.kind === 'item' ? { ...file, read: { ...file.read, item: { ...file.read.item, metadata: withCaptionRelations(file.read.item.metadata, tracks, site.name) } } } : file));
}

/** What a stored item knows of its file, and whether somebody edited it since. */
function pulledItem(item: StoredContentItem, files: ReadonlyMap<string, PullFile>, texts: ReadonlyMap<string, string | null>, siteConfig: SiteConfig, context: SiteContext, tracks: ReturnType<typeof captionTracks>, held: { readonly path: string; readonly blob: string | null } | undefined): PulledItem {
  const { revision, writtenPath, writtenSha256, writtenBlob, writtenForm } = item;
  const isDeleted = item.deletedAt !== null;
  const written = serializedItem(item, siteConfig, context, writtenForm);
  const readBack = written === null ? null : readContentFile({ path: written.path, text: written.text, config: siteConfig, site: context });
  const file = writtenPath === null ? undefined : files.get(writtenPath);
  return {
    item,
    revision,
    isDeleted,
    isEdited: isDeleted ? writtenPath !== null : written === null || written.sha256 !== writtenSha256 || written.path !== writtenPath,
    writtenPath,
    writtenBlob,
    isCommittedSince: writtenPath !== (held?.path ?? null) || writtenBlob !== (held?.blob ?? null),
    isFileAsWritten: file !== undefined && isAsWritten(item, file, texts.get(file.path) ?? '', siteConfig, context),
    readBack: readBack?.kind === 'item' ? { ...readBack.item, metadata: withCaptionRelations(readBack.item.metadata, tracks, context.name) } : item,
  };
}

function isAsWritten({ textId, writtenBlob, writtenSha256 }: StoredContentItem, file: PullFile, text: string, config: SiteConfig, site: SiteContext): boolean {
  if (file.read.kind !== 'item' || file.read.item.textId !== textId) return false;
  if (writtenBlob !== null) return file.blob === writtenBlob;
  // Items that were stored before blobs were noted: the file is what the baseline was made of.
  const { item } = file.read;
  return serializedItem(item, config, site, rememberForm({ path: file.path, text, item, config, site }))?.sha256 === writtenSha256;
}

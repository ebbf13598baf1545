import { isDeepStrictEqual } from 'node:util';
import { listContentItems } from '#db/queries/contentItems.ts';
import { listForgottenSaves, noteRepository } from '#db/queries/repositories.ts';
import { bindRequest, listWaitingRequests } from '#db/queries/runRequests.ts';
import { amendRun, findPass, openRun, skipPhases } from '#db/queries/runs.ts';
import { bringSiteBack } from '#db/queries/archivedSites.ts';
import { findSite, lockSite } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { listWrittenFiles } from '#db/queries/writtenFiles.ts';
import { counted } from '#domain/counted.ts';
import { readContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { type RepositoryPhaseId, syncContentProcess } from '#domain/processes.ts';
import { configItem, configItemByFile, contentDirOf, type SiteConfig } from '#domain/siteConfig.ts';
import { joinPath } from '#domain/siteUrl.ts';
import { contentSaved, type RepositoryAction, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { startSyncContent } from '#temporal/startSyncContent.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { createContentWriter, type Written } from './contentWriter.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

export interface OpenRepositoryRunInput {
  readonly siteId: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
  /** Whether it is about saves nobody asked to commit; else about the requests that wait. */
  readonly isSaved: boolean;
}

export interface OpenedRepositoryRun {
  /** Null when there is nothing to do. */
  readonly runId: string | null;
  readonly asked: RepositoryAction;
}

export interface CommitSavedInput extends PhaseInput {
  readonly siteId: string;
  readonly snapshotKey: string;
  readonly revision: number;
  readonly overwrite?: boolean;
}

export interface RepositoryStepInput extends PhaseInput {
  readonly siteId: string;
}

export interface RemoveOrphansInput extends RepositoryStepInput {
  /** False only lists them. */
  readonly delete: boolean;
}

/** The phases of each thing that can be asked; the run says of the others that it skips them. */
function phasesOf(asked: RepositoryAction): readonly RepositoryPhaseId[] {
  switch (asked.action) {
    case 'ensure':
      return ['repository'];
    case 'sync':
      return ['freeze', 'commit'];
    case 'orphans':
      return ['orphans'];
    case 'archive':
      return asked.commit === true ? ['freeze', 'commit', 'archive'] : ['archive'];
    case 'reopen':
      return ['reopen'];
  }
}

const ARCHIVED_SUMMARIES: Readonly<Record<'changed' | 'unchanged' | 'missing', (repository: string) => string>> = {
  changed: (repository) => `${repository} takes no writes any more`,
  unchanged: (repository) => `${repository} was archived already`,
  missing: (repository) => `${repository} does not exist, so there is nothing to archive`,
};
const REOPENED_SUMMARIES: typeof ARCHIVED_SUMMARIES = {
  changed: (repository) => `${repository} takes writes again, and the site is back`,
  unchanged: (repository) => `${repository} was open already; the site is back`,
  missing: (repository) => `${repository} does not exist yet; the site is back, and its next save makes it`,
};

/** After its last change, how long a site whose commit failed is left alone, in milliseconds. */
const PAUSE_AFTER_FAILURE_MS = 6 * 60 * 60_000;
/** Sites that are woken by one check: a changed starter concerns all of them. */
const WOKEN_AT_ONCE = 20;
/** Paths a run's result lists; the counts are whole. */
const LISTED_PATHS = 2_000;

/** What a repository's own workflow does beside the commits of publishes. */
export function createSiteRepositoryActivities(deps: ActivityDeps) {
  const { db, git, github, config, workspace } = deps;
  const writer = createContentWriter(deps);

  return {
    /**
     * Opens the run of the oldest thing that is asked of a repository, with every waiting request that asks for the same; or, for saves, the
     * run of a commit when main lacks something.
     * Idempotent because a pass is found again by workflow id, run id and number, and requests it took stay its own.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openRepositoryRun(input: OpenRepositoryRunInput): Promise<OpenedRepositoryRun> {
      const nothing = { runId: null, asked: { action: 'sync' } } as const;
      return db.transaction(async (trx) => {
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        if (known !== undefined) return { runId: known.id, asked: askedOf(known.frozen['asked']) };
        const waiting = input.isSaved ? [] : (await listWaitingRequests(trx, [input.siteId])).filter((request) => request.process === syncContentContract.process);
        const [first] = waiting;
        const site = input.isSaved ? await findSite(trx, input.siteId) : undefined;
        if (first === undefined && (site === undefined || site.archivedAt !== null || site.contentRevision <= site.committedRevision)) return nothing;
        const asked = first === undefined ? ({ action: 'sync' } as const) : askedOf(first.input);
        const { runId } = await openRun(trx, { process: syncContentContract.process, siteId: input.siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: { asked } });
        await skipPhases(trx, runId, syncContentProcess.phases.map((phase) => phase.id).filter((phase) => !phasesOf(asked).includes(phase)));
        for (const request of waiting) if (isDeepStrictEqual(askedOf(request.input), asked)) await bindRequest(trx, request.id, runId);
        return { runId, asked };
      });
    },

    /**
     * Makes the site's repository with its three branches, or completes it.
     * Idempotent because what is there is found and left as it is.
     * Kill points: before the repository, between two branches, before the rows; the next try makes what is missing.
     */
    async ensureSiteRepository(input: RepositoryStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await writer.siteOf(input.siteId);
      const { created, htmlUrl } = await github.ensureRepository(site.shortId, abortSignal);
      const [mainHead, previewHead, releaseHead] = await Promise.all([config.gitBranchMain, config.gitBranchPreview, config.gitBranchRelease].map((branch) => github.branchHead(site.shortId, branch, abortSignal)));
      await noteRepository(db, site.id, { htmlUrl, mainHead: mainHead ?? null, previewHead: previewHead ?? null, releaseHead: releaseHead ?? null });
      return { summary: `${config.gitOrganization}/${site.shortId} ${created ? 'was created' : 'was there already'}`, counts: { created: created ? 1 : 0 } };
    },

    /**
     * Writes a snapshot to main without merging it anywhere: authors' saves, between publishes.
     * Idempotent because files that main already holds are left out and a snapshot older than main's revision is skipped.
     * Kill points: before the push (commits of the mirror are thrown away), after the push before the rows (found in main, rows written).
     */
    async commitSaved(input: CommitSavedInput): Promise<PhaseResult & Written> {
      await assertOutwardEffects(deps);
      const written = await writer.write(input, activityContext().abortSignal);
      await amendRun(db, input.runId, { commit: written.commit, result: { commits: written.commits, filesChanged: written.filesChanged } });
      const short = written.commit.slice(0, 8);
      return {
        ...written,
        summary: written.filesChanged === 0 ? `Nothing new to commit; ${config.gitBranchMain} at ${short}` : `${counted(written.filesChanged, 'file')} in ${counted(written.commits, 'commit')}; ${config.gitBranchMain} at ${short}`,
        counts: { files: written.filesChanged, commits: written.commits },
      };
    },

    /**
     * Finds files of main inside the content model that belong to no item, and removes them where that was asked for. What the starter cannot
     * read as an item is kept and listed with the reason.
     * Idempotent because the list is made anew from main each time: what was removed is not found again.
     * Kill points: before the push (nothing happened), after it before the result (the next try finds no orphan and says how many it removed: none).
     */
    async removeOrphans(input: RemoveOrphansInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await writer.siteOf(input.siteId);
      const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
      if (starter?.config == null) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter that can be read, so it is not known which files are content.`);
      const siteConfig = starter.config as SiteConfig;
      const directory = writer.mirrorOf(site);
      const found = await workspace.exclusive(directory, async () => {
        const main = await writer.readMain(site, directory, abortSignal);
        if (main.head === null) return { orphans: [], kept: [], commit: null };
        const items = await listContentItems(db, site.id);
        // A deleted item's file is removed by the next commit and is no orphan until then.
        const held = new Set([...(await listWrittenFiles(db, site.id)).map((file) => file.path), ...items.filter((item) => item.deletedAt === null).map((item) => pathOf(item, siteConfig))]);
        const orphans: string[] = [];
        const kept: { path: string; reason: string }[] = [];
        for (const path of main.tree.keys()) {
          if (held.has(path) || !isInModel(path, siteConfig)) continue;
          const text = (await git.readFile(directory, main.head, path, { abortSignal })) ?? '';
          const read = readContentFile({ path, text, config: siteConfig, site });
          if (read.kind === 'item') orphans.push(path);
          else kept.push({ path, reason: read.reason });
        }
        if (!input.delete || orphans.length === 0) return { orphans, kept, commit: null };
        const removal = writer.commitSpec(null, 'Remove orphans', input.runId, orphans.map((path) => ({ path, content: null })));
        const commit = await git.commitAndPush(writer.urlOf(site), directory, config.gitBranchMain, main.head, [removal], input.runId, { abortSignal });
        await noteRepository(db, site.id, { mainHead: commit });
        return { orphans, kept, commit };
      });
      const { orphans, kept, commit } = found;
      const removed = commit === null ? 0 : orphans.length;
      await amendRun(db, input.runId, { result: { orphans: orphans.slice(0, LISTED_PATHS), orphanCount: orphans.length, kept: kept.slice(0, LISTED_PATHS), keptCount: kept.length, removed }, ...(commit === null ? {} : { commit }) });
      const counted = orphans.length === 0 ? 'No file without an item' : `${orphans.length.toLocaleString('en-US')} file${orphans.length === 1 ? '' : 's'} without an item${removed > 0 ? ', removed' : ''}`;
      return { summary: kept.length === 0 ? counted : `${counted}; ${kept.length.toLocaleString('en-US')} that the starter cannot read, kept`, counts: { orphans: orphans.length, kept: kept.length, removed } };
    },

    /**
     * Closes the repository of an archived site to everybody who writes, at GitHub.
     * Idempotent because a repository that is closed stays so, and one that is not there has nothing to close.
     * Kill points: before the call (nothing happened), after it before the row (found closed, the row is written).
     * @throws {StepError} SiteNotArchived, final, when it was brought back meanwhile.
     */
    async archiveRepository(input: RepositoryStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const site = await writer.siteOf(input.siteId);
      if (site.archivedAt === null) throw new StepError('SiteNotArchived', `The site ‘${site.title}’ is not archived any more, so its repository stays open.`);
      const state = await github.setArchived(site.shortId, true, activityContext().abortSignal);
      await noteRepository(db, site.id, { isArchived: state !== 'missing' });
      return { summary: ARCHIVED_SUMMARIES[state](`${config.gitOrganization}/${site.shortId}`), counts: {} };
    },

    /**
     * Lets a repository be written again, and then brings its site back: before that a save would meet a repository that takes nothing.
     * Idempotent because a repository that is open stays so, and a site that is back stays as it is.
     * Kill points: before the call (the site is archived still), after it before the rows (found open, the site comes back).
     */
    async reopenRepository(input: RepositoryStepInput): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const site = await writer.siteOf(input.siteId);
      const state = await github.setArchived(site.shortId, false, activityContext().abortSignal);
      await db.transaction(async (trx) => {
        await lockSite(trx, site.id);
        if (state !== 'missing') await noteRepository(trx, site.id, { isArchived: false });
        await bringSiteBack(trx, site.id);
      });
      return { summary: REOPENED_SUMMARIES[state](`${config.gitOrganization}/${site.shortId}`), counts: {} };
    },

    /**
     * Tells the repositories of sites whose saves no commit followed: their signal was lost, or their starter changed.
     * Idempotent because a signal is a hint, and a commit of what main holds is none.
     * Kill points: between two sites; the next check takes the rest.
     */
    async wakeForgottenSites(input: { readonly quietMs: number }): Promise<{ woken: number }> {
      const sites = await listForgottenSaves(db, { quietMs: input.quietMs, pauseMs: PAUSE_AFTER_FAILURE_MS, limit: WOKEN_AT_ONCE });
      for (const site of sites) {
        await deps.temporal.workflow.signalWithStart(syncContentContract.workflowType, { ...startSyncContent(site, config.temporalTaskQueuePrefix), signal: contentSaved });
      }
      return { woken: sites.length };
    },
  };
}

/** What a row asks; a form this version does not know is a commit, which harms nothing. */
function askedOf(input: unknown): RepositoryAction {
  const given = (typeof input === 'object' && input !== null ? input : {}) as { readonly action?: unknown; readonly overwrite?: unknown; readonly delete?: unknown; readonly commit?: unknown };
  if (given.action === 'ensure') return { action: 'ensure' };
  if (given.action === 'orphans') return { action: 'orphans', delete: given.delete === true };
  if (given.action === 'archive') return { action: 'archive', ...(given.commit === true ? { commit: true } : {}) };
  if (given.action === 'reopen') return { action: 'reopen' };
  return { action: 'sync', ...(given.overwrite === true ? { overwrite: true } : {}) };
}

/** Where an item's file goes; a text that is no path for a kind the starter has lost. */
function pathOf(item: ContentItem, siteConfig: SiteConfig): string {
  return item.isPageContent ? `${joinPath(item.dirpath, item.filename)}.md` : (configItem(siteConfig, item.type)?.file ?? '');
}

/** Whether a path is one that items of this starter have; layouts and settings of Hugo are not. */
function isInModel(path: string, siteConfig: SiteConfig): boolean {
  return path.startsWith(`${contentDirOf(siteConfig)}/`) || configItemByFile(siteConfig, path) !== undefined;
}

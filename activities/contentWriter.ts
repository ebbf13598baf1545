import { blobId, type CommitSpec, type FileChange, GitError } from '#clients/git.ts';
import { GitHubError } from '#clients/github.ts';
import { listContentItems, recordWritten, type WrittenFile } from '#db/queries/contentItems.ts';
import { noteRepository } from '#db/queries/repositories.ts';
import { amendRun, findOpenRun } from '#db/queries/runs.ts';
import { findSite, lockSite, recordCommittedRevision, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { listWrittenFiles } from '#db/queries/writtenFiles.ts';
import type { Problem } from '#domain/runs.ts';
import { fileKind, type SiteConfig } from '#domain/siteConfig.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { getJson } from './buildStore.ts';
import { planCommit, type PlannedCommit } from './commitPlan.ts';
import type { Snapshot } from './content.ts';
import type { ActivityDeps } from './deps.ts';
import { repositoryUrl } from './repositoryUrl.ts';
import { serializedItem } from './serializedItem.ts';
import { siteContext } from './siteContext.ts';
import { snapshotChanges, type SnapshotChange } from './snapshotChanges.ts';
import { StepError } from './stepError.ts';

/** How many files of a kind are named one by one in the timeline, and looked up in main's history. */
const LISTED = 20;

const SYNC_SUBJECT = 'Sync all content';

/** A commit the studio made of what authors saved; an import's is not, for it also holds what no author wrote. */
function isOurs(message: string | null): boolean {
  return message !== null && message.startsWith(`${SYNC_SUBJECT}\n`) && isByStudio(message);
}

/** Whether the studio made a commit, whatever for. */
function isByStudio(message: string): boolean {
  return /^Studio-Run: \S/m.test(message);
}

export interface WriteInput {
  readonly siteId: string;
  readonly runId: string;
  readonly phase: string;
  readonly snapshotKey: string;
  readonly revision: number;
  /** Write also over files that somebody changed in main by hand, and write again what somebody removed there. */
  readonly overwrite?: boolean;
}

export interface Written {
  /** Head of main. */
  readonly commit: string;
  readonly commits: number;
  readonly filesChanged: number;
}

/** Main as it is now: head and files (path -> blob). */
interface Main {
  readonly head: string | null;
  readonly tree: ReadonlyMap<string, string>;
}

/** Writes to the main branch of sites' repositories; the repository workflow sees that nobody else does. */
export function createContentWriter(deps: Pick<ActivityDeps, 'db' | 'git' | 'github' | 'config' | 'workspace' | 's3'>) {
  const { db, git, github, config, workspace } = deps;

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }

  /** An import puts the files as they came in place of whatever it finds: nobody commits before it has. */
  async function assertImported(site: SiteRow): Promise<void> {
    if (site.committedRevision > 0 || (await findOpenRun(db, importSiteContract.process, site.id))?.state !== 'running') return;
    throw new StepError('GitPushRaced', `The import of ‘${site.title}’ is still making its repository.`);
  }

  /** Brings the mirror up to date. A repository that is not there yet, or was deleted, is made on the way; so is main. */
  async function readMain(site: SiteRow, directory: string, abortSignal: AbortSignal): Promise<Main> {
    const url = repositoryUrl(config, site);
    const ensure = async (): Promise<void> => {
      try {
        await github.ensureRepository(site.shortId, abortSignal);
      } catch (error) {
        // Without any commit there is nothing to branch from: the first commit makes main.
        if (!(error instanceof GitHubError && error.kind === 'missing')) throw error;
      }
      await git.updateMirror(url, directory, { abortSignal });
    };
    try {
      await git.updateMirror(url, directory, { abortSignal });
    } catch (error) {
      if (!(error instanceof GitError && error.kind === 'missing')) throw error;
      await ensure();
    }
    let head = await git.headOf(directory, config.gitBranchMain, { abortSignal });
    if (head === null) {
      await ensure();
      head = await git.headOf(directory, config.gitBranchMain, { abortSignal });
    }
    const tree = head === null ? [] : await git.listTree(directory, head, { abortSignal });
    return { head, tree: new Map(tree.map((entry) => [entry.path, entry.blob])) };
  }

  /** Of these paths those whose last commit is not one of ours. */
  async function changedByHand(main: Main, directory: string, paths: readonly string[], abortSignal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (const path of paths) {
      if (main.head === null || !isOurs(await git.lastMessage(directory, main.head, path, { abortSignal }))) found.push(path);
    }
    return found;
  }

  async function refuseDiverged(site: SiteRow, main: Main, directory: string, plan: PlannedCommit, abortSignal: AbortSignal): Promise<void> {
    const diverged = await changedByHand(main, directory, plan.doubtful, abortSignal);
    if (diverged.length === 0) return;
    const named = diverged.slice(0, 3).join(', ');
    throw new StepError(
      'ContentDiverged',
      `Somebody changed ${diverged.length === 1 ? 'a file' : `${diverged.length} files`} of the repository by hand that changed here too: ${named}${diverged.length > 3 ? ', …' : ''}. Nothing was committed. Take that work over with \`studio import --site ${site.name}\`, or write over it with \`studio repo overwrite ${site.name}\`; then publish again.`,
      diverged.map((file) => ({ file, message: 'changed in the repository by hand' })),
    );
  }

  /**
   * A snapshot's changes as they are in its turn. A commit that came between freeze and turn changed what main holds: of what was undone after
   * its freeze the snapshot says nothing, and of what moved again it names the place before.
   */
  async function changesInTurn(site: SiteRow, snapshot: Snapshot): Promise<readonly SnapshotChange[]> {
    if (snapshot.committedRevision === undefined || snapshot.committedRevision === site.committedRevision) return snapshot.changes;
    return db.transaction(
      async (trx) => {
        const now = await findSite(trx, site.id);
        const starter = now?.starterId == null ? undefined : await findStarter(trx, now.starterId);
        // Nothing was saved since: the frozen content is there to be compared anew.
        if (now?.contentRevision === snapshot.revision && starter?.config != null) return (await snapshotChanges(trx, now, starter.config as SiteConfig, config)).changes;
        // What else differs is of a later revision, whose own commit follows.
        const held = new Map((await listWrittenFiles(trx, site.id)).map(({ itemId, path }) => [itemId, path]));
        return snapshot.changes.map((change) => {
          const heldAt = held.get(change.itemId);
          return heldAt === undefined || heldAt === change.path ? change : { ...change, previousPath: heldAt };
        });
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  }

  /** Files that main lacks although rows say it holds them, made again from what is saved now. */
  async function lostFiles(site: SiteRow, main: Main, inSnapshot: ReadonlySet<string>): Promise<(WrittenFile & { path: string; text: string })[]> {
    const lost = new Map((await listWrittenFiles(db, site.id)).filter((file) => !file.isDeleted && !inSnapshot.has(file.itemId) && !main.tree.has(file.path)).map((file) => [file.itemId, file.path]));
    if (lost.size === 0) return [];
    return db.transaction(
      async (trx) => {
        const starter = site.starterId === null ? undefined : await findStarter(trx, site.starterId);
        if (starter?.config == null) return [];
        const siteConfig = starter.config as SiteConfig;
        const items = await listContentItems(trx, site.id);
        const context = siteContext(site, items.filter((item) => item.deletedAt === null));
        return items.flatMap((item) => {
          if (!lost.has(item.id) || item.deletedAt !== null || fileKind(siteConfig, item.type) === undefined) return [];
          const serialized = serializedItem(item, siteConfig, context, item.writtenForm);
          // One that was moved since then is written by the commit of its move.
          return serialized?.path === lost.get(item.id) && serialized !== null ? [{ id: item.id, ...serialized, blob: blobId(serialized.text) }] : [];
        });
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  }

  /** Of files that main lacks those a person removed: that is their work, to be taken over or undone by somebody who knows of it. */
  async function removedByHand(main: Main, directory: string, paths: readonly string[], abortSignal: AbortSignal): Promise<Set<string>> {
    if (main.head === null) return new Set();
    const messages = await git.removalMessages(directory, main.head, paths, { abortSignal });
    return new Set([...messages].filter(([, message]) => !isByStudio(message)).map(([path]) => path));
  }

  function warningsOfRemoved(site: SiteRow, paths: readonly string[]): Problem[] {
    const listed = paths.slice(0, LISTED).map((file): Problem => ({
      file,
      message: `removed from the repository by hand; it is not written again, and the item stays in the studio. Take that over with \`studio import --site ${site.name} --delete-missing\`, or write it again with \`studio repo overwrite ${site.name}\`.`,
    }));
    return paths.length <= LISTED ? listed : [...listed, { message: `${(paths.length - LISTED).toLocaleString('en-US')} more files were removed from the repository by hand.` }];
  }

  /** Files of main that are no longer what was written, and that this commit does not touch: somebody's work that the studio does not show. */
  async function handMade(site: SiteRow, main: Main, directory: string, inSnapshot: ReadonlySet<string>, abortSignal: AbortSignal): Promise<Problem[]> {
    const differing = (await listWrittenFiles(db, site.id)).filter((file) => file.blob !== null && !file.isDeleted && !inSnapshot.has(file.itemId) && main.tree.has(file.path) && main.tree.get(file.path) !== file.blob);
    const paths = await changedByHand(main, directory, differing.slice(0, LISTED).map((file) => file.path), abortSignal);
    return paths.map((file) => ({ file, message: `changed in the repository by hand; it stays as it is there, and the studio does not show it. Take it over with \`studio import --site ${site.name}\`.` }));
  }

  function commitSpec(author: { readonly name: string; readonly email: string } | null, message: string, runId: string, changes: readonly FileChange[]): CommitSpec {
    return {
      authorName: author?.name ?? config.gitDefaultUserName,
      authorEmail: author?.email ?? config.gitDefaultUserEmail,
      message: `${message}\n\nStudio-Run: ${runId}\n`,
      // Removals first: a file that moved to a path another one left must not be removed after it was written.
      changes: [...changes].sort((a, b) => Number(a.content !== null) - Number(b.content !== null)),
    };
  }

  /** One commit per author, in the order their first change stands in the snapshot. */
  function commitsOf(pending: PlannedCommit['pending'], runId: string): CommitSpec[] {
    const byAuthor = new Map<string | null, { author: { name: string; email: string } | null; files: FileChange[] }>();
    for (const { change, files } of pending) {
      const key = change.author?.email ?? null;
      const group = byAuthor.get(key);
      if (group === undefined) byAuthor.set(key, { author: change.author, files: [...files] });
      else group.files.push(...files);
    }
    return [...byAuthor.values()].map(({ author, files }) => commitSpec(author, SYNC_SUBJECT, runId, files));
  }

  return {
    siteOf,
    readMain,
    commitSpec,

    urlOf: (site: SiteRow): string => repositoryUrl(config, site),

    /** Where the mirror of a site's repository lies; hold it by `workspace.exclusive` while it is used. */
    mirrorOf: (site: SiteRow): string => workspace.mirrorDir(repositoryUrl(config, site)),

    /** Writes a snapshot to main, and what main has lost beside it: one commit per author, one push. */
    async write(input: WriteInput, abortSignal: AbortSignal): Promise<Written> {
      const site = await siteOf(input.siteId);
      await assertImported(site);
      const snapshot = await getJson<Snapshot>(deps, input.snapshotKey);
      if (snapshot === null) throw new Error(`The build store has no ${input.snapshotKey}, although a run names it`);
      const directory = workspace.mirrorDir(repositoryUrl(config, site));
      return workspace.exclusive(directory, async () => {
        const main = await readMain(site, directory, abortSignal);
        const isStale = site.committedRevision > input.revision;
        const changes = isStale ? [] : await changesInTurn(site, snapshot);
        const plan = planCommit(changes, main.tree);
        if (input.overwrite !== true) await refuseDiverged(site, main, directory, plan, abortSignal);
        const inSnapshot = new Set(changes.map((change) => change.itemId));
        const absent = await lostFiles(site, main, inSnapshot);
        const removed = input.overwrite === true ? new Set<string>() : await removedByHand(main, directory, absent.map(({ path }) => path), abortSignal);
        const lost = absent.filter(({ path }) => !removed.has(path));
        const commits = commitsOf(plan.pending, input.runId);
        if (lost.length > 0) commits.push(commitSpec(null, SYNC_SUBJECT, input.runId, lost.map(({ path, text }) => ({ path, content: text }))));
        if (main.head === null && commits.length === 0) throw new StepError('BranchMissing', `The repository of ‘${site.title}’ has no branch ‘${config.gitBranchMain}’ and no commit to make one from.`);
        const commit = commits.length === 0 && main.head !== null ? main.head : await git.commitAndPush(repositoryUrl(config, site), directory, config.gitBranchMain, main.head, commits, input.runId, { abortSignal });
        const warnings = [...warningsOfRemoved(site, [...removed]), ...(await handMade(site, main, directory, inSnapshot, abortSignal))];
        if (lost.length > 0) warnings.unshift({ message: `${lost.length === 1 ? `The repository had lost ${lost[0]?.path ?? ''}; it was` : `The repository had lost ${lost.length.toLocaleString('en-US')} files; they were`} written again.` });
        await db.transaction(async (trx) => {
          await lockSite(trx, site.id);
          await recordWritten(
            trx,
            [...changes.filter((change) => change.path !== null).map((change) => ({ id: change.itemId, path: change.path, sha256: change.sha256, blob: change.text === null ? null : blobId(change.text) })), ...lost.map(({ id, path, sha256, blob }) => ({ id, path, sha256, blob }))],
            changes.filter((change) => change.path === null).map((change) => change.itemId),
          );
          if (!isStale) await recordCommittedRevision(trx, input.siteId, input.revision);
          await noteRepository(trx, site.id, { mainHead: commit });
        });
        await amendRun(db, input.runId, { warnings, phase: input.phase });
        return { commit, commits: commits.length, filesChanged: commits.reduce((sum, spec) => sum + spec.changes.length, 0) };
      });
    },
  };
}

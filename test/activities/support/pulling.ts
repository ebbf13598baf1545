import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { getJson, storeKeys } from '#activities/buildStore.ts';
import { createContentActivities } from '#activities/content.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createPullsActivities, type PullStepInput } from '#activities/pulls.ts';
import { createContentWriter, type WriteInput } from '#activities/contentWriter.ts';
import { repositoryUrl } from '#activities/repositoryUrl.ts';
import type { Snapshot } from '#activities/content.ts';
import { findContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { PullReport } from '#domain/pullReport.ts';
import type { PullRequest } from '#temporal/contracts/pullContent.ts';
import { makeRequest, makeRun } from '#test/factories/rows.ts';
import { runActivity } from './runActivity.ts';

/** What a pull ended with: its report, with `said` as one list per line. */
export interface Pulled {
  readonly runId: string;
  readonly report: PullReport;
  readonly said: readonly (readonly string[])[];
}

/** A site with a repository that people push to by hand, and the steps of a pull and of a commit run one after the other. */
export function createPulling(deps: ActivityDeps, site: SiteRow, folder: string) {
  const { db } = deps;
  const url = repositoryUrl(deps.config, site);
  const origin = url.replace(/^file:\/\//, '');
  mkdirSync(dirname(origin), { recursive: true });
  const clone = mkdtempSync(join(folder, 'clone-'));
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=Hand', '-c', 'user.email=hand@example.edu', ...args], { cwd: clone, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  git('clone', '--quiet', origin, '.');
  git('checkout', '--quiet', '-B', 'main');
  const activities = createPullsActivities(deps);
  const workflowId = `pull-content/${site.name}`;

  const step = <O>(runId: string, phase: string, activity: (input: PullStepInput) => Promise<O>): Promise<O> => runActivity(activity, { runId, siteId: site.id, phase });
  async function begin(request: Partial<PullRequest> = {}, by: string | null = null): Promise<string> {
    await makeRequest(db, { process: 'pull-content', siteId: site.id, version: null, requestedBy: by, input: { dryRun: false, deleteMissing: false, overwrite: false, allowOlder: false, ...request } });
    const { runId } = await activities.openPull({ siteId: site.id, workflowId, workflowRunId: uuidv7(), pass: 1 });
    if (runId === null) throw new Error('The request was not taken');
    return runId;
  }
  async function reportOf(runId: string): Promise<Pulled> {
    const report = await getJson<PullReport>(deps, storeKeys.pullReport(runId));
    if (report === null) throw new Error('There is no report');
    return { runId, report, said: report.lines.map(({ action, path, fields, reason }) => [action, path, ...fields, ...(reason === null ? [] : [reason])]) };
  }
  async function freeze(): Promise<{ runId: string; revision: number; snapshotKey: string; changes: Snapshot['changes'] }> {
    const runId = await makeRun(db, { siteId: site.id });
    const frozen = await runActivity((input: { runId: string; phase: string; siteId: string; version: 'draft' }) => createContentActivities(deps).freezeRevision(input), { runId, phase: 'freeze', siteId: site.id, version: 'draft' });
    const snapshot = await getJson<Snapshot>(deps, frozen.snapshotKey);
    return { runId, ...frozen, changes: snapshot?.changes ?? [] };
  }

  return {
    git,
    begin,
    reportOf,
    freeze,
    activities,
    fetch: (runId: string) => step(runId, 'fetch', (input) => activities.fetchSource(input)),
    compare: (runId: string) => step(runId, 'compare', (input) => activities.compareContent(input)),
    apply: (runId: string) => step(runId, 'apply', (input) => activities.applyPull(input)),
    record: (runId: string) => step(runId, 'record', (input) => activities.recordPull(input)),

    /** Pushes by hand; null removes a file. @returns the commit. */
    push(files: Readonly<Record<string, string | Buffer | null>>, message = 'By hand'): string {
      if (git('ls-remote', 'origin', 'main') !== '') git('pull', '--quiet', '--ff-only', 'origin', 'main');
      for (const [path, text] of Object.entries(files)) {
        if (text === null) rmSync(join(clone, path));
        else {
          mkdirSync(dirname(join(clone, path)), { recursive: true });
          writeFileSync(join(clone, path), text);
        }
      }
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '-m', message);
      git('push', '--quiet', 'origin', 'HEAD:main');
      return git('rev-parse', 'HEAD');
    },

    /** Every step of a pull. */
    async pull(request: Partial<PullRequest> = {}, by: string | null = null): Promise<Pulled> {
      const runId = await begin(request, by);
      await this.fetch(runId);
      await this.compare(runId);
      if (request.dryRun !== true) await this.apply(runId);
      await this.record(runId);
      if ((await findRun(db, runId))?.state !== 'succeeded') throw new Error('The run did not end');
      return reportOf(runId);
    },

    /** Freezes and commits as a publish does, or over what others pushed as a person asks for it. @returns the paths it committed. */
    async commit(how: { readonly overwrite?: true } = {}): Promise<(string | null)[]> {
      const { runId, revision, snapshotKey, changes } = await freeze();
      await runActivity((input: WriteInput) => createContentWriter(deps).write(input, AbortSignal.timeout(60_000)), { siteId: site.id, runId, phase: 'commit', snapshotKey, revision, ...how });
      return changes.map((change) => change.path ?? change.previousPath);
    },

    item: (textId: string): Promise<StoredContentItem | undefined> => findContentItem(db, site.id, textId),
    show: (path: string, ref = 'origin/main'): string => {
      git('fetch', '--quiet', 'origin');
      return git('show', `${ref}:${path}`);
    },
    history: (textId: string): Promise<{ title: string | null; reason: string; is_deleted: boolean; revision: number }[]> =>
      db('content_revisions').join('content_items', 'content_items.id', 'content_revisions.item_id').where({ site_id: site.id, text_id: textId }).orderBy('content_revisions.revision').select('content_revisions.title', 'content_revisions.reason', 'is_deleted', 'content_revisions.revision'),
  };
}

export type Pulling = ReturnType<typeof createPulling>;

/** A folder for repositories and mirrors. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'pull-'));

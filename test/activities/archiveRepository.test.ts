import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createContentActivities } from '#activities/content.ts';
import { classify } from '#activities/classify.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createSiteRepositoryActivities } from '#activities/siteRepository.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit } from '#clients/git.ts';
import { createGitHub } from '#clients/github.ts';
import { putSiteAway } from '#db/queries/archivedSites.ts';
import { putContentItem } from '#db/queries/contentChanges.ts';
import { findRepository } from '#db/queries/repositories.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const execute = promisify(execFile);
const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'archive-'));
let url = '';
const standIn = createStandIn({ home: join(folder, 'github'), org: 'ocw-content', token: 'good', publicUrl: () => url, contentLimit: false });
let deps: ActivityDeps;
beforeAll(async () => {
  url = await standIn.listen();
  const config = makeConfig({ ...buckets.env, GIT_API_URL: url, GIT_CLONE_BASE_URL: url, GIT_TOKEN: 'good' });
  deps = { config, db: database.db, s3: buckets.s3, git: createGit({ searchPath: config.searchPath, credentials: [{ scope: url, token: 'good' }] }), github: createGitHub(config), workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
});
afterAll(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the repository of a site that is put away', () => {
  let site: SiteRow;
  beforeEach(async () => {
    site = await makeSite(database.db);
  });
  const now = async (): Promise<SiteRow> => {
    const found = await findSite(database.db, site.id);
    if (found === undefined) throw new Error('The site is gone');
    return found;
  };
  const save = (textId: string): Promise<unknown> => database.db.transaction((trx) => putContentItem(trx, { siteId: site.id, item: makeContentItem({ textId, filename: textId }), by: null, reason: 'edited' }));
  const away = (): Promise<void> => database.db.transaction((trx) => putSiteAway(trx, site.id, null, 'a mistake'));
  const isOpen = (): boolean => execFileSync('git', ['config', '--default', 'false', '--get', 'studio.archived'], { cwd: join(folder, 'github', 'ocw-content', `${site.shortId}.git`), encoding: 'utf8' }).trim() !== 'true';
  const run = () => makeRun(database.db, { siteId: site.id, process: 'site-repo', version: null });
  const activities = () => createSiteRepositoryActivities(deps);
  type Step = { runId: string; phase: string; siteId: string };
  const step = async (name: 'archiveRepository' | 'reopenRepository' | 'ensureSiteRepository') => runActivity((input: Step) => activities()[name](input), { runId: await run(), phase: 'archive', siteId: site.id });
  async function commit() {
    const runId = await run();
    const frozen = await runActivity((input: Step) => createContentActivities(deps).freezeRevision(input), { runId, phase: 'freeze', siteId: site.id });
    return runActivity((input: Step & { snapshotKey: string; revision: number }) => activities().commitSaved(input), { runId, phase: 'commit', siteId: site.id, snapshotKey: frozen.snapshotKey, revision: frozen.revision });
  }

  it('still gets what was saved before, is then closed to every writer, and opens again with its site', async () => {
    await save('page');
    await away();
    expect((await commit()).filesChanged).toBe(1);
    expect(await now()).toMatchObject({ contentRevision: 1, committedRevision: 1 });
    expect(await step('archiveRepository')).toMatchObject({ summary: `ocw-content/${site.shortId} takes no writes any more` });
    expect(isOpen()).toBe(false);
    expect(await findRepository(database.db, site.id)).toMatchObject({ isArchived: true });

    expect(await step('archiveRepository')).toMatchObject({ summary: `ocw-content/${site.shortId} was archived already` });
    const merge = await createGitHub(deps.config).merge(site.shortId, 'preview', 'main').then(() => null, (error: unknown) => error);
    expect(merge).toMatchObject({ kind: 'refused', message: expect.stringContaining('archived so is read-only') as string });

    expect(await step('reopenRepository')).toMatchObject({ summary: `ocw-content/${site.shortId} takes writes again, and the site is back` });
    expect(isOpen()).toBe(true);
    expect((await now()).archivedAt).toBeNull();
    expect(await findRepository(database.db, site.id)).toMatchObject({ isArchived: false });
    await save('another');
    expect((await commit()).filesChanged).toBe(1);
  });

  it('refuses a push by git while it is closed', async () => {
    await step('ensureSiteRepository');
    await away();
    await step('archiveRepository');
    const work = join(folder, `clone-${site.shortId}`);
    const address = url.replace('http://', 'http://x:good@');
    // Not in one breath: the stand-in answers from this very process.
    await execute('git', ['clone', '--quiet', `${address}/ocw-content/${site.shortId}.git`, work]);
    await execute('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', 'commit', '--quiet', '--allow-empty', '-m', 'By hand'], { cwd: work });
    await expect(execute('git', ['push', '--quiet'], { cwd: work })).rejects.toThrow(/403/);
  });

  it('that was never made is not made for it, and the site comes back all the same', async () => {
    await away();
    expect(await step('archiveRepository')).toMatchObject({ summary: `ocw-content/${site.shortId} does not exist, so there is nothing to archive` });
    expect(standIn.repositories.exists('ocw-content', site.shortId)).toBe(false);
    await step('reopenRepository');
    expect((await now()).archivedAt).toBeNull();
  });

  it('stays open when the site was brought back before its turn came', async () => {
    await step('ensureSiteRepository');
    await expect(step('archiveRepository')).rejects.toThrow(`The site ‘${site.title}’ is not archived any more, so its repository stays open.`);
    expect(isOpen()).toBe(true);
  });

  it('is no reason to bring the site back while GitHub is away', async () => {
    await step('ensureSiteRepository');
    await away();
    await step('archiveRepository');
    standIn.addFault({ fault: '500', match: /^PATCH \/repos/ });
    await expect(step('reopenRepository')).rejects.toThrow();
    expect((await now()).archivedAt).not.toBeNull();
    await step('reopenRepository');
    expect((await now()).archivedAt).toBeNull();
  });

  it('gives a writer of content a failure that is final, with the reason', async () => {
    await away();
    const error: unknown = await save('page').then(() => null, (reason: unknown) => reason);
    expect(classify(error, 1)).toMatchObject({ type: 'SiteArchived', isFinal: true, message: `The site ‘${site.title}’ is archived: nothing of it can be published, edited or synced. A global admin can bring it back.` });
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createMassPublishActivities, type SettleInput } from '#activities/massPublish.ts';
import { createRunsActivities } from '#activities/runs.ts';
import { createGit } from '#clients/git.ts';
import { createLearn } from '#clients/learn.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { countSitesOf, findMassSite, listMassSites } from '#db/queries/massPublishSites.ts';
import { findMassPublish } from '#db/queries/massPublishes.ts';
import { bindRequest, findRunRequest, insertRunRequest, withdrawRequest } from '#db/queries/runRequests.ts';
import { findRun, moveRun, openRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { registerSearchAttributes } from '#temporal/client.ts';
import type { MassPublishRequest } from '#temporal/contracts/massPublish.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { sendMailContract } from '#temporal/contracts/sendMail.ts';
import { makeConfig } from '../factories/config.ts';
import { makeSite, makeStarter, makeUser } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const server = useDevServer();
const folder = mkdtempSync(join(tmpdir(), 'mass-'));
const [themes, projects] = [join(folder, 'themes'), join(folder, 'projects')];
const config = makeConfig({ OCW_HUGO_THEMES_GIT_URL: themes, OCW_HUGO_PROJECTS_GIT_URL: projects, STUDIO_INSTALLATION: 'test', OCW_TEST_SITE_SLUGS: '["only-tests"]', OPEN_CATALOG_URLS: 'http://learn.localhost/hook,http://older.localhost/hook', OPEN_CATALOG_WEBHOOK_KEY: 'key', TEMPORAL_TASK_QUEUE_PREFIX: 'nobody-' });
let activities: ReturnType<typeof createMassPublishActivities>;
let asker: string;

/** Makes a commit in a repository, which is made when it is not there. @returns the commit. */
function commit(directory: string): string {
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd: directory, encoding: 'utf8' }).trim();
  mkdirSync(directory, { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  git('commit', '--quiet', '--allow-empty', '--message', uuidv7());
  return git('rev-parse', 'HEAD');
}
const heads = { themesCommit: commit(themes), projectsCommit: commit(projects), webpackVersion: 'assets-1' };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await database.clear();
  const temporal = server.environment.client;
  await registerSearchAttributes(temporal, 'default');
  const s3 = { getVersion: () => Promise.resolve({ body: Buffer.from('{}'), versionId: heads.webpackVersion, etag: 'e' }) } as unknown as ActivityDeps['s3'];
  activities = createMassPublishActivities({ config, db: database.db, temporal, learn: createLearn(config), log: keptLog().log, git: createGit({ searchPath: config.searchPath }), s3 });
  asker = (await makeUser(database.db, 'ada@example.edu')).id;
});

/** What a publish of the site that ended well leaves; by hand unless a request is named. @returns the run's id. */
async function publish(site: SiteRow, version: PublishVersion, given: { readonly requestId?: string; readonly state?: RunState; readonly reason?: string } = {}): Promise<string> {
  const requestId = given.requestId ?? (await insertRunRequest(database.db, { process: 'publish-site', siteId: site.id, version, requestedBy: asker })).id;
  const { runId } = await openRun(database.db, { process: 'publish-site', siteId: site.id, version, workflowId: publishSiteContract.workflowId(site.name, version), workflowRunId: uuidv7(), pass: 1, frozen: { urlPath: site.urlPath } });
  await bindRequest(database.db, requestId, runId);
  const state = given.state ?? 'succeeded';
  if (state === 'succeeded') {
    const key = { siteId: site.id, version, theme: '' } as const;
    await beginDeployment(database.db, key, `manifests/${runId}`);
    await finishDeployment(database.db, key, { manifestKey: `manifests/${runId}`, runId, commit: 'c'.repeat(40), contentRevision: 1 });
  }
  if (state !== 'running') await moveRun(database.db, { runId, state, ...(given.reason === undefined ? {} : { reason: { code: 'HugoFailed', message: given.reason } }) });
  return runId;
}

async function publishedSite(name: string, version: PublishVersion = 'live'): Promise<SiteRow> {
  const site = await makeSite(database.db, { name });
  await publish(site, version);
  return site;
}

async function ask(given: Partial<MassPublishRequest> = {}, version: PublishVersion = 'live'): Promise<string> {
  return (await insertRunRequest(database.db, { process: 'mass-publish', version, requestedBy: asker, input: { kind: 'publish', window: 2, ...given } })).id;
}
const open = (massRunId: string) => activities.openMassPublish({ massRunId, workflowId: `mass-publish/${massRunId}`, workflowRunId: uuidv7() });
const choose = (runId: string) => runActivity(() => activities.chooseMassSites({ runId, phase: 'choose' }), undefined);
const request = (runId: string, window = 2, version: PublishVersion = 'live') => runActivity(() => activities.requestPublishes({ runId, phase: 'publish', version, window }), undefined);
const settle = (runId: string, given: Partial<SettleInput> = {}) => activities.settleMassSites({ runId, version: 'live', kind: 'publish', window: 2, isPaused: false, isCancelled: false, ...given });
const finish = (runId: string, isCancelled = false) => activities.finishMassPublish({ runId, version: 'live', kind: 'publish', isCancelled });
const lines = async (runId: string): Promise<string[]> => (await listMassSites(database.db, runId, undefined, { limit: 100, offset: 0 })).sites.map((line) => `${line.siteName} ${line.state}`);

/** A mass publish with its sites chosen. @returns its id. */
async function begin(given: Partial<MassPublishRequest> = {}, version: PublishVersion = 'live'): Promise<string> {
  const id = await ask(given, version);
  await open(id);
  await choose(id);
  return id;
}

/** The request a mass publish made for a site. */
async function requestOf(massId: string, site: SiteRow): Promise<string> {
  const line = await findMassSite(database.db, massId, site.id);
  if (line?.requestId == null) throw new Error(`${site.name} was not asked for`);
  return line.requestId;
}

describe('opening', () => {
  it('gives request, run and row one id, and finds them again', async () => {
    const id = await ask();
    expect(await open(id)).toEqual({ isOpen: true, superseded: [] });
    expect(await open(id)).toEqual({ isOpen: true, superseded: [] });
    expect(await findRun(database.db, id)).toMatchObject({ process: 'mass-publish', version: 'live', state: 'running', siteId: null });
    expect(await findRunRequest(database.db, id)).toMatchObject({ runId: id });
    expect(await findMassPublish(database.db, id)).toEqual({ id, version: 'live', kind: 'publish', undoesId: null, undoneById: null, window: 2, isPaused: false });
  });

  it('refuses a second one of the version, not one of the other', async () => {
    const first = await ask();
    const second = await ask();
    const draft = await ask({}, 'draft');
    await open(first);
    expect(await open(second)).toEqual({ isOpen: false, superseded: [] });
    expect(await findRun(database.db, second)).toMatchObject({ state: 'cancelled', reasonMessage: 'Another mass publish of the live sites was running. Ask again when it has ended.' });
    expect(await open(draft)).toMatchObject({ isOpen: true });
  });

  it('takes the place of one that waits for a person', async () => {
    const first = await begin();
    await moveRun(database.db, { runId: first, state: 'failed' });
    const second = await ask();
    expect(await open(second)).toEqual({ isOpen: true, superseded: [first] });
    // Told again after a death in between.
    expect(await open(second)).toEqual({ isOpen: true, superseded: [first] });
    expect(await findRun(database.db, first)).toMatchObject({ state: 'superseded' });
  });
});

describe('choosing the sites', () => {
  it('takes those that are out in the version, by name, and keeps the list it made', async () => {
    await publishedSite('b');
    await publishedSite('a');
    await publishedSite('draft-only', 'draft');
    await publishedSite('only-tests');
    await makeSite(database.db, { name: 'never' });
    const gone = await publishedSite('gone');
    await database.db('sites').where({ id: gone.id }).update({ unpublish_status: 'succeeded' });
    const nowhere = await publishedSite('nowhere');
    await database.db('sites').where({ id: nowhere.id }).update({ url_path: null });
    await publishedSite(config.rootWebsiteName);
    await database.db('sites').where({ name: config.rootWebsiteName }).update({ url_path: null });
    const id = await begin();
    expect(await lines(id)).toEqual(['a waiting', 'b waiting', `${config.rootWebsiteName} waiting`]);
    await publishedSite('later');
    expect(await choose(id)).toEqual({ summary: `3 sites; themes at ${heads.themesCommit.slice(0, 8)}, projects at ${heads.projectsCommit.slice(0, 8)}`, counts: { sites: 3, skipped: 0 } });
    expect(await lines(id)).toHaveLength(3);
  });

  it('by name, starter and source, and says which of the named ones cannot be', async () => {
    const other = await makeStarter(database.db, 'other');
    const here = await publishedSite('here');
    const ofOther = await makeSite(database.db, { name: 'of-other', starterId: other });
    await publish(ofOther, 'live');
    await makeSite(database.db, { name: 'never' });
    const byName = await begin({ names: ['here', 'never'] });
    expect(await lines(byName)).toEqual(['here waiting', 'never skipped']);
    expect((await listMassSites(database.db, byName, 'skipped', { limit: 10, offset: 0 })).sites[0]?.reason).toMatch(/its live site was never out/);
    await moveRun(database.db, { runId: byName, state: 'cancelled' });
    const byStarter = await begin({ starter: 'other' });
    expect(await lines(byStarter)).toEqual(['of-other waiting']);
    await moveRun(database.db, { runId: byStarter, state: 'cancelled' });
    await database.db('sites').where({ id: here.id }).update({ source: 'ocw-import' });
    expect(await lines(await begin({ source: 'ocw-import' }))).toEqual(['here waiting']);
  });

  it('binds every site of it to the themes and projects of that moment, and whoever shares a pass with it', async () => {
    const [first, second, alone] = [await publishedSite('a'), await publishedSite('b'), await publishedSite('c')];
    const id = await begin({ names: ['a', 'b'] });
    expect((await findRun(database.db, id))?.frozen).toMatchObject(heads);
    await request(id, 1);
    commit(themes);
    commit(projects);
    await choose(id);
    await request(id, 2);
    const runs = createRunsActivities({ config, db: database.db, temporal: server.environment.client, log: keptLog().log });
    const frozenOf = async (site: SiteRow): Promise<unknown> => {
      const { runId } = await runs.openPass({ siteId: site.id, version: 'live', workflowId: publishSiteContract.workflowId(site.name, 'live'), workflowRunId: uuidv7(), pass: 1 });
      return (await findRun(database.db, runId ?? ''))?.frozen;
    };
    for (const site of [second, alone]) await insertRunRequest(database.db, { process: 'publish-site', siteId: site.id, version: 'live', requestedBy: asker });
    expect(await Promise.all([first, second, alone].map(frozenOf))).toEqual([heads, heads, {}]);
  });

  it('is refused on a database that belongs to another installation', async () => {
    const id = await ask();
    await open(id);
    await readInstallation(database.db, 'another');
    await expect(choose(id)).rejects.toMatchObject({ message: expect.stringContaining('belongs to the installation ‘another’') as string });
  });
});

describe('asking for publishes', () => {
  it('fills the window and no more, each site once, behind what people ask for', async () => {
    const sites = [await publishedSite('a'), await publishedSite('b'), await publishedSite('c')];
    const id = await begin();
    expect(await request(id)).toEqual({ asked: 2, skipped: 0 });
    expect(await request(id)).toEqual({ asked: 0, skipped: 0 });
    expect(await lines(id)).toEqual(['a asked', 'b asked', 'c waiting']);
    const [first] = sites;
    if (first === undefined) throw new Error('There is no site');
    const row = await findRunRequest(database.db, await requestOf(id, first));
    expect(row).toMatchObject({ process: 'publish-site', siteId: first.id, version: 'live', requestedBy: asker, input: { massRunId: id } });
    expect(row?.deliveredAt).not.toBeNull();
    const told = await server.environment.client.workflow.getHandle(publishSiteContract.workflowId('a', 'live')).fetchHistory();
    expect(told.events?.[0]?.workflowExecutionStartedEventAttributes?.priority).toMatchObject({ priorityKey: 4 });
  });

  it('never exceeds the window when two tries ask at once', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await publishedSite(name);
    const id = await begin();
    await Promise.all([request(id, 3), request(id, 3)]);
    expect(await countSitesOf(database.db, id)).toMatchObject({ asked: 3, waiting: 3 });
  });

  it('leaves out what was unpublished since it was chosen', async () => {
    const [kept, gone] = [await publishedSite('a'), await publishedSite('b')];
    const id = await begin();
    await database.db('sites').where({ id: gone.id }).update({ unpublish_status: 'not-started' });
    expect(await request(id, 9)).toEqual({ asked: 1, skipped: 1 });
    expect(await lines(id)).toEqual(['a asked', 'b skipped']);
    expect((await findMassSite(database.db, id, gone.id))?.reason).toBe('The site was unpublished since.');
    expect(await requestOf(id, kept)).toEqual(expect.any(String));
  });

  it('tells once more of a request whose telling was lost', async () => {
    const site = await publishedSite('lost-telling');
    const id = await begin();
    await request(id);
    const requestId = await requestOf(id, site);
    await database.db('run_requests').where({ id: requestId }).update({ delivered_at: null });
    expect(await request(id)).toEqual({ asked: 0, skipped: 0 });
    expect((await findRunRequest(database.db, requestId))?.deliveredAt).not.toBeNull();
  });
});

describe('settling', () => {
  it('takes the state of each publish’s run, with its reason, and what readers saw before and see now', async () => {
    const [good, bad, stopped, going] = [await publishedSite('a'), await publishedSite('b'), await publishedSite('c'), await publishedSite('d')];
    const id = await begin();
    const before = (await database.db('deployments').where({ site_id: good.id }).first<{ run_id: string }>('run_id')).run_id;
    await request(id, 4);
    const after = await publish(good, 'live', { requestId: await requestOf(id, good) });
    await publish(bad, 'live', { requestId: await requestOf(id, bad), state: 'failed', reason: 'Hugo says no.' });
    await publish(stopped, 'live', { requestId: await requestOf(id, stopped), state: 'cancelled', reason: 'A person stopped it.' });
    await publish(going, 'live', { requestId: await requestOf(id, going), state: 'running' });
    expect((await settle(id)).counts).toMatchObject({ succeeded: 1, failed: 1, cancelled: 1, asked: 1 });
    expect(await findMassSite(database.db, id, good.id)).toMatchObject({ state: 'succeeded', publishRunId: after, beforeRunId: before, afterRunId: after, reason: null });
    expect(await findMassSite(database.db, id, bad.id)).toMatchObject({ state: 'failed', reason: 'Hugo says no.', afterRunId: null });
    expect(await findMassSite(database.db, id, stopped.id)).toMatchObject({ state: 'cancelled', reason: 'A person stopped it.' });
  });

  it('knows the publish that went out between the asking and the pass', async () => {
    const site = await publishedSite('a');
    const id = await begin();
    await request(id);
    const between = await publish(site, 'live');
    await publish(site, 'live', { requestId: await requestOf(id, site) });
    await settle(id);
    expect(await findMassSite(database.db, id, site.id)).toMatchObject({ beforeRunId: between });
  });

  it('hears that a failed publish was retried and went out', async () => {
    const site = await publishedSite('a');
    const id = await begin();
    await request(id);
    const runId = await publish(site, 'live', { requestId: await requestOf(id, site), state: 'failed' });
    expect((await settle(id)).counts.failed).toBe(1);
    await moveRun(database.db, { runId, state: 'running' });
    await moveRun(database.db, { runId, state: 'succeeded' });
    expect((await settle(id)).counts).toMatchObject({ failed: 0, succeeded: 1 });
  });

  it('fails a site whose request is gone', async () => {
    const site = await publishedSite('a');
    const id = await begin();
    await request(id);
    await withdrawRequest(database.db, await requestOf(id, site));
    expect((await settle(id)).counts.failed).toBe(1);
  });

  it('on cancel takes back what no pass took, and lets the others end', async () => {
    const [first, second] = [await publishedSite('a'), await publishedSite('b')];
    await publishedSite('c');
    const id = await begin();
    await request(id);
    await publish(first, 'live', { requestId: await requestOf(id, first), state: 'running' });
    const untaken = await requestOf(id, second);
    await settle(id, { isCancelled: true });
    expect(await lines(id)).toEqual(['a asked', 'b cancelled', 'c cancelled']);
    expect(await findRunRequest(database.db, untaken)).toBeUndefined();
  });

  it('keeps what a person said of window and pause', async () => {
    const id = await begin();
    await settle(id, { window: 7, isPaused: true });
    expect(await findMassPublish(database.db, id)).toMatchObject({ window: 7, isPaused: true });
  });
});

describe('the end', () => {
  it('says how many failed, waits for a person, and mails who asked once', async () => {
    const [good, bad] = [await publishedSite('a'), await publishedSite('b')];
    const id = await begin();
    await request(id);
    await publish(good, 'live', { requestId: await requestOf(id, good) });
    await publish(bad, 'live', { requestId: await requestOf(id, bad), state: 'failed', reason: 'No.' });
    await settle(id);
    expect(await finish(id)).toEqual({ state: 'failed', summary: '1 of 2 sites published, 1 failed' });
    expect(await findRun(database.db, id)).toMatchObject({ state: 'failed', reasonMessage: expect.stringContaining('1 site could not be published') as string });
    expect(await activities.reopenFailedMassSites({ runId: id })).toEqual({ reopened: 1 });
    expect(await findMassSite(database.db, id, bad.id)).toMatchObject({ state: 'waiting', attempt: 2, requestId: null, reason: null });
    await request(id);
    await publish(bad, 'live', { requestId: await requestOf(id, bad) });
    await settle(id);
    expect(await finish(id)).toEqual({ state: 'succeeded', summary: '2 of 2 sites published' });
    expect(await database.db('mails').select('kind', 'user_id', 'dedupe_key')).toEqual([{ kind: 'mass-publish-finished', user_id: asker, dedupe_key: `mass-publish-finished/${id}` }]);
    const mail = await database.db('mails').first<{ id: string }>('id');
    // Nobody works on its queue here, so it stays where the end of the mass publish put it.
    await expect(server.environment.client.workflow.getHandle(sendMailContract.workflowId(mail.id)).describe()).resolves.toMatchObject({ type: 'sendMail', status: { name: 'RUNNING' } });
  });
});

describe('notices', () => {
  it('give each site to one batch, the same again when asked twice, and leave out what a person published too', async () => {
    const [first, second, third] = [await publishedSite('a'), await publishedSite('b'), await publishedSite('c')];
    const id = await begin();
    await request(id, 3);
    await publish(first, 'live', { requestId: await requestOf(id, first) });
    await publish(third, 'live', { requestId: await requestOf(id, third) });
    const shared = await publish(second, 'live', { requestId: await requestOf(id, second) });
    await bindRequest(database.db, (await insertRunRequest(database.db, { process: 'publish-site', siteId: second.id, version: 'live', requestedBy: asker })).id, shared);
    expect((await settle(id)).unnoticed).toBe(2);
    // Catalogues list what is live.
    expect((await settle(id, { version: 'draft' })).unnoticed).toBe(0);
    const taken = { prefixes: ['courses/a', 'courses/c'], receivers: ['http://learn.localhost/hook', 'http://older.localhost/hook'] };
    expect(await activities.takeMassNotice({ runId: id, batch: 1 })).toEqual(taken);
    expect(await activities.takeMassNotice({ runId: id, batch: 1 })).toEqual(taken);
    expect((await activities.takeMassNotice({ runId: id, batch: 2 })).prefixes).toEqual([]);
    expect((await settle(id)).unnoticed).toBe(0);
  });

  it('are as long as history bears, and at least one address', async () => {
    const long = (name: string) => `courses/${name}-${'x'.repeat(3_000)}`;
    for (const name of ['a', 'b', 'c']) {
      const site = await makeSite(database.db, { name, urlPath: long(name) });
      await publish(site, 'live');
    }
    const id = await begin();
    await request(id, 3);
    for (const line of (await listMassSites(database.db, id, 'asked', { limit: 10, offset: 0 })).sites) {
      await publish({ id: line.siteId, name: line.siteName, urlPath: long(line.siteName) } as SiteRow, 'live', { requestId: line.requestId ?? '' });
    }
    await settle(id);
    expect((await activities.takeMassNotice({ runId: id, batch: 1 })).prefixes).toEqual([long('a')]);
    expect((await activities.takeMassNotice({ runId: id, batch: 2 })).prefixes).toEqual([long('b')]);
  });
});

describe('undo', () => {
  const undoing = (id: string) => ({ kind: 'undo' as const, undoes: id });

  /** What a publish leaves that failed after readers met its files. */
  async function publishHalf(site: SiteRow, requestId: string): Promise<string> {
    const runId = await publish(site, 'live', { requestId, state: 'failed', reason: 'The CDN refused.' });
    const key = { siteId: site.id, version: 'live', theme: '' } as const;
    await finishDeployment(database.db, key, { manifestKey: `manifests/${runId}`, runId, commit: 'c'.repeat(40), contentRevision: 1 });
    return runId;
  }

  it('of a site that is out although its publish failed later brings back what stood there before the first try', async () => {
    const site = await publishedSite('a');
    const before = (await database.db('deployments').where({ site_id: site.id }).first<{ run_id: string }>('run_id')).run_id;
    const id = await begin();
    await request(id, 1);
    const first = await publishHalf(site, await requestOf(id, site));
    await settle(id);
    expect(await findMassSite(database.db, id, site.id)).toMatchObject({ state: 'failed', beforeRunId: before, afterRunId: first });

    await activities.reopenFailedMassSites({ runId: id });
    await request(id, 1);
    expect(await findMassSite(database.db, id, site.id)).toMatchObject({ state: 'asked', beforeRunId: before, afterRunId: null });
    await publishHalf(site, await requestOf(id, site));
    await settle(id);
    await finish(id);
    await moveRun(database.db, { runId: id, state: 'terminated' });

    const undo = await begin(undoing(id));
    await request(undo, 1);
    expect((await findRunRequest(database.db, await requestOf(undo, site)))?.input).toEqual({ massRunId: undo, from: { kind: 'rollback', runId: before } });
    await publish(site, 'live', { requestId: await requestOf(undo, site) });
    await settle(undo, { kind: 'undo' });
    expect(await findMassSite(database.db, id, site.id)).toMatchObject({ state: 'undone' });
  });

  it('asks for what each site showed before, and leaves alone what was published by hand since, with or before it', async () => {
    const names = ['a', 'by-hand', 'in-flight', 'shared', 'unpublished', 'failed'] as const;
    const sites = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await publishedSite(name)] as const))) as Record<(typeof names)[number], SiteRow>;
    const before = (await database.db('deployments').where({ site_id: sites.a.id }).first<{ run_id: string }>('run_id')).run_id;
    const id = await begin();
    await request(id, 10);
    for (const name of names) {
      const runId = await publish(sites[name], 'live', { requestId: await requestOf(id, sites[name]), ...(name === 'failed' ? { state: 'failed' as const } : {}) });
      if (name === 'shared') await bindRequest(database.db, (await insertRunRequest(database.db, { process: 'publish-site', siteId: sites.shared.id, version: 'live', requestedBy: asker })).id, runId);
    }
    await settle(id);
    await finish(id);
    await publish(sites['by-hand'], 'live');
    await insertRunRequest(database.db, { process: 'publish-site', siteId: sites['in-flight'].id, version: 'live', requestedBy: asker });
    await database.db('sites').where({ id: sites.unpublished.id }).update({ unpublish_status: 'succeeded' });

    const undo = await begin(undoing(id));
    expect(await request(undo, 10)).toEqual({ asked: 1, skipped: 4 });
    expect(await lines(undo)).toEqual(['a asked', 'by-hand skipped', 'in-flight skipped', 'shared skipped', 'unpublished skipped']);
    const reasonOf = async (site: SiteRow): Promise<string | null | undefined> => (await findMassSite(database.db, undo, site.id))?.reason;
    expect(await reasonOf(sites['by-hand'])).toMatch(/published by hand since/);
    expect(await reasonOf(sites['in-flight'])).toMatch(/being published by hand/);
    expect(await reasonOf(sites.shared)).toMatch(/A person asked for the same publish/);
    expect(await reasonOf(sites.unpublished)).toMatch(/unpublished since/);
    expect((await findRunRequest(database.db, await requestOf(undo, sites.a)))?.input).toEqual({ massRunId: undo, from: { kind: 'rollback', runId: before } });

    await publish(sites.a, 'live', { requestId: await requestOf(undo, sites.a) });
    await settle(undo, { kind: 'undo' });
    expect(await lines(undo)).toContain('a succeeded');
    expect(await findMassSite(database.db, id, sites.a.id)).toMatchObject({ state: 'undone' });
    expect(await findMassPublish(database.db, id)).toMatchObject({ undoneById: undo });
    await moveRun(database.db, { runId: undo, state: 'succeeded' });
    // What was brought back is not brought back twice.
    expect(await lines(await begin(undoing(id)))).not.toContain('a waiting');
  });
});

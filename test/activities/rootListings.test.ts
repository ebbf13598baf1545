import type { Client } from '@temporalio/client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publishMails } from '#activities/publishMails.ts';
import { createRootListingsActivities } from '#activities/rootListings.ts';
import { snapshotChanges } from '#activities/snapshotChanges.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, listContentItemsOfTypes } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment, findDeployment } from '#db/queries/deployments.ts';
import { bindRequest, listWaitingRequests } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { moveRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { setUnpublishStatus } from '#db/queries/unpublishing.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();

describe('what the root site lists of a site', () => {
  const config = makeConfig();
  let activities: ReturnType<typeof createRootListingsActivities>;
  let told: string[];
  let root: SiteRow;
  let site: SiteRow;
  beforeAll(() => {
    const temporal = { workflow: { signalWithStart: (type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void told.push(`${type} ${workflowId}`)) } } as unknown as Client;
    activities = createRootListingsActivities({ config, db: database.db, temporal });
  });
  beforeEach(async () => {
    await database.clear();
    told = [];
    root = await makeSite(database.db, { name: 'ocw-www', shortId: 'ocw-www', title: 'OCW', urlPath: null });
    site = await makeSite(database.db, { name: 'course', shortId: 'c.1', title: 'A Course', urlPath: 'courses/c' });
    await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', isPageContent: false, metadata: { course_title: 'A Course', term: 'Fall', draft: true } }), by: null, reason: 'test' }));
  });

  let executions = 0;
  const write = (version: PublishVersion = 'live', of = site, workflowRunId = `execution-${(executions += 1)}`) =>
    runActivity(() => activities.writeRootListing({ siteId: of.id, siteName: of.name, version, action: 'list', workflowId: `update-root-listing/${of.name}/${version}`, workflowRunId }), undefined);
  const listings = () => listContentItemsOfTypes(database.db, root.id, ['website']);
  const revisionOf = async (): Promise<number> => (await findSite(database.db, root.id))?.contentRevision ?? -1;

  /** Puts a version out, of the site's present revision unless told. */
  async function out(of: SiteRow, version: PublishVersion, contentRevision?: number): Promise<void> {
    const runId = await makeRun(database.db, { siteId: of.id, version });
    const key = { siteId: of.id, version, theme: '' } as const;
    await beginDeployment(database.db, key, `manifests/${runId}`);
    await finishDeployment(database.db, key, { manifestKey: `manifests/${runId}`, runId, commit: 'c'.repeat(40), contentRevision: contentRevision ?? (await findSite(database.db, of.id))?.contentRevision ?? 0 });
    await moveRun(database.db, { runId, state: 'succeeded' });
  }
  const deployed = async (version: PublishVersion) => (await findDeployment(database.db, { siteId: root.id, version, theme: '' }))?.contentRevision;

  it('is an item of its metadata that the repository is given although no starter declares it', async () => {
    const written = await write();
    expect(written).toMatchObject({ kind: 'owed', root: { siteId: root.id, siteName: 'ocw-www' }, revision: 1 });
    expect(await listings()).toMatchObject([{ textId: site.id, title: 'A Course', dirpath: 'content/websites', filename: 'c.1', isPageContent: true, reason: 'listed', metadata: { course_title: 'A Course', term: 'Fall', _build: { list: true, render: false }, url_path: 'courses/c' } }]);
    const { changes, strays } = await snapshotChanges(database.db, (await findSite(database.db, root.id)) ?? root, makeSiteConfig(), config);
    expect(strays).toEqual([]);
    expect(changes).toMatchObject([{ path: 'content/websites/c.1.md' }]);
    expect(changes[0]?.text).toContain('content_type: website\n');
    expect(changes[0]?.text).not.toContain('draft');
  });

  it('is a draft until the site is live, and again when it is offline', async () => {
    const draftOf = async () => (await listings())[0]?.metadata['draft'];
    await write('draft');
    expect(await draftOf()).toBe(true);
    await write('live');
    expect(await draftOf()).toBeUndefined();
    await out(site, 'live');
    await write('draft');
    expect(await draftOf()).toBeUndefined();
    await setUnpublishStatus(database.db, site.id, 'succeeded', null);
    await write('draft');
    expect(await draftOf()).toBe(true);
    // Published live it is about to be back.
    await write('live');
    expect(await draftOf()).toBeUndefined();
  });

  it('leaves out a course that hides its download, once that is live, and has it back when it hides it no more', async () => {
    const hide = (isHidden: boolean) => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'sitemetadata', fromRevision: null, set: { metadata: { course_title: 'A Course', hide_download: isHidden } }, by: null, reason: 'test' }));
    const isListed = async () => (await listings()).length > 0;
    await write('live');
    await out(site, 'live');
    for (const version of ['draft', 'live'] as const) await out(root, version);
    await hide(true);
    // Readers can download what is live until that is published.
    expect(await write('draft')).toEqual({ kind: 'skipped', summary: '‘A Course’ hides its download: its next live publish takes it off the lists of ‘OCW’' });
    expect([await isListed(), told]).toEqual([true, []]);
    expect(await write('live')).toEqual({ kind: 'skipped', summary: '‘A Course’ hides its download, so ‘OCW’ does not list it' });
    expect([await isListed(), told]).toEqual([false, ['publishSite publish-site/ocw-www/draft', 'publishSite publish-site/ocw-www/live']]);
    expect((await listWaitingRequests(database.db, [root.id])).map(({ version }) => version)).toEqual(['draft', 'live']);
    await write('live');
    expect(told).toHaveLength(2);
    await hide(false);
    expect(await write('live')).toMatchObject({ kind: 'owed' });
    expect(await isListed()).toBe(true);
  });

  it('changes nothing and opens no run when it is as before and the branches have it', async () => {
    const first = await write('live', site, 'execution-a');
    expect(await write('live', site, 'execution-a')).toEqual(first);
    const revision = await revisionOf();
    // Nobody has told the branches yet.
    expect(await write('live')).toMatchObject({ kind: 'owed', revision: 1 });
    await activities.recordListingGiven({ siteId: site.id, version: 'live', revision: 1 });
    expect(await write('live')).toEqual({ kind: 'unchanged', summary: '‘A Course’ is listed in ‘OCW’, as before' });
    expect(await write('draft')).toMatchObject({ kind: 'owed' });
    expect((await listRuns(database.db, { process: 'update-root-listing' }, { limit: 10, offset: 0 })).total).toBe(3);
    expect(await revisionOf()).toBeGreaterThanOrEqual(revision);
  });

  it('given to preview by a draft is still owed to release', async () => {
    await out(site, 'live');
    await write('draft');
    await activities.recordListingGiven({ siteId: site.id, version: 'draft', revision: 1 });
    expect(await write('draft')).toMatchObject({ kind: 'unchanged' });
    expect(await write('live')).toMatchObject({ kind: 'owed', revision: 1 });
    expect(await listings()).toMatchObject([{ revision: 1 }]);
  });

  it('does not make the root site look changed, and leaves its runs alone', async () => {
    await out(root, 'live');
    await out(root, 'draft', 0);
    await database.db.transaction((trx) => createContentItem(trx, { siteId: root.id, item: makeContentItem({ textId: 'page' }), by: null, reason: 'test' }));
    await out(root, 'live');
    const before = await listRuns(database.db, { siteId: root.id }, { limit: 10, offset: 0 });
    await write();
    expect(await deployed('live')).toBe(await revisionOf());
    // The draft had a page to publish, and still has.
    expect(await deployed('draft')).toBe(0);
    expect(await activities.checkRootIsOut({ root: { siteId: root.id, siteName: root.name }, version: 'live', revision: await revisionOf() })).toEqual({ isOut: true });
    expect(await activities.checkRootIsOut({ root: { siteId: root.id, siteName: root.name }, version: 'draft', revision: await revisionOf() })).toEqual({ isOut: false });
    expect(await listRuns(database.db, { siteId: root.id }, { limit: 10, offset: 0 })).toEqual(before);
    expect(await listWaitingRequests(database.db, [root.id])).toEqual([]);
  });

  it('takes over what somebody made there by hand, and finds it again under another title and path', async () => {
    await database.db.transaction((trx) => createContentItem(trx, { siteId: root.id, item: makeContentItem({ textId: 'by-hand', type: 'website', dirpath: 'content/websites', filename: 'c.1', title: 'Old' }), by: null, reason: 'test' }));
    await write();
    expect(await listings()).toMatchObject([{ textId: 'by-hand', title: 'A Course', revision: 2 }]);
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: root.id, textId: 'by-hand', fromRevision: null, set: { title: 'Edited', filename: 'elsewhere' }, by: null, reason: 'test' }));
    await write();
    expect(await listings()).toMatchObject([{ textId: 'by-hand', title: 'A Course', filename: 'c.1' }]);
  });

  it('never writes over something else that stands in its place', async () => {
    await database.db.transaction((trx) => createContentItem(trx, { siteId: root.id, item: makeContentItem({ textId: 'page', type: 'page', dirpath: 'content/websites', filename: 'c.1' }), by: null, reason: 'test' }));
    expect(await write()).toEqual({ kind: 'skipped', summary: '‘OCW’ has something else at ‘content/websites/c.1.md’, so the site is not listed there.' });
    expect(await listings()).toEqual([]);
  });

  it('is nothing of the root site itself, of a site without metadata, and where there is no root site', async () => {
    expect(await write('live', root)).toMatchObject({ kind: 'skipped', summary: 'The root site does not list itself.' });
    expect(await write('live', await makeSite(database.db, { name: 'bare' }))).toMatchObject({ kind: 'skipped', summary: expect.stringContaining('no metadata') as string });
    const test = createRootListingsActivities({ config: makeConfig({ OCW_TEST_SITE_SLUGS: 'course' }), db: database.db, temporal: {} as Client });
    expect(await runActivity(() => test.writeRootListing({ siteId: site.id, siteName: site.name, version: 'live', action: 'list', workflowId: 'w', workflowRunId: 'r' }), undefined)).toMatchObject({ kind: 'skipped', summary: 'Test sites are not listed.' });
    await database.db('sites').where({ id: root.id }).delete();
    expect(await write()).toMatchObject({ kind: 'skipped', summary: 'There is no root site that could list it.' });
  });

  describe('taken off', () => {
    const unlist = (runId?: string) => runActivity(() => activities.unlistFromRoot({ siteId: site.id, by: null, ...(runId === undefined ? {} : { runId, phase: 'unlist' }) }), undefined);

    it('has the root site published where nothing else waits to be, and says where something does', async () => {
      await write();
      await out(root, 'live');
      await out(root, 'draft', 0);
      const runId = await makeRun(database.db, { siteId: site.id, process: 'unpublish-site', version: 'live' });
      const first = await unlist(runId);
      expect(first).toEqual({ wasListed: true, summary: 'Off the lists of ‘OCW’, which is being published', warnings: ['‘OCW’ (draft) lists the site until it is published: it has other changes that are not out. Publish it when they may be seen.'], counts: {} });
      expect(await findContentItem(database.db, root.id, site.id)).toMatchObject({ deletedAt: expect.any(Date) as Date, reason: 'unlisted' });
      expect(await listWaitingRequests(database.db, [root.id])).toMatchObject([{ version: 'live', deliveredAt: expect.any(Date) as Date }]);
      expect(told).toEqual(['publishSite publish-site/ocw-www/live']);
      // After a worker was killed the same is said, and nothing is asked twice.
      expect(await unlist(runId)).toEqual(first);
      expect(await database.db('audit_entries').select('action', 'actor_kind', 'actor_name', 'site_name', 'detail')).toEqual([{ action: 'listing-remove', actor_kind: 'process', actor_name: 'Unpublish', site_name: site.name, detail: { publishesAsked: ['live'] } }]);
      expect(await listWaitingRequests(database.db, [root.id])).toHaveLength(1);
    });

    it('sends nobody a mail about the publish of the root site, which nobody asked for by itself', async () => {
      await write();
      await out(root, 'live');
      const by = (await makeUser(database.db)).id;
      await runActivity(() => activities.unlistFromRoot({ siteId: site.id, by }), undefined);
      const [request] = await listWaitingRequests(database.db, [root.id]);
      const runId = await makeRun(database.db, { siteId: root.id, version: 'live' });
      await bindRequest(database.db, request?.id ?? '', runId);
      expect(request?.requestedBy).toBe(by);
      expect(await publishMails(database.db, makeConfig(), { runId, kind: 'publish-succeeded', reason: null })).toEqual([]);
      // Who presses Publish meanwhile hears of it.
      const { id } = await makeRequest(database.db, { siteId: root.id, version: 'live', requestedBy: by });
      await bindRequest(database.db, id, runId);
      expect(await publishMails(database.db, makeConfig(), { runId, kind: 'publish-succeeded', reason: null })).toMatchObject([{ userId: by }]);
    });

    it('is committed soon where the root site is not out, and is nothing when it was not listed', async () => {
      expect(await unlist()).toMatchObject({ wasListed: false, summary: '‘OCW’ did not list it' });
      expect(told).toEqual([]);
      await write();
      expect(await unlist()).toMatchObject({ wasListed: true, warnings: [] });
      expect(told).toEqual(['syncContent site-repo/ocw-www']);
    });

    it('comes back with the next publish', async () => {
      await write();
      await unlist();
      expect(await listings()).toEqual([]);
      expect(await write()).toMatchObject({ kind: 'owed', revision: 3 });
      expect(await listings()).toMatchObject([{ textId: site.id, revision: 3 }]);
    });
  });
});

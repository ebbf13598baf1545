import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Unpublished } from '#api/contracts/unpublished.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { bumpContentRevision } from '#db/queries/sites.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { countQueries } from '#test/support/countQueries.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { makeRun } from './support/sites.ts';
import { type Caller, useApi } from './support/testApi.ts';

const api = useApi();
let sites = 0;
let siteId: string;
let name: string;
let ed: Caller;
let items: ReturnType<typeof itemsOf>;

beforeAll(async () => {
  await makeContentSite(api.db, 'untouched');
});
beforeEach(async () => {
  name = `site-${(sites += 1)}`;
  siteId = await makeContentSite(api.db, name);
  ed = await api.person(`ed-${sites}@example.edu`, [{ role: 'admin', siteId }]);
  items = itemsOf(api, name, ed);
});

/** What is saved now is out in this version, as far as the database knows. */
async function publish(version: PublishVersion = 'draft'): Promise<void> {
  const { content_revision: revision } = await api.db('sites').where({ id: siteId }).first<{ content_revision: number }>('content_revision');
  const key = { siteId, version, theme: '' } as const;
  await beginDeployment(api.db, key, 'manifest');
  await finishDeployment(api.db, key, { manifestKey: 'manifest', runId: await makeRun(api.db, { siteId, version, workflowRunId: uuidv7() }), commit: 'c0ffee', contentRevision: revision });
}

async function unpublished(query: Record<string, string | number> = {}): Promise<Unpublished> {
  const answer = await api.call('GET /api/v1/sites/:site/unpublished', ed, { params: { site: name }, query: { version: 'draft', ...query } });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json as Unpublished;
}
const titles = async (query: Record<string, string | number> = {}): Promise<string[]> => (await unpublished(query)).items.map(({ kind, title }) => `${kind} ${title ?? ''}`).sort();
const page = (title: string) => items.made({ type: 'page', title, markdown: 'one\n' });

describe('what is unpublished', () => {
  test('is everything while nothing is out, but what was deleted', async () => {
    await page('A');
    const b = await page('B');
    await items.delete(b.textId, b.revision);
    expect(await unpublished()).toMatchObject({ published: null, total: 1, counts: { new: 1, changed: 0, renamed: 0, deleted: 0 }, otherChanges: false });
    expect(await titles()).toEqual(['new A']);
  });

  test('is what was edited, made, renamed and deleted since, with who, when and how often', async () => {
    const [a, b, c] = [await page('A'), await page('B'), await page('C')];
    await page('Untouched');
    await publish();
    expect(await unpublished()).toMatchObject({ total: 0, items: [], otherChanges: false, published: { revision: 4 } });
    const saved = await items.saved(a.textId, { revision: a.revision, markdown: 'two\n' });
    await items.saved(a.textId, { revision: saved.revision, markdown: 'three\n' });
    await items.saved(b.textId, { revision: b.revision, title: 'B anew', rename: true });
    await items.delete(c.textId, c.revision);
    await page('D');
    const list = await unpublished();
    expect(list).toMatchObject({ total: 4, counts: { new: 1, changed: 1, renamed: 1, deleted: 1 } });
    expect(list.items.map(({ kind, title, revision, publishedRevision, saves, pathBefore }) => ({ kind, title, revision, publishedRevision, saves, pathBefore }))).toEqual([
      { kind: 'new', title: 'D', revision: 1, publishedRevision: null, saves: 1, pathBefore: null },
      { kind: 'deleted', title: 'C', revision: 2, publishedRevision: 1, saves: 1, pathBefore: null },
      { kind: 'renamed', title: 'B anew', revision: 2, publishedRevision: 1, saves: 1, pathBefore: 'content/pages/b.md' },
      { kind: 'changed', title: 'A', revision: 3, publishedRevision: 1, saves: 2, pathBefore: null },
    ]);
    expect(list.items[0]).toMatchObject({ path: 'content/pages/d.md', savedBy: { id: ed.userId } });
  });

  test('of Staging and of Production is told apart, and none of it after a publish', async () => {
    const a = await page('A');
    await publish('live');
    await items.saved(a.textId, { revision: a.revision, markdown: 'two\n' });
    await publish('draft');
    await page('B');
    expect(await titles()).toEqual(['new B']);
    expect(await titles({ version: 'live' })).toEqual(['changed A', 'new B']);
    await publish('live');
    expect(await titles({ version: 'live' })).toEqual([]);
  });

  test('leaves out what was changed back, made and deleted, or deleted and brought back', async () => {
    const [a, b] = [await page('A'), await page('B')];
    await publish();
    const edited = await items.saved(a.textId, { revision: a.revision, markdown: 'two\n' });
    const gone = await page('C');
    await items.delete(gone.textId, gone.revision);
    await items.delete(b.textId, b.revision);
    expect(await titles()).toEqual(['changed A', 'deleted B']);
    await items.restore(a.textId, { revision: edited.revision, to: 1 });
    await items.undelete(b.textId);
    expect(await titles()).toEqual([]);
    // One deleted before the publish that comes back after it is new to readers.
    const c = await page('D');
    await items.delete(c.textId, c.revision);
    await publish();
    await items.undelete(c.textId);
    expect(await titles()).toEqual(['new D']);
  });

  test('says when only something beside items has changed', async () => {
    await page('A');
    await publish();
    await bumpContentRevision(api.db, siteId);
    expect(await unpublished()).toMatchObject({ total: 0, otherChanges: true });
    await page('B');
    expect(await unpublished()).toMatchObject({ total: 1, otherChanges: true });
    await publish();
    expect(await unpublished()).toMatchObject({ total: 0, otherChanges: false });
  });

  test('goes back with a publish that shows an earlier one again', async () => {
    const a = await page('A');
    await publish();
    await items.saved(a.textId, { revision: a.revision, markdown: 'two\n' });
    await publish();
    await api.db('deployments').where({ site_id: siteId }).update({ content_revision: 1 });
    expect(await titles()).toEqual(['changed A']);
  });

  test('comes in pages that never overlap, in a second and a fixed number of queries for 5,000 items', async () => {
    await insertContentItems(api.db, siteId, Array.from({ length: 5_000 }, (_one, index) => ({ item: makeContentItem({ textId: uuidv7(), title: `Page ${index}`, filename: `page-${index}`, markdown: `${'A sentence about matrices. '.repeat(40)}\n` }), writtenPath: null, writtenSha256: null, updatedBy: ed.userId })));
    await publish();
    const before = await unpublished();
    expect(before.total).toBe(0);
    // Every one is saved once, as a cleanup does.
    await api.db.raw(
      `insert into content_revisions (id, item_id, revision, type, title, dirpath, filename, metadata, markdown, file, reason, saved_at, site_revision)
       select gen_random_uuid(), id, revision, type, title, dirpath, filename, metadata, markdown, file, reason, updated_at, site_revision from content_items where site_id = ?`,
      [siteId],
    );
    await api.db.raw(`update content_items set revision = 2, markdown = markdown || 'More.', site_revision = 1, updated_at = now() where site_id = ?`, [siteId]);
    await bumpContentRevision(api.db, siteId);
    await api.db.raw('analyze content_items');
    await api.db.raw('analyze content_revisions');
    const queries = countQueries(api.db);
    const began = performance.now();
    const first = await unpublished({ limit: 100 });
    const tookMs = performance.now() - began;
    const counted = queries.stop();
    process.stderr.write(`unpublished list of 5,000 changed items: ${Math.round(tookMs)} ms, ${counted} queries\n`);
    expect(first).toMatchObject({ total: 5_000, counts: { changed: 5_000 } });
    expect(tookMs).toBeLessThan(5_000);
    const few = countQueries(api.db);
    const second = await unpublished({ limit: 1, offset: 100 });
    expect(few.stop()).toBe(counted);
    expect(first.items.map(({ textId }) => textId)).not.toContain(second.items[0]?.textId);
    expect(new Set(first.items.map(({ textId }) => textId)).size).toBe(100);
  });
});

describe('the newest runs of a site', () => {
  test('are one of each process and version', async () => {
    const old = await makeRun(api.db, { siteId, version: 'draft', state: 'succeeded' });
    const draft = await makeRun(api.db, { siteId, version: 'draft' });
    const live = await makeRun(api.db, { siteId, version: 'live', state: 'failed' });
    const links = await makeRun(api.db, { siteId, version: null, process: 'check-links', workflowId: 'check-links/x' });
    await makeRun(api.db, { siteId: await makeContentSite(api.db, `other-${sites}`), version: 'draft' });
    const answer = await api.call('GET /api/v1/sites/:site/newest-runs', ed, { params: { site: name } });
    const ids = (answer.json as { runs: { id: string }[] }).runs.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([draft, live, links]));
    expect(ids).not.toContain(old);
  });
});

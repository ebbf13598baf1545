import { beforeEach, describe, expect, it } from 'vitest';
import { amendRun, moveRun } from '#db/queries/runs.ts';
import { hasWaitingRequests, listMovePublishes, takeWaitingRequests, withdrawRequest } from '#db/queries/runRequests.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeRequest, makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();

describe('while something else is done to a site', () => {
  let site: SiteRow;
  let moveRunId: string;
  beforeEach(async () => {
    await database.clear();
    site = await makeSite(database.db);
    moveRunId = await makeRun(database.db, { siteId: site.id, process: 'change-site-url', version: null, workflowId: `change-site-url/${site.name}` });
  });
  const waits = () => hasWaitingRequests(database.db, 'publish-site', site.id, 'draft');
  const take = async () => takeWaitingRequests(database.db, { process: 'publish-site', siteId: site.id, version: 'draft', runId: await makeRun(database.db, { siteId: site.id }) });

  it('moves, only the publishes of the move begin; the others wait until it is over', async () => {
    const other = await makeRequest(database.db, { siteId: site.id });
    expect(await waits()).toBe(false);
    expect(await take()).toEqual([]);
    const own = await makeRequest(database.db, { siteId: site.id, input: { moveRunId, attempt: 1 } });
    expect(await waits()).toBe(true);
    expect(await take()).toEqual([own.id]);
    await moveRun(database.db, { runId: moveRunId, state: 'failed' });
    expect(await waits()).toBe(false);
    await moveRun(database.db, { runId: moveRunId, state: 'terminated' });
    expect(await waits()).toBe(true);
    expect(await take()).toEqual([other.id]);
  });

  it('has moved and led its readers on, publishes may begin', async () => {
    await makeRequest(database.db, { siteId: site.id });
    await amendRun(database.db, moveRunId, { frozen: { holdsPublishes: false } });
    expect(await waits()).toBe(true);
  });

  it('is taken offline, live publishes wait and drafts do not', async () => {
    await moveRun(database.db, { runId: moveRunId, state: 'succeeded' });
    const unpublish = await makeRun(database.db, { siteId: site.id, process: 'unpublish-site', version: 'live', workflowId: `unpublish-site/${site.name}` });
    await makeRequest(database.db, { siteId: site.id });
    await makeRequest(database.db, { siteId: site.id, version: 'live' });
    const liveWaits = () => hasWaitingRequests(database.db, 'publish-site', site.id, 'live');
    expect([await waits(), await liveWaits()]).toEqual([true, false]);
    await moveRun(database.db, { runId: unpublish, state: 'failed' });
    expect(await liveWaits()).toBe(false);
    await moveRun(database.db, { runId: unpublish, state: 'terminated' });
    expect(await liveWaits()).toBe(true);
  });

  it('other sites publish as ever', async () => {
    const elsewhere = await makeRequest(database.db);
    expect(await hasWaitingRequests(database.db, 'publish-site', elsewhere.siteId ?? '', 'draft')).toBe(true);
  });

  it('its own publishes are known, and taken back only while no run has them', async () => {
    const first = await makeRequest(database.db, { siteId: site.id, input: { moveRunId, attempt: 1 } });
    await take();
    const second = await makeRequest(database.db, { siteId: site.id, input: { moveRunId, attempt: 2 } });
    await makeRequest(database.db, { siteId: site.id });
    expect((await listMovePublishes(database.db, moveRunId, site.id)).map((row) => row.id)).toEqual([second.id, first.id]);
    for (const { id } of [first, second]) await withdrawRequest(database.db, id);
    expect((await listMovePublishes(database.db, moveRunId, site.id)).map((row) => row.id)).toEqual([first.id]);
  });
});

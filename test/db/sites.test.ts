import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { moveRun } from '#db/queries/runs.ts';
import { bumpContentRevision, bumpSitesOfStarter, deleteSite, findSite, findSiteByName, findSiteClash, listOtherUrlPaths, listSites, listSitesByIds, recordCommittedRevision, type SiteFilter } from '#db/queries/sites.ts';
import { makeRun, makeSite, makeStarter } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
const named = async (filter: Partial<SiteFilter>, page = { limit: 50, offset: 0 }): Promise<string[]> => (await listSites(database.db, { sort: 'title', ...filter }, page)).sites.map((site) => site.name);

describe('the list of sites', () => {
  beforeEach(() => database.clear());

  it('is searched by title, name and short id, in any case, with a dot for a dash', async () => {
    await makeSite(database.db, { name: '17-482-us-politics', shortId: '17.482-fall-2010', title: 'U.S. Military Power' });
    await makeSite(database.db, { name: 'matrix', shortId: '18.065', title: 'Matrix Methods 100%' });
    expect(await named({ search: '17.482' })).toEqual(['17-482-us-politics']);
    expect(await named({ search: '  MILITARY ' })).toEqual(['17-482-us-politics']);
    expect(await named({ search: '18.065' })).toEqual(['matrix']);
    expect(await named({ search: 'nothing' })).toEqual([]);
    expect(await named({ search: ' ' })).toHaveLength(2);
  });

  it('takes what people type as text, not as a pattern', async () => {
    await makeSite(database.db, { name: 'percent', title: '100% proof_read \\ done' });
    await makeSite(database.db, { name: 'other', title: '1000 proofs read' });
    expect(await named({ search: '0%' })).toEqual(['percent']);
    expect(await named({ search: 'proof_r' })).toEqual(['percent']);
    expect(await named({ search: '\\' })).toEqual(['percent']);
    expect(await named({ search: "'; drop table sites; --" })).toEqual([]);
  });

  it('is in order, in pages, with the number of all', async () => {
    for (const title of ['C', 'A', 'B']) await makeSite(database.db, { name: title.toLowerCase(), title });
    expect(await named({})).toEqual(['a', 'b', 'c']);
    expect(await named({ sort: 'updated' })).toEqual(['b', 'a', 'c']);
    expect(await listSites(database.db, { sort: 'title' }, { limit: 1, offset: 1 })).toMatchObject({ total: 3, sites: [{ name: 'b' }] });
    expect(await listSites(database.db, { sort: 'title', siteIds: [] }, { limit: 9, offset: 0 })).toEqual({ total: 0, sites: [] });
  });

  it('is narrowed by what stands live and by what the newest publish does', async () => {
    const sites = Object.fromEntries(await Promise.all(['published', 'changed', 'running', 'failed', 'new'].map(async (name) => [name, await makeSite(database.db, { name })] as const)));
    const idOf = (name: string): string => sites[name]?.id ?? '';
    for (const name of ['published', 'changed']) {
      const runId = await makeRun(database.db, { siteId: idOf(name), version: 'live' });
      const key = { siteId: idOf(name), version: 'live', theme: '' } as const;
      await beginDeployment(database.db, key, 'm');
      await finishDeployment(database.db, key, { manifestKey: 'm', runId, commit: 'c', contentRevision: 0 });
      await moveRun(database.db, { runId, state: 'succeeded' });
    }
    await bumpContentRevision(database.db, idOf('changed'));
    await makeRun(database.db, { siteId: idOf('running') });
    const failed = await makeRun(database.db, { siteId: idOf('failed') });
    await moveRun(database.db, { runId: failed, state: 'failed' });
    expect(await named({ state: 'published' })).toEqual(['changed', 'published']);
    expect(await named({ state: 'unpublished' })).toEqual(['failed', 'new', 'running']);
    expect(await named({ state: 'changed' })).toEqual(['changed']);
    expect(await named({ state: 'running' })).toEqual(['running']);
    expect(await named({ state: 'failed' })).toEqual(['failed']);
    await makeRun(database.db, { siteId: idOf('failed') });
    expect(await named({ state: 'failed' })).toEqual([]);
  });

  it('that only began its first live publish is not published', async () => {
    const site = await makeSite(database.db);
    await beginDeployment(database.db, { siteId: site.id, version: 'live', theme: '' }, 'm');
    expect(await named({ state: 'published' })).toEqual([]);
  });
});

describe('a site', () => {
  it('is found by id and name, with its starter', async () => {
    const site = await makeSite(database.db);
    expect(site).toMatchObject({ starterSlug: 'ocw-course-v2', contentRevision: 0, committedRevision: 0 });
    expect(await findSiteByName(database.db, site.name)).toEqual(site);
    expect([...(await listSitesByIds(database.db, [site.id, site.id, uuidv7()])).values()]).toEqual([site]);
    expect(await findSite(database.db, uuidv7())).toBeUndefined();
  });

  it('says what of a new one is taken, in the order a person would mend it', async () => {
    await makeSite(database.db, { name: 'taken', shortId: 'short', urlPath: 'courses/taken' });
    const clash = (as: Partial<Parameters<typeof findSiteClash>[1]>) => findSiteClash(database.db, { name: 'n', shortId: 's', urlPath: 'u', ...as });
    expect(await clash({})).toBeUndefined();
    expect(await clash({ shortId: 'short' })).toEqual({ field: 'shortId', site: 'taken' });
    expect(await clash({ shortId: 'short', name: 'taken' })).toEqual({ field: 'name', site: 'taken' });
    expect(await clash({ shortId: 'short', name: 'taken', urlPath: 'courses/taken' })).toEqual({ field: 'urlPath', site: 'taken' });
    await makeSite(database.db, { name: 'homeless', urlPath: null });
    expect(await clash({ urlPath: null })).toBeUndefined();
  });

  it.each([
    ['address', { urlPath: 'courses/raced-path' }, 'sites_url_path_key'],
    ['name', { name: 'raced-name' }, 'sites_name_key'],
    ['short id', { shortId: 'raced-id' }, 'sites_short_id_key'],
  ])('cannot have the %s of another, even when both come at once', async (_what, same, constraint) => {
    const starterId = await makeStarter(database.db);
    const ended = await Promise.allSettled(Array.from({ length: 4 }, () => makeSite(database.db, { starterId, shortId: uuidv7(), urlPath: null, ...same })));
    expect(ended.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    for (const end of ended) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: '23505', constraint });
  });

  it('may have no address, as others may', async () => {
    await makeSite(database.db, { urlPath: null });
    expect((await makeSite(database.db, { urlPath: null })).urlPath).toBeNull();
  });

  it('counts every saved change, also those that come at once', async () => {
    const { id } = await makeSite(database.db);
    const revisions = await Promise.all(Array.from({ length: 10 }, () => bumpContentRevision(database.db, id)));
    expect(revisions.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await expect(bumpContentRevision(database.db, uuidv7())).rejects.toThrow('does not exist');
  });

  it('does not go back to an older committed revision', async () => {
    const { id } = await makeSite(database.db);
    await recordCommittedRevision(database.db, id, 5);
    await recordCommittedRevision(database.db, id, 3);
    expect((await findSite(database.db, id))?.committedRevision).toBe(5);
  });

  it('leaves nothing behind when it is removed', async () => {
    const site = await makeSite(database.db);
    const runId = await makeRun(database.db, { siteId: site.id });
    await beginDeployment(database.db, { siteId: site.id, version: 'draft', theme: '' }, 'm');
    await deleteSite(database.db, site.id);
    for (const [table, column, value] of [['sites', 'id', site.id], ['runs', 'id', runId], ['deployments', 'site_id', site.id]] as const) expect(await database.db(table).where(column, value)).toEqual([]);
  });

  it('knows the addresses that are not its own', async () => {
    await database.clear();
    const [one, two] = [await makeSite(database.db), await makeSite(database.db)];
    await makeSite(database.db, { urlPath: null });
    expect(await listOtherUrlPaths(database.db, one.id)).toEqual([two.urlPath]);
  });
});

describe('a starter’s sites', () => {
  it('have one more change each, and no other’s', async () => {
    await database.clear();
    const [mine, alsoMine] = [await makeSite(database.db), await makeSite(database.db)];
    const other = await makeSite(database.db, { starterId: await makeStarter(database.db, 'ocw-www') });
    expect(await bumpSitesOfStarter(database.db, 'ocw-course-v2')).toBe(2);
    expect([...(await listSitesByIds(database.db, [mine.id, alsoMine.id, other.id])).values()].map((site) => [site.id === other.id, site.contentRevision]).sort()).toEqual([[false, 1], [false, 1], [true, 0]]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { beginDeployment, finishDeployment, listManifestKeysInUse, listSiteDeployments, restoreDeployment } from '#db/queries/deployments.ts';
import { forgetRedirect, leadOn, listSiteRedirects, recordRedirectManifests, restoreRedirects } from '#db/queries/siteRedirects.ts';
import { findSite, findSiteClash, listOtherUrlPaths, type SiteRow } from '#db/queries/sites.ts';
import { claimDeployUrl, giveSiteUrl, isUrlFrozen } from '#db/queries/siteUrls.ts';
import { findUrlHolder } from '#db/queries/urlHolder.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
beforeEach(() => database.clear());

const urlOf = async (site: SiteRow): Promise<string | null> => (await findSite(database.db, site.id))?.urlPath ?? null;
const revisionOf = async (site: SiteRow): Promise<number> => (await findSite(database.db, site.id))?.contentRevision ?? -1;
const give = (site: SiteRow, urlPath: string) => giveSiteUrl(database.db, site.id, urlPath);

/** The first write of a deploy and, unless it breaks off, its end. */
async function deploy(site: SiteRow, prefix: string, options: { version?: 'draft' | 'live'; breaksOff?: true } = {}): Promise<Awaited<ReturnType<typeof claimDeployUrl>>> {
  const version = options.version ?? 'live';
  const key = { siteId: site.id, version, theme: '' } as const;
  const claimed = await database.db.transaction(async (trx) => {
    const claim = await claimDeployUrl(trx, { siteId: site.id, version, prefix });
    if (claim.kind === 'claimed') await beginDeployment(trx, key, `manifest of ${prefix}`);
    return claim;
  });
  if (claimed.kind === 'claimed' && options.breaksOff !== true) await finishDeployment(database.db, key, { manifestKey: `manifest of ${prefix}`, runId: await makeRun(database.db, { siteId: site.id, version }), commit: 'c', contentRevision: 1 });
  return claimed;
}

describe('giving a site its address', () => {
  it('counts as a change of its content, because its files name it; giving it again does not', async () => {
    const site = await makeSite(database.db, { urlPath: null });
    expect(await give(site, 'courses/a')).toEqual({ kind: 'set' });
    expect([await urlOf(site), await revisionOf(site)]).toEqual(['courses/a', 1]);
    expect(await give(site, 'courses/a')).toEqual({ kind: 'unchanged' });
    expect(await revisionOf(site)).toBe(1);
  });

  it.each(['courses/taken', 'Courses/TAKEN', 'courses', 'courses/taken/inside'])('refuses %s, which another site holds', async (urlPath) => {
    const site = await makeSite(database.db, { urlPath: null });
    await makeSite(database.db, { name: 'holder', urlPath: 'courses/taken' });
    expect(await give(site, urlPath)).toEqual({ kind: 'inUse', holder: { site: 'holder', isRedirect: false } });
    expect([await urlOf(site), await revisionOf(site)]).toEqual([null, 0]);
    expect(await findSiteClash(database.db, { name: 'n', shortId: 's', urlPath })).toEqual({ field: 'urlPath', site: 'holder' });
  });

  it('is not misled by characters that mean something in a pattern, nor by a name that only begins alike', async () => {
    const site = await makeSite(database.db, { urlPath: null });
    await makeSite(database.db, { urlPath: 'courses/a_c' });
    expect(await give(site, 'courses/abc/d')).toEqual({ kind: 'set' });
    expect(await give(site, 'courses/a_c2')).toEqual({ kind: 'set' });
  });

  it('refuses a place another site is led on from, which its own is to it', async () => {
    const moved = await makeSite(database.db, { name: 'moved', urlPath: 'courses/new' });
    await leadOn(database.db, { siteId: moved.id, fromPath: 'courses/old', toPath: 'courses/new', runId: await makeRun(database.db, { siteId: moved.id }) });
    const site = await makeSite(database.db, { urlPath: null });
    expect(await give(site, 'courses/OLD/x')).toEqual({ kind: 'inUse', holder: { site: 'moved', isRedirect: true } });
    expect(await findUrlHolder(database.db, 'courses/old', moved.id)).toBeUndefined();
    expect((await listOtherUrlPaths(database.db, site.id)).sort()).toEqual(['courses/new', 'courses/old']);
    expect(await listOtherUrlPaths(database.db, moved.id)).toEqual([]);
  });

  it('lets one of two sites have a place they ask for at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const sites = await Promise.all([1, 2, 3].map(() => makeSite(database.db, { urlPath: null })));
      const given = await Promise.all(sites.map((site, index) => give(site, index === 0 ? `courses/Raced-${round}` : `courses/raced-${round}`)));
      expect(given.filter((each) => each.kind === 'set')).toHaveLength(1);
      expect(given.filter((each) => each.kind === 'inUse')).toHaveLength(2);
    }
  });
});

describe('an address readers know', () => {
  it('is fixed when the first live deploy begins to write, and says which of the two it is', async () => {
    const site = await makeSite(database.db, { urlPath: 'courses/a' });
    await deploy(site, 'courses/a', { version: 'draft' });
    expect(await isUrlFrozen(database.db, site.id)).toBe(false);
    await deploy(site, 'courses/a', { breaksOff: true });
    expect(await give(site, 'courses/b')).toEqual({ kind: 'writing' });
    await deploy(site, 'courses/a');
    expect(await give(site, 'courses/b')).toEqual({ kind: 'published' });
    expect(await give(site, 'courses/a')).toEqual({ kind: 'unchanged' });
  });

  it('is the one the first live deploy was frozen with, although it was changed meanwhile', async () => {
    const site = await makeSite(database.db, { urlPath: 'courses/a' });
    expect(await give(site, 'courses/b')).toEqual({ kind: 'set' });
    expect(await deploy(site, 'courses/a')).toEqual({ kind: 'claimed', urlPath: 'courses/a' });
    expect([await urlOf(site), await revisionOf(site)]).toEqual(['courses/a', 2]);
  });

  it('is not changed by a draft, which goes to where it was frozen for', async () => {
    const site = await makeSite(database.db, { urlPath: 'courses/a' });
    await give(site, 'courses/b');
    expect(await deploy(site, 'courses/a', { version: 'draft' })).toEqual({ kind: 'claimed', urlPath: 'courses/b' });
    expect(await urlOf(site)).toBe('courses/b');
  });

  it('is not written to when another site got it meanwhile, or the site moved', async () => {
    const site = await makeSite(database.db, { urlPath: 'courses/a' });
    await give(site, 'courses/b');
    const other = await makeSite(database.db, { name: 'other', urlPath: 'courses/a' });
    for (const version of ['draft', 'live'] as const) expect(await deploy(site, 'courses/a', { version })).toEqual({ kind: 'inUse', holder: { site: 'other', isRedirect: false } });
    await deploy(other, 'courses/a');
    await database.db('sites').where({ id: other.id }).update({ url_path: 'courses/c' });
    for (const version of ['draft', 'live'] as const) expect(await deploy(other, 'courses/a', { version })).toEqual({ kind: 'moved', urlPath: 'courses/c' });
    expect(await urlOf(other)).toBe('courses/c');
  });

  it('is never another than where the site stands, when a change and the first live deploy come at the same moment', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const site = await makeSite(database.db, { urlPath: `courses/first-${round}` });
      const changes = Array.from({ length: 3 }, (_, index) => give(site, `courses/second-${round}-${index}`));
      const [deployed, ...given] = await Promise.all([deploy(site, `courses/first-${round}`), ...changes]);
      expect(deployed).toEqual({ kind: 'claimed', urlPath: `courses/first-${round}` });
      expect(await urlOf(site)).toBe(`courses/first-${round}`);
      for (const each of given) seen.add(each.kind);
    }
    expect([...seen].every((kind) => ['set', 'published', 'writing'].includes(kind))).toBe(true);
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe('old addresses', () => {
  it('lead straight to the newest place, also after several moves, and are forgotten when the site comes back', async () => {
    const site = await makeSite(database.db, { urlPath: 'courses/c' });
    const runId = await makeRun(database.db, { siteId: site.id });
    const lead = (fromPath: string, toPath: string) => leadOn(database.db, { siteId: site.id, fromPath, toPath, runId });
    await lead('courses/a', 'courses/b');
    await recordRedirectManifests(database.db, { siteId: site.id, fromPath: 'courses/a', manifests: { '': 'pages-of-a' }, runId });
    await recordRedirectManifests(database.db, { siteId: site.id, fromPath: 'courses/a', manifests: { v3: 'pages-of-a-in-v3' }, runId });
    await lead('courses/b', 'courses/c');
    await lead('courses/b', 'courses/c');
    const rows = await listSiteRedirects(database.db, site.id);
    expect(rows).toEqual([
      { siteId: site.id, fromPath: 'courses/a', toPath: 'courses/c', manifests: { '': 'pages-of-a', v3: 'pages-of-a-in-v3' }, runId },
      { siteId: site.id, fromPath: 'courses/b', toPath: 'courses/c', manifests: {}, runId },
    ]);
    expect(await listManifestKeysInUse(database.db)).toEqual(new Set(['pages-of-a', 'pages-of-a-in-v3']));
    await forgetRedirect(database.db, site.id, 'courses/a');
    expect((await listSiteRedirects(database.db, site.id)).map((row) => row.fromPath)).toEqual(['courses/b']);
    await restoreRedirects(database.db, site.id, rows);
    expect(await listSiteRedirects(database.db, site.id)).toEqual(rows);
  });

  it('belong to one site', async () => {
    const [site, other] = [await makeSite(database.db), await makeSite(database.db)];
    const runId = await makeRun(database.db, { siteId: site.id });
    await leadOn(database.db, { siteId: site.id, fromPath: 'courses/a', toPath: 'courses/b', runId });
    await restoreRedirects(database.db, other.id, []);
    expect(await listSiteRedirects(database.db, site.id)).toHaveLength(1);
  });
});

it('a deployment is set back to what it was', async () => {
  const site = await makeSite(database.db, { urlPath: 'courses/a' });
  await deploy(site, 'courses/a');
  const [before] = await listSiteDeployments(database.db, site.id);
  if (before === undefined) throw new Error('Nothing was deployed');
  await beginDeployment(database.db, before, 'next');
  await restoreDeployment(database.db, before);
  expect(await listSiteDeployments(database.db, site.id)).toEqual([before]);
});

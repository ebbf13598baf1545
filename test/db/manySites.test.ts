import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { setFavourite } from '#db/queries/favouriteSites.ts';
import { listSites, type SiteFilter } from '#db/queries/sites.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { makeStarter } from '#test/factories/rows.ts';
import { countQueries } from '#test/support/countQueries.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
const SITES = 3_000;
let ada: string;
let ids: string[];

beforeAll(async () => {
  const { db } = database;
  const starter = await makeStarter(db, 'ocw-course-v2');
  const www = await makeStarter(db, 'ocw-www');
  ada = (await ensureUserByEmail(db, 'ada@example.edu')).id;
  ids = Array.from({ length: SITES }, () => uuidv7());
  const rows = ids.map((id, index) => ({ id, name: `site-${index}`, short_id: `${index % 24}.${index}-fall`, title: `Course ${index} on ${['Algebra', 'Physics', 'History'][index % 3] ?? ''}`, starter_id: index % 10 === 0 ? www : starter, site_type: index % 100 === 0 ? 'pk12' : 'ocw', content_revision: index % 7 === 0 ? 3 : 2, updated_at: new Date(Date.UTC(2026, 0, 1) + index * 60_000) }));
  await db.batchInsert('sites', rows, 500);
  const versions = ['draft', 'live'] as const;
  const runs = ids.flatMap((siteId, index) => versions.flatMap((version) => [1, 2].map((pass) => ({ id: uuidv7(), process: 'publish-site', site_id: siteId, version, workflow_id: `publish-site/${siteId}/${version}`, workflow_run_id: uuidv7(), pass, state: version === 'draft' && pass === 2 && index % 50 === 0 ? 'failed' : 'succeeded', started_at: new Date(Date.UTC(2026, 0, 1) + pass * 60_000) }))));
  await db.batchInsert('runs', runs, 500);
  await db.batchInsert('deployments', ids.flatMap((siteId, index) => versions.filter((version) => version === 'draft' || index % 2 === 0).map((version) => ({ id: uuidv7(), site_id: siteId, version, manifest_key: 'm', content_revision: 2 }))), 500);
  await db.raw('analyze');
}, 120_000);

const page = { limit: 20, offset: 0 };
const list = (filter: Partial<SiteFilter>) => listSites(database.db, { sort: 'updated', ...filter }, page);

describe('the list of 3,000 sites', () => {
  it.each<[string, Partial<SiteFilter>, number]>([
    ['all', {}, SITES],
    ['one by its short id', { search: '5.2405' }, 1],
    ['a word of titles', { search: 'physics' }, SITES / 3],
    ['published live', { state: 'published' }, SITES / 2],
    ['published to Staging', { state: 'published', version: 'draft' }, SITES],
    ['with changes for Staging', { state: 'changed', version: 'draft' }, 429],
    ['whose last publish failed', { state: 'failed' }, 60],
    ['whose last publish to Production failed', { state: 'failed', version: 'live' }, 0],
    ['of a starter', { starterSlug: 'ocw-www' }, 300],
    ['for schools', { siteType: 'pk12' }, 30],
    ['of one starter that failed, searched', { starterSlug: 'ocw-www', state: 'failed', search: 'algebra' }, 20],
  ])('%s is two queries, quick, and looks into no content', async (name, filter, total) => {
    const queries = countQueries(database.db);
    const statements: { sql: string; bindings: unknown[] }[] = [];
    const note = (query: { sql: string; bindings: unknown[] }): void => void statements.push(query);
    database.db.on('query', note);
    const began = performance.now();
    const answer = await list({ userId: ada, ...filter });
    const tookMs = performance.now() - began;
    database.db.removeListener('query', note);
    expect(queries.stop()).toBe(2);
    expect(answer.total).toBe(total);
    expect(answer.sites).toHaveLength(Math.min(20, total));
    expect(tookMs).toBeLessThan(1_000);
    process.stderr.write(`3,000 sites, ${name}: ${Math.round(tookMs)} ms\n`);
    for (const { sql, bindings } of statements) {
      const { rows } = await database.db.raw<{ rows: { 'QUERY PLAN': string }[] }>(`explain ${sql.replace(/\$\d+/g, '?')}`, bindings as never);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toMatch(/content_(?:items|revisions)/);
    }
  });

  it('has what somebody starred first, in either order, and only for them', async () => {
    const [oldest = '', other = ''] = [ids[3], ids[1_500]];
    for (const siteId of [oldest, other]) await setFavourite(database.db, { userId: ada, siteId }, true);
    // Once is enough.
    await setFavourite(database.db, { userId: ada, siteId: oldest }, true);
    const names = async (filter: Partial<SiteFilter>): Promise<string[]> => (await list(filter)).sites.slice(0, 3).map((site) => `${site.name}${site.isFavourite ? '*' : ''}`);
    expect(await names({ userId: ada })).toEqual(['site-1500*', 'site-3*', 'site-2999']);
    expect(await names({ userId: ada, sort: 'title' })).toEqual(['site-1500*', 'site-3*', 'site-0']);
    expect(await names({ userId: null })).toEqual(['site-2999', 'site-2998', 'site-2997']);
    expect(await names({ userId: ada, onlyFavourites: true })).toEqual(['site-1500*', 'site-3*']);
    expect(await names({ userId: (await ensureUserByEmail(database.db, 'ed@example.edu')).id, onlyFavourites: true })).toEqual([]);
    await setFavourite(database.db, { userId: ada, siteId: other }, false);
    expect(await names({ userId: ada, onlyFavourites: true })).toEqual(['site-3*']);
  });
});

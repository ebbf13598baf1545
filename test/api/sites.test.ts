import { beforeAll, describe, expect, test } from 'vitest';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { amendRun } from '#db/queries/runs.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let gus: Caller;
beforeAll(async () => {
  await upsertStarter(api.db, { slug: 'ocw-course-v2', path: 'ocw-course-v2', commit: 'c0ffee', config: makeSiteConfig() });
  gus = await api.person('gus@example.edu', [{ role: 'global_author' }]);
});

const create = (body: Record<string, unknown>, who = gus): Promise<Answer> => api.call('POST /api/v1/sites', who, { body: { starter: 'ocw-course-v2', ...body } });
const issuesOf = (answer: Answer): unknown => (answer.json as { error: { issues?: unknown } }).error.issues;

describe('a new site', () => {
  test('belongs to who made it, has a name made of its title, and asks for its repository', async () => {
    const answer = await create({ title: '  Matrix Methods: An Overview ', shortId: ' 18.065-Spring-2018 ', siteType: 'pk12' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/v1/sites/matrix-methods-an-overview');
    expect(answer.json).toMatchObject({ name: 'matrix-methods-an-overview', title: 'Matrix Methods: An Overview', shortId: '18.065-spring-2018', urlPath: null, starter: { slug: 'ocw-course-v2' }, live: { state: 'never' } });
    const row = await api.db('sites').where({ name: 'matrix-methods-an-overview' }).first<{ id: string; site_type: string; owner_id: string }>('id', 'site_type', 'owner_id');
    expect(row).toMatchObject({ site_type: 'pk12', owner_id: gus.userId });
    expect(await api.db('role_grants').where({ site_id: row.id }).select('user_id', 'role')).toEqual([{ user_id: gus.userId, role: 'owner' }]);
    expect(await api.db('run_requests').where({ site_id: row.id }).select('process')).toEqual([{ process: 'site-repo' }]);
  });

  test.each(['線形代数', 'Алгебра', '!!!'])('whose title %s has nothing a name can be made of asks for one', async (title) => {
    const refused = await create({ title, shortId: 'no-name' });
    expect([refused.status, codeOf(refused)]).toEqual([422, 'validation']);
    expect(issuesOf(refused)).toEqual([{ path: 'body.name', message: 'No name can be made of this title, because it has no Latin letters or digits. Give the site a name of its own.' }]);
    const slug = `named-${title.length}-${title.codePointAt(0)}`;
    expect((await create({ title, shortId: slug, name: slug })).json).toMatchObject({ name: slug, title });
  });

  test('says of each field whether it is taken, at once, and where to mend it', async () => {
    await create({ title: 'Taken', shortId: 'Taken-1' });
    expect(issuesOf(await create({ title: 'Taken', shortId: 'TAKEN-1' }))).toEqual([
      { path: 'body.title', message: 'There is a site named ‘taken’ already.' },
      { path: 'body.shortId', message: 'The short id ‘taken-1’ is that of the site ‘taken’, and names its repository.' },
    ]);
    expect(issuesOf(await create({ title: 'x', name: 'taken', shortId: 'free' }))).toEqual([{ path: 'body.name', message: 'There is a site named ‘taken’ already.' }]);
  });

  test('is looked at while it is typed: its name, its short id, and what of them is taken or wrong', async () => {
    await create({ title: 'Typed', shortId: 'typed-1' });
    const look = async (query: Record<string, string>): Promise<unknown> => (await api.call('GET /api/v1/new-site', gus, { query })).json;
    expect(await look({ title: '' })).toEqual({ name: null, shortId: '', faults: [] });
    expect(await look({ title: 'Matrix Methods: Part 2' })).toEqual({ name: 'matrix-methods-part-2', shortId: 'matrix-methods-part-2', faults: [] });
    expect(await look({ title: 'Typed', shortId: 'TYPED-1' })).toEqual({
      name: 'typed',
      shortId: 'typed-1',
      faults: [
        { field: 'title', message: 'There is a site named ‘typed’ already.' },
        { field: 'shortId', message: 'The short id ‘typed-1’ is that of the site ‘typed’, and names its repository.' },
      ],
    });
    expect(await look({ title: 'Free', shortId: 'a b' })).toMatchObject({ faults: [{ field: 'shortId', message: 'The short id has 1 to 100 letters, digits, dots, hyphens and underscores.' }] });
    expect(await look({ title: '線形代数', shortId: 'x' })).toMatchObject({ name: null, faults: [{ field: 'name', message: expect.stringContaining('no Latin letters') as string }] });
    expect(await look({ title: '線形代数', shortId: 'x', name: 'typed' })).toMatchObject({ name: 'typed', faults: [{ field: 'name', message: 'There is a site named ‘typed’ already.' }] });
    expect(await look({ title: `${'long '.repeat(60)}` })).toMatchObject({ shortId: expect.stringMatching(/^.{1,100}$/) as string, faults: [] });
  });

  test('is starred by who may see it, for their own list alone', async () => {
    await create({ title: 'Starred', shortId: 'starred' });
    const listed = async (who: Caller, query: Record<string, string> = {}): Promise<[string, boolean, string | null][]> => ((await api.call('GET /api/v1/sites', who, { query: { limit: 100, ...query } })).json as { sites: { name: string; isFavourite: boolean; role: string | null }[] }).sites.map(({ name, isFavourite, role }) => [name, isFavourite, role]);
    const star = (method: 'PUT' | 'DELETE', who: Caller): Promise<Answer> => api.call(`${method} /api/v1/sites/:site/favourite`, who, { params: { site: 'starred' } });
    expect((await star('PUT', gus)).json).toEqual({ isFavourite: true });
    expect((await listed(gus))[0]).toEqual(['starred', true, 'owner']);
    expect((await listed(gus, { only: 'favourites' })).map(([name]) => name)).toEqual(['starred']);
    const ada = await api.person('ada-stars@example.edu', [{ role: 'global_admin' }]);
    expect(await listed(ada, { only: 'favourites' })).toEqual([]);
    expect(await listed(ada, { only: 'mine' })).toEqual([]);
    expect((await listed(ada, { search: 'starred' }))[0]).toEqual(['starred', false, null]);
    expect((await listed(gus, { only: 'mine', search: 'starred' })).map(([name]) => name)).toEqual(['starred']);
    expect((await star('DELETE', gus)).json).toEqual({ isFavourite: false });
    expect(await listed(gus, { only: 'favourites' })).toEqual([]);
    expect(codeOf(await star('PUT', await api.token()))).toBe('forbidden');
  });

  test('is made once when two ask for it at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create({ title: 'Raced', shortId: 'raced' })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    for (const answer of answers) if (answer.status === 409) expect(codeOf(answer)).toBe('nameInUse');
  });

  test.each(['', 'a b', 'ä', '..', 'x.git', 'a'.repeat(101), 'a/b'])('cannot have the short id %j', async (shortId) => {
    expect((await create({ title: 'Short', shortId })).status).toBe(422);
  });

  test('needs a starter that is in use and was read without fault', async () => {
    expect(messageOf(await create({ title: 'x', shortId: 'x', starter: 'none' }))).toContain('There is no starter ‘none’.');
    await upsertStarter(api.db, { slug: 'old', path: 'old', commit: 'c', config: makeSiteConfig() });
    await api.db('starters').where({ slug: 'old' }).update({ status: 'inactive' });
    expect(messageOf(await create({ title: 'x', shortId: 'x', starter: 'old' }))).toContain('not used for new sites any more');
    await api.db('starters').where({ slug: 'old' }).update({ status: 'active', config: null, fault: 'collections: missing' });
    expect(messageOf(await create({ title: 'x', shortId: 'x', starter: 'old' }))).toContain('collections: missing');
  });

  test('may get another title, and nothing else that way', async () => {
    await create({ title: 'Before', shortId: 'before' });
    const changed = await api.call('PATCH /api/v1/sites/:site', gus, { params: { site: 'before' }, body: { title: 'After' } });
    expect(changed.json).toMatchObject({ name: 'before', title: 'After', shortId: 'before' });
    expect((await api.call('PATCH /api/v1/sites/:site', gus, { params: { site: 'before' }, body: { name: 'x' } })).status).toBe(422);
    expect((await api.call('PATCH /api/v1/sites/:site', gus, { params: { site: 'before' }, body: { title: ' ' } })).status).toBe(422);
  });
});

describe('the URL of a site', () => {
  let sites = 0;
  /** A site of its own, with an admin. */
  async function ownSite(): Promise<{ id: string; name: string; who: Caller }> {
    const name = `url-${(sites += 1)}`;
    const id = await makeSite(api.db, name);
    const starter = await findStarterBySlug(api.db, 'ocw-course-v2');
    await api.db('sites').where({ id }).update({ url_path: null, starter_id: starter?.id });
    return { id, name, who: await api.person(`admin-of-${name}@example.edu`, [{ role: 'admin', siteId: id }]) };
  }
  const get = (site: { name: string; who: Caller }) => api.call('GET /api/v1/sites/:site/url', site.who, { params: { site: site.name } });
  const put = (site: { name: string; who: Caller }, urlPath: string) => api.call('PUT /api/v1/sites/:site/url', site.who, { params: { site: site.name }, body: { urlPath } });
  const stored = async (id: string): Promise<unknown> => (await api.db('sites').where({ id }).first<{ url_path: unknown }>('url_path')).url_path;

  test('is suggested from the metadata, shown without the root path, and stored with it', async () => {
    const site = await ownSite();
    expect((await get(site)).json).toEqual({ urlPath: null, suggestion: '[sitemetadata:primary_course_number]-[sitemetadata:course_title]-[sitemetadata:term]', isFrozen: false, problems: ['You must replace the URL sections in brackets.'] });
    await insertContentItems(api.db, site.id, [{ item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', isPageContent: false, metadata: { primary_course_number: '18.065', course_title: 'Matrix', term: 'Spring' } }), writtenPath: null, writtenSha256: null, updatedBy: null }]);
    expect((await get(site)).json).toMatchObject({ suggestion: '18-065-matrix-spring', problems: [] });
    expect((await put(site, '18-065-matrix-spring')).json).toMatchObject({ urlPath: '18-065-matrix-spring', problems: [] });
    expect(await stored(site.id)).toBe('courses/18-065-matrix-spring');
  });

  test.each([
    ['', 422, 'The URL path cannot be blank.'],
    ['a-[sitemetadata:term]', 422, 'You must replace the URL sections in brackets.'],
    ['a b', 422, 'The URL path may have letters, digits, dots, dashes and underscores.'],
  ])('%j is refused', async (urlPath, status, message) => {
    const site = await ownSite();
    const answer = await put(site, urlPath);
    expect([answer.status, messageOf(answer)]).toEqual([status, message]);
    expect(issuesOf(answer)).toEqual([{ path: 'body.urlPath', message }]);
  });

  test('is refused when another site has it, in whatever case', async () => {
    const [first, second] = [await ownSite(), await ownSite()];
    await put(first, 'taken-url');
    const answer = await put(second, 'Taken-URL');
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([409, 'urlInUse', `The URL ‘courses/Taken-URL’ is already in use by the site ‘${first.name}’.`]);
    expect(await stored(second.id)).toBeNull();
  });

  test('is fixed once readers know the site by it; a publish may still name the same one', async () => {
    const site = await ownSite();
    await put(site, 'known');
    const key = { siteId: site.id, version: 'live', theme: '' } as const;
    await beginDeployment(api.db, key, 'm');
    await finishDeployment(api.db, key, { manifestKey: 'm', runId: await makeRun(api.db, { siteId: site.id }), commit: 'c', contentRevision: 1 });
    const answer = await put(site, 'other');
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([409, 'urlFrozen', 'The URL cannot be changed after publishing. Use a move.']);
    expect((await get(site)).json).toMatchObject({ urlPath: 'known', suggestion: site.name, isFrozen: true, problems: [] });
    const publish = (body: Record<string, unknown>) => api.call('POST /api/v1/sites/:site/publishes', site.who, { params: { site: site.name }, body: { version: 'live', ...body } });
    expect((await publish({ urlPath: 'known' })).status).toBe(202);
    expect(codeOf(await publish({ urlPath: 'other' }))).toBe('urlFrozen');
  });

  test('that was changed after a draft was published is not where that draft is', async () => {
    const site = await ownSite();
    await put(site, 'first');
    const runId = await makeRun(api.db, { siteId: site.id });
    await amendRun(api.db, runId, { frozen: { urlPath: 'courses/first' } });
    const key = { siteId: site.id, version: 'draft', theme: '' } as const;
    await beginDeployment(api.db, key, 'm');
    await finishDeployment(api.db, key, { manifestKey: 'm', runId, commit: 'c', contentRevision: 1 });
    await put(site, 'second');
    expect((await api.call('GET /api/v1/sites/:site', site.who, { params: { site: site.name } })).json).toMatchObject({ urlPath: 'courses/second', draft: { url: expect.stringMatching(/:\d+\/courses\/first\/$/) as string }, live: { url: null } });
  });

  test('comes with a publish, and is not touched by one that does not name it', async () => {
    const site = await ownSite();
    const publish = (body: Record<string, unknown>, who = site.who) => api.call('POST /api/v1/sites/:site/publishes', who, { params: { site: site.name }, body: { version: 'draft', ...body } });
    const editor = await api.person(`editor-of-${site.name}@example.edu`, [{ role: 'editor', siteId: site.id }]);
    expect((await publish({ urlPath: 'by-editor' }, editor)).status).toBe(202);
    expect(await stored(site.id)).toBe('courses/by-editor');
    expect((await publish({}, editor)).status).toBe(202);
    expect(await stored(site.id)).toBe('courses/by-editor');
    expect((await publish({ urlPath: 'by-editor-again' }, editor)).status).toBe(403);
    expect((await publish({ urlPath: 'a-[b]' })).status).toBe(422);
    expect(await api.db('run_requests').where({ site_id: site.id })).toHaveLength(2);
  });

  test('is none for the root site, and its folder is nobody else’s', async () => {
    const id = await makeSite(api.db, 'ocw-www');
    await api.db('sites').where({ id }).update({ url_path: null });
    const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    expect((await put({ name: 'ocw-www', who: ada }, 'x')).status).toBe(409);
    await upsertStarter(api.db, { slug: 'top', path: 'top', commit: 'c', config: makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path: ""')) });
    const top = await ownSite();
    await api.db('sites').where({ id: top.id }).update({ starter_id: (await findStarterBySlug(api.db, 'top'))?.id });
    expect(messageOf(await put(top, 'ocw-www/x'))).toBe('The URL ‘ocw-www/x’ is already in use by the site ‘ocw-www’.');
  });
});

test('a site is read after its runs, so that one that ends meanwhile never stands beside the site as it was before it', async () => {
  await makeSite(api.db, 'read-in-order');
  const ada = await api.person('reader@example.edu', [{ role: 'global_admin' }]);
  const read: string[] = [];
  const note = ({ sql, bindings }: { sql: string; bindings: readonly unknown[] }): void => {
    if (/"sites"\."name" = /.test(sql)) read.push('site');
    else if (/from "runs"/.test(sql) && bindings.includes('unpublish-site')) read.push('runs');
  };
  api.db.on('query', note);
  try {
    expect((await api.call('GET /api/v1/sites/:site', ada, { params: { site: 'read-in-order' } })).status).toBe(200);
  } finally {
    api.db.removeListener('query', note);
  }
  expect(read).toContain('runs');
  expect(read.lastIndexOf('site')).toBeGreaterThan(read.lastIndexOf('runs'));
});

import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findSiteByName, insertSite, type NewSite } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { siteConfigText } from '#test/factories/siteConfig.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeRun } from '../support/sites.ts';
import { type Answer, type SendOptions, useApi } from '../support/testApi.ts';
import { expectGolden } from './support/golden.ts';

const api = useApi({ env: { API_BEARER_TOKEN: 'shared', OCW_TEST_SITE_SLUGS: 'ocw-ci-test-course, ocw-ci-test-www' } });
const builder = { authorization: 'Bearer shared' };
const send = (method: string, path: string, options: SendOptions = {}): Promise<Answer> => api.send(method, path, { ...options, headers: { ...builder, ...options.headers } });

interface Listed {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}
const list = async (query: Readonly<Record<string, string | number>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Listed> => {
  const answer = await api.send('GET', '/api/websites/', { query, headers });
  expect(answer.status, answer.text).toBe(200);
  return answer.json as Listed;
};
const namesOf = (listed: Listed): unknown[] => listed.results.map((site) => site['name']);
const JANUARY = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;

/** A site with ids and times that never change, and with metadata unless told otherwise. */
async function makeSite(number: number, name: string, given: Partial<NewSite> & { metadata?: Record<string, unknown> | null; starter?: string } = {}): Promise<string> {
  const { metadata = { course_title: name }, starter: slug = 'ocw-course-v2', ...site } = given;
  if ((await findStarterBySlug(api.db, slug)) === undefined) {
    const config = parseSiteConfig(slug === 'ocw-www' ? siteConfigText.replace('root-url-path: courses', 'root-url-path: ""') : siteConfigText);
    await upsertStarter(api.db, { slug, path: `https://github.com/mitodl/ocw-hugo-projects/${slug}`, commit: 'c0ffee00'.repeat(5), config });
    await api.db('starters').where({ slug }).update({ id: `00000000-0000-7000-8000-00000000000${slug === 'ocw-www' ? 2 : 1}` });
  }
  const starter = await findStarterBySlug(api.db, slug);
  const id = await insertSite(api.db, { id: `00000000-0000-7000-8000-0000000001${String(number).padStart(2, '0')}`, name, shortId: `${name}.short`, title: `Title of ${name}`, starterId: starter?.id ?? '', ownerId: null, urlPath: `courses/${name}`, ...site });
  if (metadata !== null) await putContentItem(api.db, { siteId: id, item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', dirpath: '', filename: '', isPageContent: false, metadata }), by: null, reason: 'created' });
  await api.db('sites').where({ id }).update({ created_at: JANUARY(1), updated_at: JANUARY(number) });
  return id;
}

/** Puts a version of a site out, on a day of January. */
async function deploy(siteId: string, version: 'draft' | 'live', day: number): Promise<void> {
  const key = { siteId, version, theme: '' };
  await beginDeployment(api.db, key, 'manifests/next');
  const runId = await makeRun(api.db, { siteId, version, workflowId: `publish-site/${siteId}/${version}`, state: 'succeeded' });
  await api.db('runs').where({ id: runId }).update({ started_at: JANUARY(day), ended_at: JANUARY(day) });
  await finishDeployment(api.db, key, { manifestKey: 'manifests/now', runId, commit: 'c0ffee', contentRevision: 1 });
  await api.db('deployments').where({ site_id: siteId, version, theme: '' }).update({ first_deployed_at: JANUARY(day), deployed_at: JANUARY(day) });
}

describe('the list of sites', () => {
  beforeAll(async () => {
    await api.clear();
    for (const [number, name, day] of [[1, 'older', 1], [2, 'newest', 3], [3, 'newer', 2]] as const) await deploy(await makeSite(number, name), 'live', day);
    await deploy(await makeSite(4, 'only-draft'), 'draft', 4);
    await makeSite(5, '17-482-us-politics');
    await beginDeployment(api.db, { siteId: await makeSite(6, 'first-deploy-broke-off'), version: 'live', theme: '' }, 'manifests/next');
    await deploy(await makeSite(7, 'without-metadata', { metadata: null }), 'live', 7);
    const gone = await makeSite(8, 'taken-offline');
    await deploy(gone, 'live', 8);
    await api.db('sites').where({ id: gone }).update({ unpublish_status: 'succeeded', unpublish_status_at: JANUARY(9) });
    await deploy(await makeSite(9, 'ocw-ci-test-course'), 'live', 9);
    await deploy(await makeSite(10, 'ocw-www', { starter: 'ocw-www', metadata: null, urlPath: null }), 'live', 5);
  });

  test('shows readers what they can see, the newest first', async () => {
    const listed = await list();
    expect(namesOf(listed)).toEqual(['newest', 'newer', 'older']);
    expectGolden('websites', { ...listed, results: listed.results.slice(0, 1) });
    expect(namesOf(await list({ published: 'true' }))).toEqual(['newest', 'newer', 'older']);
    expect(await list({ published: 'false' })).toEqual({ count: 0, next: null, previous: null, results: [] });
  });

  test('shows a builder and a global admin all, the last changed first', async () => {
    const all = ['ocw-www', 'ocw-ci-test-course', 'taken-offline', 'without-metadata', 'first-deploy-broke-off', '17-482-us-politics', 'only-draft', 'newer', 'newest', 'older'];
    const listed = await list({ limit: 100 }, builder);
    expect(namesOf(listed)).toEqual(all);
    expectGolden('websites.builder', listed.results.filter((site) => ['taken-offline', 'only-draft', 'first-deploy-broke-off'].includes(String(site['name']))));
    expect(namesOf(await list({}, (await api.person('ada@example.edu', [{ role: 'global_admin' }])).headers))).toEqual(all);
    expect(namesOf(await list({ published: 'true' }, builder))).toEqual(['ocw-ci-test-course', 'newer', 'newest', 'older']);
    expect(namesOf(await list({ published: 'false', limit: 2 }, builder))).toEqual(['ocw-www', 'taken-offline']);
  });

  test('shows a person the sites of their roles, without those of tests', async () => {
    const idOf = async (name: string): Promise<string> => (await findSiteByName(api.db, name))?.id ?? '';
    const ed = await api.person('ed@example.edu', [{ role: 'editor', siteId: await idOf('only-draft') }, { role: 'owner', siteId: await idOf('ocw-ci-test-course') }]);
    expect(namesOf(await list({}, ed.headers))).toEqual(['only-draft']);
    expect(namesOf(await list({}, (await api.person('stan@example.edu')).headers))).toEqual([]);
  });

  test('is narrowed by starter and by words, taken as they are', async () => {
    expect(namesOf(await list({ type: 'ocw-www' }, builder))).toEqual(['ocw-www']);
    expect(namesOf(await list({ type: 'another' }))).toEqual([]);
    for (const search of ['17.482', 'US-POL', '  17-482 ']) expect(namesOf(await list({ search }, builder)), search).toEqual(['17-482-us-politics']);
    for (const search of ['%', '(', 'C++', "'; drop table sites; --", '\\']) expect(namesOf(await list({ search }, builder)), search).toEqual([]);
    expect(namesOf(await list({ search: 'only_draft' }, builder))).toEqual([]);
  });

  test('is sorted by what is asked, and by nothing that is no column of it', async () => {
    expect(namesOf(await list({ sort: 'name' }))).toEqual(['newer', 'newest', 'older']);
    expect(namesOf(await list({ sort: '-name' }))).toEqual(['older', 'newest', 'newer']);
    expect(namesOf(await list({ sort: 'publish_date' }))).toEqual(['older', 'newer', 'newest']);
    for (const sort of ['owner__password', 'id; select 1', '--name', 'constructor']) {
      const answer = await api.send('GET', '/api/websites/', { query: { sort } });
      expect(answer.status).toBe(400);
      expect(Object.keys(answer.json as object)).toEqual(['sort']);
    }
  });

  test.each([['/api/websites/', 'search'], ['/api/websites/', 'type'], ['/api/publish/', 'starter']])('at %s is asked for without a NUL in ‘%s’', async (path, parameter) => {
    const answer = await send('GET', path, { query: { version: 'live', [parameter]: 'a\u0000' } });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json: { [parameter]: ['Null characters are not allowed.'] } });
  });

  test('is paged by links that work, whatever else is asked', async () => {
    const first = await list({ type: 'ocw-course-v2', limit: 2, sort: 'name' });
    expect({ ...first, results: namesOf(first) }).toEqual({ count: 3, next: `${api.url}/api/websites/?limit=2&offset=2&sort=name&type=ocw-course-v2`, previous: null, results: ['newer', 'newest'] });
    const second = await list(Object.fromEntries(new URL(first.next ?? '').searchParams));
    expect({ ...second, results: namesOf(second) }).toEqual({ count: 3, next: null, previous: `${api.url}/api/websites/?limit=2&sort=name&type=ocw-course-v2`, results: ['older'] });
    expect((await list({ limit: 1, offset: 2 })).previous).toBe(`${api.url}/api/websites/?limit=1&offset=1`);
  });

  test.each([
    [{ limit: 'x' }, 3],
    [{ limit: 0 }, 3],
    [{ limit: -1 }, 3],
    [{ limit: 1_000_000 }, 3],
    [{ limit: 1 }, 1],
    [{ offset: 'x' }, 3],
    [{ offset: -4 }, 3],
    [{ offset: 99_999_999_999 }, 0],
  ])('takes numbers that are none as not given: %o', async (query, length) => {
    expect((await list(query)).results).toHaveLength(length);
  });

  test('says how the newest publish of each version stands', async () => {
    const site = (await findSiteByName(api.db, '17-482-us-politics'))?.id ?? '';
    const stateOf = async (): Promise<unknown[]> => (await list({ search: '17.482' }, builder)).results.map((row) => [row['draft_publish_status'], row['live_publish_status']]);
    expect(await stateOf()).toEqual([[null, null]]);
    const request = await insertRunRequest(api.db, { process: 'publish-site', siteId: site, version: 'draft', requestedBy: null });
    expect(await stateOf()).toEqual([['not-started', null]]);
    for (const [state, status] of [['running', 'started'], ['succeeded', 'succeeded'], ['failed', 'errored'], ['cancelled', 'aborted']] as const) {
      const runId = await makeRun(api.db, { siteId: site, version: 'live', state, workflowRunId: uuidv7() });
      expect(await stateOf()).toEqual([['not-started', status]]);
      await api.db('runs').where({ id: runId }).update({ started_at: JANUARY(1) });
    }
    await api.db('run_requests').where({ id: request.id }).delete();
  });
});

describe('what builders ask of one site', () => {
  beforeEach(() => api.clear());
  const version = async (name: string): Promise<unknown> => (await send('GET', `/api/websites/${name}/hide_download/`)).json;

  test('is whether its download is hidden', async () => {
    await makeSite(1, 'shown');
    await makeSite(2, 'hidden', { metadata: { hide_download: true } });
    await makeSite(3, 'not-quite', { metadata: { hide_download: 'true' } });
    await makeSite(4, 'bare', { metadata: null });
    await makeSite(5, 'ocw-www', { starter: 'ocw-www', metadata: { hide_download: true } });
    expect(await version('hidden')).toEqual({});
    for (const name of ['shown', 'not-quite', 'bare', 'ocw-www']) expect(await version(name), name).toEqual({ version: expect.stringMatching(/^1\d{9}$/) as string });
    expect(Object.keys((await version('shown')) as object)).toEqual(['version']);
  });

  test('is to take it off the lists of the root site, which may be asked again', async () => {
    await makeSite(1, 'algebra');
    const root = await makeSite(2, 'ocw-www', { starter: 'ocw-www' });
    for (const [textId, type, filename] of [['listing', 'website', 'algebra.short'], ['page', 'page', 'algebra.short.page'], ['other', 'website', 'other.short']] as const) {
      await putContentItem(api.db, { siteId: root, item: makeContentItem({ textId, type, dirpath: type === 'page' ? 'content/pages' : 'content/websites', filename }), by: null, reason: 'created' });
    }
    const before = (await findSiteByName(api.db, 'ocw-www'))?.contentRevision ?? 0;
    const path = '/api/websites/algebra/remove_from_root_website/';
    const first = await send('POST', path, { query: { version: 'live' } });
    expect({ status: first.status, json: first.json }).toEqual({ status: 200, json: { status: 'success', message: '‘algebra’ is no longer listed in ‘ocw-www’.' } });
    const deleted = async (): Promise<unknown[]> => Promise.all(['listing', 'page', 'other'].map(async (textId) => (await findContentItem(api.db, root, textId))?.deletedAt !== null));
    expect(await deleted()).toEqual([true, false, false]);
    expect((await findSiteByName(api.db, 'ocw-www'))?.contentRevision).toBe(before + 1);
    expect((await send('POST', path, { query: { version: 'draft' } })).json).toEqual({ status: 'success', message: '‘algebra’ was not listed in ‘ocw-www’.' });
    expect((await findSiteByName(api.db, 'ocw-www'))?.contentRevision).toBe(before + 1);
    expect((await send('POST', path, { query: { version: 'test' } })).json).toEqual({ version: ['"test" is not a valid choice.'] });
    expect((await send('POST', path)).json).toEqual({ version: ['This field is required.'] });
  });

  test('of the lists of a root site there is not, is answered so', async () => {
    await makeSite(1, 'algebra');
    const answer = await send('POST', '/api/websites/algebra/remove_from_root_website/', { query: { version: 'live' } });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 404, json: { detail: 'Not found.' } });
  });
});

describe('what a builder reports of a site', () => {
  let siteId: string;
  beforeEach(async () => {
    await api.clear();
    siteId = await makeSite(1, 'algebra');
  });
  const report = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => send('POST', '/api/websites/algebra/pipeline_status/', { body, headers });
  const kept = (): Promise<{ source: string; payload: Record<string, unknown> }[]> => api.db('webhook_events').orderBy('id').select('source', 'payload');
  const unpublishStatus = async (): Promise<unknown> => (await api.db('sites').where({ id: siteId }).first<{ unpublish_status: string | null }>('unpublish_status')).unpublish_status;

  test('is kept, each time, and answered with nothing', async () => {
    const body = { version: 'live', status: 'succeeded', build_id: '4711', build_type: 'online', is_cdn_cache_step: false, theme_slug: '' };
    for (let count = 0; count < 2; count += 1) expect(await report(body)).toMatchObject({ status: 200, text: '' });
    expect(await kept()).toEqual(Array.from({ length: 2 }, () => ({ source: 'builder', payload: { site: 'algebra', site_id: siteId, ...body, unpublished: false, counts: true } })));
    expect(await unpublishStatus()).toBeNull();
  });

  test.each([
    ['texts for truth values', { version: 'live', status: 'started', unpublished: 'True', is_cdn_cache_step: 'true', build_id: 12 }, { status: 'started', unpublished: true, is_cdn_cache_step: true, build_id: '12', counts: true }, 'started'],
    ['texts for untruth', { version: 'live', status: 'started', unpublished: 'false', is_cdn_cache_step: 'False', build_id: null }, { unpublished: false, is_cdn_cache_step: false, build_id: null, build_type: null, theme_slug: '' }, null],
    ['a build that failed', { version: 'live', status: 'failed', unpublished: true }, { status: 'errored', unpublished: true }, 'errored'],
    ['that the live site is offline', { version: 'live', status: 'succeeded', unpublished: true }, { status: 'succeeded', unpublished: true }, 'succeeded'],
    ['a draft that is said to be offline', { version: 'draft', status: 'succeeded', unpublished: true }, { unpublished: false, counts: true }, null],
    ['an offline build', { version: 'live', status: 'succeeded', unpublished: true, build_type: 'offline' }, { build_type: 'offline', counts: false }, null],
    ['a further theme', { version: 'live', status: 'errored', unpublished: true, theme_slug: 'ocw-course-v3' }, { theme_slug: 'ocw-course-v3', counts: false }, null],
    ['the site’s own theme by its name', { version: 'live', status: 'aborted', unpublished: true, theme_slug: 'ocw-course-v2' }, { counts: true }, 'aborted'],
  ])('may be %s', async (_what, body, payload, status) => {
    expect((await report(body)).status).toBe(200);
    expect(await kept()).toMatchObject([{ source: 'builder', payload }]);
    expect(await unpublishStatus()).toBe(status);
  });

  test.each([
    ['no version', { status: 'started' }, { version: ['This field is required.'] }],
    ['a version there is not', { version: 'test', status: 'started' }, { version: ['"test" is not a valid choice.'] }],
    ['no status', { version: 'live' }, { status: ['This field is required.'] }],
    ['a status there is not', { version: 'live', status: 'exploded' }, { status: ['"exploded" is not a valid choice.'] }],
    ['nothing', {}, { version: ['This field is required.'], status: ['This field is required.'] }],
    ['a list', [], { detail: 'The body must be a JSON object.' }],
  ])('is refused with %s, and not kept', async (_what, body, json) => {
    const answer = await report(body);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json });
    expect(await kept()).toEqual([]);
  });

  test('is kept without what Postgres cannot store', async () => {
    expect((await report({ version: 'live', status: 'started', build_id: `a\u0000${'b'.repeat(197)}😀` })).status).toBe(200);
    expect(await kept()).toMatchObject([{ payload: { build_id: `a${'b'.repeat(197)}\uFFFD` } }]);
  });

  test('is read whatever its content type says', async () => {
    expect((await report(JSON.stringify({ version: 'live', status: 'started' }), { 'content-type': 'text/plain' })).status).toBe(200);
    expect((await report('version=live', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(400);
  });
});

describe('what mass builds work through', () => {
  beforeAll(async () => {
    await api.clear();
    await deploy(await makeSite(1, 'both'), 'live', 1);
    await deploy('00000000-0000-7000-8000-000000000101', 'draft', 1);
    await deploy(await makeSite(2, 'only-draft'), 'draft', 2);
    const going = await makeSite(3, 'going', { metadata: { legacy_uid: '0123abcd-0123-4567-89ab-0123456789ab' } });
    for (const version of ['live', 'draft'] as const) await deploy(going, version, 3);
    await api.db('sites').where({ id: going }).update({ unpublish_status: 'started' });
    const gone = await makeSite(4, 'gone');
    await deploy(gone, 'live', 3);
    await api.db('sites').where({ id: gone }).update({ unpublish_status: 'succeeded' });
    await makeSite(5, 'never');
    await deploy(await makeSite(6, 'ocw-ci-test-www', { starter: 'ocw-www' }), 'live', 4);
    await deploy(await makeSite(7, 'ocw-www', { starter: 'ocw-www', urlPath: null }), 'live', 5);
    await deploy(await makeSite(8, 'homeless', { urlPath: null }), 'live', 5);
    await beginDeployment(api.db, { siteId: await makeSite(9, 'broke-off'), version: 'live', theme: '' }, 'manifests/next');
    await api.db('sites').where({ id: await makeSite(10, 'failing', { metadata: { legacy_uid: '' } }) }).update({ unpublish_status: 'errored' });
  });
  const read = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<{ sites: { name: string }[] }> => (await send('GET', path, { query })).json as { sites: { name: string }[] };

  test('is what was ever put out, live', async () => {
    expectGolden('publish.live', await read('/api/publish/', { version: 'live' }));
    expect((await read('/api/publish/', { version: 'live' })).sites.map((site) => site.name)).toEqual(['both', 'ocw-www']);
  });

  test('is what was ever put out as a draft, of one starter if it is named', async () => {
    expectGolden('publish.draft', await read('/api/publish/', { version: 'draft' }));
    expect((await read('/api/publish/', { version: 'draft' })).sites.map((site) => site.name)).toEqual(['both', 'going', 'only-draft']);
    expect((await read('/api/publish/', { version: 'live', starter: 'ocw-www' })).sites.map((site) => site.name)).toEqual(['ocw-www']);
    expect((await read('/api/publish/', { version: 'live', starter: 'none' })).sites).toEqual([]);
  });

  test('is what is to be taken offline and is not yet', async () => {
    expectGolden('unpublish', await read('/api/unpublish/'));
    expect((await read('/api/unpublish/')).sites.map((site) => site.name)).toEqual(['failing', 'going']);
  });

  test('is asked for with a version', async () => {
    for (const [query, said] of [[{}, 'This field is required.'], [{ version: 'LIVE' }, '"LIVE" is not a valid choice.']] as const) {
      const answer = await send('GET', '/api/publish/', { query });
      expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json: { version: [said] } });
    }
  });
});

describe('the starters', () => {
  beforeAll(async () => {
    await api.clear();
    await makeSite(1, 'course');
    await makeSite(2, 'ocw-www', { starter: 'ocw-www' });
    await api.db('starters').insert([
      { id: uuidv7(), slug: 'broken', name: 'broken', path: 'x/broken', status: 'inactive', fault: 'x' },
      { id: uuidv7(), slug: 'local', name: 'local', path: '/x/local', source: 'local', config: JSON.stringify({}) },
    ]);
  });

  test('are a plain list of those that were ever read without fault', async () => {
    const { json } = await api.send('GET', '/api/starters/');
    expectGolden('starters', json);
    expect((json as { slug: string }[]).map((starter) => starter.slug)).toEqual(['ocw-course-v2', 'ocw-www']);
  });

  test('are told one by one with their configuration', async () => {
    const { json } = await api.send('GET', '/api/starters/00000000-0000-7000-8000-000000000001/');
    expectGolden('starter', json);
    expect(json).toMatchObject({ slug: 'ocw-course-v2', config: { 'root-url-path': 'courses' } });
  });

  test.each(['broken', 'local'])('that are %s are not told', async (slug) => {
    const { id } = await api.db('starters').where({ slug }).first<{ id: string }>('id');
    expect((await api.send('GET', `/api/starters/${id}/`)).status).toBe(404);
  });

  test.each(['1', 'site_configs', 'ocw-www', "'"])('‘%s’ is none', async (id) => {
    const answer = await api.send('GET', `/api/starters/${encodeURIComponent(id)}/`);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 404, json: { detail: 'Not found.' } });
  });
});

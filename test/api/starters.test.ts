import { beforeEach, describe, expect, it } from 'vitest';
import type { StarterDetail, StarterValidation } from '#api/contracts/starters.ts';
import { putSiteAway } from '#db/queries/archivedSites.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { insertSite } from '#db/queries/sites.ts';
import { insertStarterChange, keepStarterSource } from '#db/queries/starterAdmin.ts';
import { findStarterBySlug, recordStarterFault, upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { siteConfigText } from '#test/factories/siteConfig.ts';
import { type Answer, type Caller, useApi } from './support/testApi.ts';

const api = useApi();
const FILE = 'ocw-course-v2/ocw-studio.yaml';
const path = 'https://git.example/projects/ocw-course-v2';

describe('a starter', () => {
  let admin: Caller;
  let siteId: string;
  beforeEach(async () => {
    await api.clear();
    admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
    await upsertStarter(api.db, { slug: 'ocw-course-v2', path, commit: 'c0ffee', config: parseSiteConfig(siteConfigText) });
    await keepStarterSource(api.db, path, { text: siteConfigText, file: FILE });
    const starter = await findStarterBySlug(api.db, 'ocw-course-v2');
    siteId = await insertSite(api.db, { name: 'geometry', shortId: 'geometry', title: 'Geometry', starterId: starter?.id ?? '', ownerId: null, urlPath: null });
    await api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: 'a-page', title: 'A page' }), by: null, reason: 'created' }));
  });
  const of = { params: { starter: 'ocw-course-v2' } };
  const detail = async (): Promise<StarterDetail> => (await api.call('GET /api/v1/starters/:starter', admin, of)).json as StarterDetail;
  const check = async (text: string): Promise<StarterValidation> => (await api.call('POST /api/v1/starters/:starter/validation', admin, { ...of, body: { text } })).json as StarterValidation;
  const message = (answer: Answer): string => (answer.json as { error: { message: string } }).error.message;

  it('is shown with its kinds and fields, its sites, its file, and what the last readings changed', async () => {
    await insertStarterChange(api.db, 'ocw-course-v2', { commit: 'abc', changes: ['The kind ‘Pages’ (page) is new.'], sites: 1 });
    const shown = await detail();
    expect(shown).toMatchObject({ slug: 'ocw-course-v2', commit: 'c0ffee', file: FILE, rootPath: 'courses', text: siteConfigText, draft: null, siteCount: 1, sites: { total: 1, archived: 0, first: [{ name: 'geometry', title: 'Geometry' }] }, history: [{ commit: 'abc', sites: 1, changes: ['The kind ‘Pages’ (page) is new.'] }] });
    expect(shown.kinds.find(({ name }) => name === 'page')).toMatchObject({ label: 'Pages', fields: expect.arrayContaining([expect.objectContaining({ name: 'title', required: true })]) as unknown });
    await api.db.transaction((trx) => putSiteAway(trx, siteId, null, null));
    expect((await detail()).sites).toMatchObject({ total: 0, archived: 1, first: [] });
  });

  it('has faults of a text shown with the line and the path', async () => {
    const line = siteConfigText.split('\n').findIndex((text) => text.includes('label: Pages')) + 1;
    const { faults } = await check(siteConfigText.replace('label: Pages', 'lable: Pages'));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every((fault) => fault.path.startsWith('collections.') && fault.line !== null && Math.abs(fault.line - line) <= 2)).toBe(true);
    expect((await check('root-url-path: courses\ncollections:\n- name: "open\n')).faults).toMatchObject([{ line: expect.any(Number) as number, reason: expect.stringContaining('not YAML') as string }]);
  });

  it('says of a text what it would change, and which items would not fit it any more', async () => {
    expect(await check(siteConfigText)).toMatchObject({ faults: [], changes: [], misfitCount: 0, sites: 1 });
    const made = await check(siteConfigText.replace('label: Pages', 'label: Leaves').replace('name: page\n', 'name: leaf\n'));
    expect(made.changes).toEqual(expect.arrayContaining([expect.stringContaining('(leaf) is new'), expect.stringContaining('(page) is gone')]));
    expect(made).toMatchObject({ items: 1, looked: 1, misfitCount: 1, misfits: [{ site: 'geometry', textId: 'a-page', title: 'A page', issues: [{ path: 'type', message: 'The starter has no kind of content ‘page’.' }] }] });
    await api.db.transaction((trx) => putSiteAway(trx, siteId, null, null));
    expect(await check(siteConfigText.replace('name: page\n', 'name: leaf\n'))).toMatchObject({ items: 0, misfitCount: 0, sites: 0 });
  });

  it('has an edit kept beside it that no site uses, and that comes out as a patch', async () => {
    const text = siteConfigText.replace('label: Pages', 'label: Leaves');
    const answer = (await api.call('PUT /api/v1/starters/:starter/draft', admin, { ...of, body: { text } })).json as StarterDetail;
    expect(answer.draft).toMatchObject({ text, by: 'admin' });
    expect(answer.draft?.patch).toContain(`--- a/${FILE}\n+++ b/${FILE}\n`);
    expect(answer.draft?.patch).toMatch(/^-.*label: Pages$/m);
    expect(answer.draft?.patch).toMatch(/^\+.*label: Leaves$/m);
    expect(answer.kinds.find(({ name }) => name === 'page')?.label).toBe('Pages');
    expect((await findStarterBySlug(api.db, 'ocw-course-v2'))?.config).toEqual(parseSiteConfig(siteConfigText));
    await api.call('PUT /api/v1/starters/:starter/draft', admin, { ...of, body: { text: null } });
    expect((await detail()).draft).toBeNull();
  });

  it('gets another name and status; one alone is the default', async () => {
    await upsertStarter(api.db, { slug: 'other', path: 'p/other', commit: 'c', config: parseSiteConfig(siteConfigText) });
    const patch = (starter: string, body: unknown) => api.call('PATCH /api/v1/starters/:starter', admin, { params: { starter }, body });
    expect((await patch('other', { status: 'default' })).json).toMatchObject({ status: 'default' });
    expect((await patch('ocw-course-v2', { status: 'default', name: 'Courses' })).json).toMatchObject({ name: 'Courses', status: 'default' });
    expect((await findStarterBySlug(api.db, 'other'))?.status).toBe('active');
    expect(message(await patch('ocw-course-v2', { status: 'inactive' }))).toBe('New sites have to begin with some starter. Make another one the default, and this one is it no longer.');
    await recordStarterFault(api.db, { slug: 'faulty', path: 'p/faulty', fault: 'x' });
    expect(message(await patch('faulty', { status: 'active' }))).toBe('The starter ‘faulty’ was never read without fault, so no site can be made from it.');
    expect(await api.db('audit_entries').where({ action: 'starter-change', outcome: 'done' }).count({ count: '*' }).first()).toEqual({ count: 2 });
  });
});

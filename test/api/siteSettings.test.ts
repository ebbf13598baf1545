import { beforeEach, describe, expect, it } from 'vitest';
import type { SiteSettings } from '#api/contracts/adminSites.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { noteRepository } from '#db/queries/repositories.ts';
import { listGrantsOf } from '#db/queries/roleGrants.ts';
import { upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeContentSite, putLive } from './support/content.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, useApi } from './support/testApi.ts';

const api = useApi();

describe('the settings of a site', () => {
  let siteId: string;
  let admin: Caller;
  beforeEach(async () => {
    await api.clear();
    siteId = await makeContentSite(api.db, 'geometry');
    await api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: 'a-page', title: 'A page' }), by: null, reason: 'created' }));
    admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
  });
  const at = { params: { site: 'geometry' } };
  const settings = async (): Promise<SiteSettings> => (await api.call('GET /api/v1/sites/:site/settings', admin, at)).json as SiteSettings;
  const change = (body: unknown): Promise<Answer> => api.call('PATCH /api/v1/sites/:site/settings', admin, { ...at, body });
  const saved = async (body: unknown) => (await change(body)).json as { settings: SiteSettings; consequences: string[] };
  const fault = (answer: Answer) => (answer.json as { error: { code: string; message: string; issues?: { path: string }[] } }).error;

  it('are changed together, and the audit log has what was changed', async () => {
    const { settings: now } = await saved({ title: 'Solid Geometry', siteType: 'pk12', source: 'ocw-import', shortId: 'solid-geometry' });
    expect([now.title.value, now.siteType.value, now.source.value, now.shortId.value]).toEqual(['Solid Geometry', 'pk12', 'ocw-import', 'solid-geometry']);
    expect(await api.db('audit_entries').where({ action: 'site-change' }).first('outcome', 'detail')).toEqual({ outcome: 'done', detail: { changed: { title: 'Solid Geometry', siteType: 'pk12', source: 'ocw-import', shortId: 'solid-geometry' } } });
  });

  it('are not changed at all when one of them cannot be', async () => {
    await makeSite(api.db, 'algebra');
    const answer = await change({ title: 'Solid Geometry', shortId: 'ALGEBRA' });
    expect(fault(answer)).toMatchObject({ code: 'nameInUse', issues: [{ path: 'body.shortId' }] });
    expect((await settings()).title.value).not.toBe('Solid Geometry');
    expect((await change({ name: 'other' })).status).toBe(422);
    expect((await change({ shortId: 'a b' })).status).toBe(422);
  });

  it('keep the short id once a repository or a publish bears it', async () => {
    await noteRepository(api.db, siteId, { mainHead: 'a'.repeat(40) });
    expect((await settings()).shortId.fixed).toContain('It cannot be renamed from here');
    expect(fault(await change({ shortId: 'other' }))).toMatchObject({ code: 'wrongState', issues: [{ path: 'body.shortId' }] });
  });

  it('say where an address is changed instead', async () => {
    expect((await settings()).urlPath.fixed).toContain('where a publish is asked for');
    await putLive(api.db, siteId);
    expect((await settings()).urlPath.fixed).toContain('leads readers on from the old one');
  });

  it('wait for what runs where it would be in the way', async () => {
    const run = await makeRun(api.db, { siteId });
    expect(fault(await change({ starter: 'course' })).message).toBe('A run of the site is at work, or waits to begin. Wait until it has ended.');
    expect((await change({ siteType: 'pk12' })).status).toBe(200);
    await api.db('runs').where({ id: run }).update({ state: 'cancelled' });
  });

  it('take another starter only when everything fits it, or somebody says that it may not', async () => {
    await upsertStarter(api.db, { slug: 'leaves', path: 'p/leaves', commit: 'c', config: parseSiteConfig('root-url-path: courses\ncollections:\n- {name: leaf, label: Leaves, category: Content, folder: content/leaves, fields: []}\n') });
    const fit = (await api.call('GET /api/v1/sites/:site/starter-fit', admin, { ...at, query: { starter: 'leaves' } })).json;
    expect(fit).toEqual({ starter: 'leaves', items: 1, total: 1, misfits: [{ textId: 'a-page', type: 'page', title: 'A page', issues: [{ path: 'type', message: 'The starter has no kind of content ‘page’.' }] }] });
    const refused = await change({ starter: 'leaves' });
    expect(fault(refused)).toMatchObject({ code: 'invalidFields', issues: [{ path: 'items.a-page.type' }] });
    const before = (await settings()).derived.savedRevision;
    const made = await saved({ starter: 'leaves', acceptMisfits: true });
    expect(made.settings.starter.value?.slug).toBe('leaves');
    expect(made.settings.derived.savedRevision).toBe(before + 1);
    expect(made.consequences.join(' ')).toContain('1 item does not fit');
    expect(fault(await change({ starter: 'nowhere' }))).toMatchObject({ code: 'starterMissing' });
  });

  it('give a site another owner, and leave the one before an admin', async () => {
    const [ada, ben] = [await api.person('ada@example.edu'), await api.person('ben@example.edu')];
    await saved({ owner: 'ada@example.edu' });
    const made = await saved({ owner: 'BEN@example.edu' });
    expect(made.settings.owner.value).toMatchObject({ email: 'ben@example.edu' });
    expect(made.consequences).toEqual(['ada stays an admin of the site.']);
    expect(await listGrantsOf(api.db, ada.userId ?? '')).toEqual([{ role: 'admin', siteId }]);
    expect(await listGrantsOf(api.db, ben.userId ?? '')).toEqual([{ role: 'owner', siteId }]);
    expect(await api.db('mails').join('users', 'users.id', 'mails.user_id').orderBy('mails.id').select('kind', 'email')).toEqual([{ kind: 'invited', email: 'ada@example.edu' }, { kind: 'invited', email: 'ben@example.edu' }, { kind: 'owner-changed', email: 'ada@example.edu' }]);
    expect(fault(await change({ owner: 'nobody@example.edu' }))).toMatchObject({ code: 'wrongState', issues: [{ path: 'body.owner' }] });
    expect((await saved({ owner: null })).settings.owner.value).toBeNull();
  });

  it('have no folder of Google Drive where the studio is connected to none', async () => {
    expect(fault(await change({ driveFolder: '0AbcdefghijkLMNOP' })).message).toBe('The studio is connected to no Google Drive.');
  });

  it('are listed for all sites, narrowed by what admins ask for', async () => {
    await makeSite(api.db, 'algebra');
    const names = async (query: Record<string, string>): Promise<string[]> => ((await api.call('GET /api/v1/admin/sites', admin, { query: { sort: 'title', ...query } })).json as { sites: { name: string }[] }).sites.map(({ name }) => name).sort();
    await putLive(api.db, siteId);
    await api.person('ada@example.edu');
    await saved({ owner: 'ada@example.edu' });
    expect(await names({})).toEqual(['algebra', 'geometry']);
    expect(await names({ published: 'yes' })).toEqual(['geometry']);
    expect(await names({ published: 'no' })).toEqual(['algebra']);
    expect(await names({ owner: 'ADA' })).toEqual(['geometry']);
    expect(await names({ owner: 'none' })).toEqual(['algebra']);
    expect(await names({ starter: 'course' })).toEqual(['algebra']);
    expect(await names({ search: 'alg' })).toEqual(['algebra']);
    expect(await names({ builder: 'concourse' })).toEqual([]);
    await api.db('sites').where({ name: 'algebra' }).update({ builder: 'concourse' });
    expect(await names({ builder: 'concourse' })).toEqual(['algebra']);
    expect(await names({ problems: 'owner-missing' })).toEqual(['algebra']);
    await makeRun(api.db, { siteId, state: 'failed', version: 'draft' });
    expect(await names({ problems: 'publish-failed' })).toEqual(['geometry']);
    expect(await names({ problems: 'yes' })).toEqual(['algebra', 'geometry']);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { noteRepository } from '#db/queries/repositories.ts';
import { bringSiteBack } from '#db/queries/archivedSites.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import type { SiteSettings } from '#api/contracts/adminSites.ts';
import type { RouteKey } from '#api/contracts/index.ts';
import { makeContentSite, putLive } from './support/content.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Caller, type SendOptions, useApi } from './support/testApi.ts';

const api = useApi();
const ARCHIVED = 'The site ‘Geometry’ is archived: nothing of it can be published, edited or synced. A global admin can bring it back.';

describe('a site that is archived', () => {
  let siteId: string;
  let admin: Caller;
  let editor: Caller;
  beforeEach(async () => {
    await api.clear();
    siteId = await makeContentSite(api.db, 'geometry');
    await api.db('sites').where({ id: siteId }).update({ title: 'Geometry' });
    admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
    editor = await api.person('editor@example.edu', [{ role: 'admin', siteId }]);
  });
  const at = (more: Partial<SendOptions> = {}): SendOptions => ({ ...more, params: { site: 'geometry', ...more.params } });
  const archive = (reason = '') => api.call('POST /api/v1/sites/:site/archive', admin, at({ body: { reason } }));
  const settings = async (): Promise<SiteSettings> => (await api.call('GET /api/v1/sites/:site/settings', admin, at())).json as SiteSettings;
  /** The requests that wait, as the worker would take them. */
  const asked = async (): Promise<unknown[]> => (await api.db('run_requests').where({ site_id: siteId }).whereNull('run_id').orderBy('created_at').select('process', 'input')) as unknown[];
  /** As the repository's workflow does it. */
  async function closeRepository(): Promise<void> {
    await noteRepository(api.db, siteId, { isArchived: true });
    await api.db('run_requests').where({ site_id: siteId }).delete();
  }

  it('is in no list but the administration’s, and says who put it away and why', async () => {
    expect((await archive('Made twice.')).status).toBe(202);
    expect(await asked()).toEqual([{ process: 'site-repo', input: { action: 'archive' } }]);
    expect((await api.call('GET /api/v1/sites', admin)).json).toMatchObject({ total: 0 });
    expect((await api.call('GET /api/v1/sites', editor)).json).toMatchObject({ total: 0 });
    expect((await api.call('GET /api/v1/admin/sites', admin)).json).toMatchObject({ total: 0 });
    expect((await api.call('GET /api/v1/admin/sites', admin, { query: { archived: 'yes' } })).json).toMatchObject({ total: 1, sites: [{ name: 'geometry', archivedAt: expect.any(String) as string }] });
    expect((await settings()).archive).toMatchObject({ by: 'admin', reason: 'Made twice.', step: 'archive', problem: null });
    expect((await api.call('GET /api/v1/sites/:site', editor, at())).json).toMatchObject({ archive: { reason: 'Made twice.' } });
  });

  it('takes no change from anybody, with one sentence, and the audit log has the attempt', async () => {
    await archive();
    const refused: readonly [RouteKey, SendOptions][] = [
      ['POST /api/v1/sites/:site/publishes', { body: { version: 'draft' } }],
      ['PATCH /api/v1/sites/:site', { body: { title: 'Other' } }],
      ['PATCH /api/v1/sites/:site/settings', { body: { siteType: 'pk12' } }],
      ['POST /api/v1/sites/:site/items', { body: { type: 'page', title: 'New', metadata: {}, markdown: '' } }],
      ['POST /api/v1/sites/:site/repository/commits', { body: {} }],
      ['POST /api/v1/sites/:site/drive/syncs', {}],
      ['PUT /api/v1/sites/:site/url', { body: { urlPath: 'elsewhere' } }],
      ['POST /api/v1/sites/:site/references/rebuild', {}],
    ];
    for (const [route, options] of refused) {
      for (const who of [admin, editor]) {
        const answer = await api.call(route, who, at(options));
        expect([route, answer.status, (answer.json as { error: { code: string; message: string } }).error.code, (answer.json as { error: { message: string } }).error.message]).toEqual([route, 409, 'archived', ARCHIVED]);
      }
    }
    expect(await api.db('audit_entries').where({ action: 'publish' }).select('outcome', 'code')).toEqual([{ outcome: 'refused', code: 'archived' }, { outcome: 'refused', code: 'archived' }]);
    expect((await api.call('GET /api/v1/sites/:site/items', editor, at())).status).toBe(200);
  });

  it('is told to nobody who may not see it', async () => {
    await archive();
    const stranger = await api.person('stranger@example.edu');
    const answer = await api.call('POST /api/v1/sites/:site/publishes', stranger, at({ body: { version: 'draft' } }));
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('archived');
  });

  it('is kept as it is by the database, whoever writes', async () => {
    await archive();
    const write = api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem(), by: null, reason: 'created' }));
    await expect(write).rejects.toMatchObject({ code: 'OS001', detail: 'Geometry' });
    await expect(makeRun(api.db, { siteId, process: 'check-links', version: null })).rejects.toMatchObject({ code: 'OS001' });
    expect(await makeRun(api.db, { siteId, process: 'site-repo', version: null })).toEqual(expect.any(String));
  });

  it('cannot be retried in what failed before', async () => {
    const run = await makeRun(api.db, { siteId, state: 'failed', phase: 'build' });
    await archive();
    expect((await api.call('POST /api/v1/runs/:run/retry', admin, { params: { run } })).json).toMatchObject({ error: { code: 'archived', message: ARCHIVED } });
  });

  it('is archived once; while its repository is open it can be asked for again', async () => {
    await noteRepository(api.db, siteId, { mainHead: 'a'.repeat(40) });
    await archive();
    expect((await archive()).json).toMatchObject({ error: { code: 'wrongState', message: 'The repository of ‘Geometry’ is being archived. Wait until that has ended.' } });
    await api.db('run_requests').where({ site_id: siteId }).delete();
    expect((await settings()).problems).toMatchObject([{ id: 'repository-open' }]);
    expect((await archive()).status).toBe(202);
    await closeRepository();
    expect((await settings()).problems).toEqual([]);
    expect((await archive()).json).toMatchObject({ error: { message: 'The site ‘Geometry’ is archived already.' } });
  });

  it('comes back when its repository is open again, and not before', async () => {
    await archive();
    await closeRepository();
    expect((await api.call('POST /api/v1/sites/:site/unarchive', admin, at())).status).toBe(202);
    expect(await asked()).toEqual([{ process: 'site-repo', input: { action: 'reopen' } }]);
    expect((await settings()).archive).toMatchObject({ step: 'reopen' });
    expect((await api.call('POST /api/v1/sites/:site/unarchive', admin, at())).json).toMatchObject({ error: { message: 'The site ‘Geometry’ is being brought back.' } });
    expect((await api.call('POST /api/v1/sites/:site/publishes', admin, at({ body: { version: 'draft' } }))).status).toBe(409);
    await api.db.transaction((trx) => bringSiteBack(trx, siteId));
    expect((await settings()).archive).toBeNull();
    expect((await api.call('POST /api/v1/sites/:site/publishes', admin, at({ body: { version: 'draft' } }))).status).toBe(202);
    expect((await api.call('POST /api/v1/sites/:site/unarchive', admin, at())).json).toMatchObject({ error: { message: 'The site ‘Geometry’ is not archived.' } });
  });

  it('keeps its name and its short id from others', async () => {
    await archive();
    const answer = await api.call('POST /api/v1/sites', admin, { body: { title: 'Geometry', name: 'geometry', shortId: 'other', starter: (await settings()).starter.value?.slug ?? '' } });
    expect(answer.json).toMatchObject({ error: { code: 'nameInUse' } });
  });

  it('was not put away while readers see it, or while something runs or waits', async () => {
    const message = async () => ((await archive()).json as { error: { message: string } }).error.message;
    await putLive(api.db, siteId);
    await api.db('runs').where({ site_id: siteId }).update({ state: 'succeeded' });
    expect(await message()).toBe('Readers see the site. Take it offline first, then archive it.');
    expect((await settings()).whyNotArchive).toMatchObject({ mayUnpublish: true });
    await api.db('deployments').where({ site_id: siteId }).delete();
    const run = await makeRun(api.db, { siteId });
    expect(await message()).toBe('A run of the site is at work (Publish). Wait until it has ended, or cancel it.');
    await api.db('runs').where({ id: run }).update({ state: 'cancelled' });
    await api.call('POST /api/v1/sites/:site/publishes', admin, at({ body: { version: 'draft' } }));
    expect(await message()).toBe('Somebody asked for something that has not begun (Publish). It begins as soon as the engine answers.');
  });

  it('is never the root site', async () => {
    await makeSite(api.db, api.config.rootWebsiteName);
    const answer = await api.call('POST /api/v1/sites/:site/archive', admin, { params: { site: api.config.rootWebsiteName }, body: {} });
    expect(answer.json).toMatchObject({ error: { code: 'wrongState', message: 'The root site leads readers to all others, so it cannot be archived.' } });
  });
});

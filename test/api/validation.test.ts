import { beforeAll, expect, test } from 'vitest';
import type { Validation } from '#api/contracts/validation.ts';
import { changeContentItem, putContentItem } from '#db/queries/contentChanges.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { cleanupConfig, cleanupItems, ids } from '#test/factories/cleanupSite.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite, makeStarter } from '#test/factories/rows.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let siteId: string;

const put = (item: ContentItem, site = siteId): Promise<unknown> => api.db.transaction((trx) => putContentItem(trx, { siteId: site, item, by: null, reason: 'edited' }));
const validate = async (query: Record<string, string | number> = {}): Promise<Validation> => (await api.call('GET /api/v1/sites/:site/validation', ada, { params: { site: 'algebra' }, query })).json as Validation;

beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const config = { ...cleanupConfig, collections: cleanupConfig.collections.map((collection) => ({ ...collection, files: collection.files?.map((file) => (file.name === 'sitemetadata' ? { ...file, fields: [...(file.fields ?? []), { widget: 'relation' as const, name: 'instructors', label: 'Instructors', collection: 'instructor', display_field: 'title', multiple: true, website: 'ocw-www' }] } : file)) })) };
  siteId = (await makeSite(api.db, { name: 'algebra', starterId: await makeStarter(api.db, 'cleaned', config) })).id;
  const root = await makeSite(api.db, { name: 'ocw-www', urlPath: null });
  for (const item of cleanupItems) await put(item);
  await put(makeContentItem({ textId: 'known', type: 'instructor', dirpath: 'content/instructors', filename: 'known' }), root.id);
  await put(makeContentItem({ textId: 'navmenu', type: 'navmenu', title: null, dirpath: 'config/_default', filename: 'menus', isPageContent: false, markdown: null, metadata: { leftnav: [] } }));
  await put(makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', title: null, dirpath: 'data', filename: 'course', isPageContent: false, markdown: null, metadata: { course_title: 'x', instructors: { content: ['known', 'unknown'], website: 'ocw-www' } } }));
  await put(makeContentItem({ textId: 'page', filename: 'page', title: 'Page', markdown: `[a]({{< baseurl >}}/pages/none)\n\n[b]({{< baseurl >}}/pages/before)\n{{% resource_link "${ids.plan}" "deleted" %}}` }));
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: ids.plan, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
  // The address it had before its name changed.
  await put(makeContentItem({ textId: 'renamed', filename: 'before', title: 'Renamed' }));
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: 'renamed', fromRevision: null, set: { filename: 'now' }, by: null, reason: 'renamed' }));
});

test('everything that is wrong with a site, the worst first', async () => {
  expect(await validate()).toEqual({
    site: 'algebra',
    items: 9,
    total: 3,
    bySeverity: { blocks: 1, broken: 2, untidy: 0 },
    faults: [
      { severity: 'blocks', item: { textId: 'sitemetadata', type: 'sitemetadata', title: null }, field: 'metadata.instructors', line: null, message: 'It names the item ‘unknown’, which the site ‘ocw-www’ does not have.' },
      { severity: 'broken', item: { textId: 'page', type: 'page', title: 'Page' }, field: 'markdown', line: 1, message: 'A link leads to /pages/none, which no item of this site has for an address.' },
      { severity: 'broken', item: { textId: 'page', type: 'page', title: 'Page' }, field: 'markdown', line: 4, message: `It names the item ‘${ids.plan}’, which was deleted: bring it back, or take it out.` },
    ],
  });
});

test('a part of it, of one severity', async () => {
  const { total, bySeverity, faults } = await validate({ severity: 'broken', limit: 1, offset: 1 });
  expect([total, bySeverity.blocks, faults.map((fault) => fault.line)]).toEqual([2, 1, [4]]);
});

test('a site without a starter that was read cannot be judged', async () => {
  await makeSite(api.db, { name: 'without', starterId: await makeStarter(api.db, 'unread', null) });
  const answer = await api.call('GET /api/v1/sites/:site/validation', ada, { params: { site: 'without' } });
  expect([answer.status, codeOf(answer)]).toEqual([422, 'starterMissing']);
});

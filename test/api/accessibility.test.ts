import { v7 as uuidv7 } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import type { Accessibility } from '#api/contracts/accessibility.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const config = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Page Content, widget: markdown}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: resourcetype, label: Type, widget: select, options: [Image, Video, Document, Other]}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: image-alt, label: Alt text, widget: string}
`);

const api = useApi();
let siteId: string;
let ed: Caller;

beforeAll(async () => {
  siteId = await makeContentSite(api.db, 'algebra', config);
  ed = await api.person('ed@example.edu', [{ role: 'admin', siteId }]);
});

async function report(query: Record<string, string | number> = {}): Promise<Accessibility> {
  const answer = await api.call('GET /api/v1/sites/:site/accessibility', ed, { params: { site: 'algebra' }, query });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json as Accessibility;
}

test('the report of changed pages names what they show, although that did not change', async () => {
  const items = itemsOf(api, 'algebra', ed);
  const picture = await items.made({ type: 'resource', title: 'A graph', metadata: { resourcetype: 'Image', image_metadata: { 'image-alt': '' } } });
  const old = await items.made({ type: 'page', title: 'Old', markdown: 'See [here](/x).\n' });
  expect((await report()).counts).toMatchObject({ 'alt-missing': 1, 'link-text': 1 });
  const key = { siteId, version: 'live', theme: '' } as const;
  await beginDeployment(api.db, key, 'manifest');
  await finishDeployment(api.db, key, { manifestKey: 'manifest', runId: await makeRun(api.db, { siteId, version: 'live', workflowRunId: uuidv7() }), commit: 'c0ffee', contentRevision: 2 });
  expect(await report()).toMatchObject({ items: 0, total: 0, findings: [] });
  const syllabus = await items.made({ type: 'page', title: 'Syllabus', markdown: `Text\n\n{{< resource uuid="${picture.textId}" >}}\n\n#### Deep\n` });
  const found = await report();
  expect(found).toMatchObject({ items: 1, isWhole: true, total: 2 });
  expect(found.findings).toEqual([
    { rule: 'alt-missing', item: { textId: picture.textId, type: 'resource', title: 'A graph' }, field: 'metadata.image_metadata.image-alt', label: 'Alt text', line: null, message: expect.stringContaining('no alternative text') as string, shownOn: ['Syllabus'] },
    { rule: 'heading-skips', item: { textId: syllabus.textId, type: 'page', title: 'Syllabus' }, field: 'markdown', label: 'Page Content', line: 5, message: expect.stringContaining('level 4') as string, shownOn: [] },
  ]);
  expect((await report({ scope: 'all' })).counts).toMatchObject({ 'alt-missing': 1, 'link-text': 1, 'heading-skips': 1 });
  expect((await report({ scope: 'all', rule: 'link-text' })).findings.map(({ item }) => item.textId)).toEqual([old.textId]);
  expect((await report({ scope: 'all', limit: 1, offset: 1 })).findings.map(({ rule }) => rule)).toEqual(['heading-skips']);
});

test('a site without a starter that was read has none, and says so', async () => {
  const id = await makeSite(api.db, 'bare');
  await api.db('sites').where({ id }).update({ starter_id: null });
  const answer = await api.call('GET /api/v1/sites/:site/accessibility', await api.person('ada@example.edu', [{ role: 'global_admin' }]), { params: { site: 'bare' } });
  expect([answer.status, codeOf(answer)]).toEqual([422, 'starterMissing']);
});

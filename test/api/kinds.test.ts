import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SiteKinds } from '#api/contracts/kinds.ts';
import { insertSite } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { itemsOf, makeContentSite, putLive } from './support/content.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => buckets.env });
let siteId: string;
let editor: Caller;
let admin: Caller;

beforeAll(async () => {
  siteId = await makeContentSite(api.db, 'algebra');
  editor = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
  admin = await api.person('ann@example.edu', [{ role: 'admin', siteId }]);
});

const kindsOf = async (who: Caller, site = 'algebra'): Promise<SiteKinds> => (await api.call('GET /api/v1/sites/:site/kinds', who, { params: { site } })).json as SiteKinds;

describe('the kinds of a site', () => {
  test('come in the starter’s order, with their place, their fields and how many items there are', async () => {
    const items = itemsOf(api, 'algebra', admin);
    const gone = await items.made({ type: 'page', title: 'Gone' });
    await items.made({ type: 'page', title: 'There' });
    await items.delete(gone.textId, gone.revision);
    const { site, kinds } = await kindsOf(admin);
    expect(site).toEqual({ name: 'algebra', title: 'Title of algebra', wasLive: false });
    expect(kinds.map(({ name, folder, file }) => `${name} ${folder ?? ''}${file ?? ''}`)).toEqual(['page content/pages', 'resource content/resources', 'external-resource content/external-resources', 'instructor content/instructors', 'sitemetadata data/course.json', 'navmenu config/_default/menus.yaml']);
    expect(kinds.map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(kinds[1]?.fields.find(({ name }) => name === 'image_metadata')).toEqual({
      name: 'image_metadata',
      label: 'Image',
      widget: 'object',
      condition: { field: 'resourcetype', equals: 'Image' },
      fields: [{ name: 'caption', label: 'Caption', widget: 'string' }, { name: 'credit', label: 'Credit', widget: 'string', default: 'Unknown' }],
    });
    expect(kinds.every(({ isTitleImplied }) => !isTitleImplied)).toBe(true);
  });

  test('say what the caller may write: an editor everything but what the site says of itself', async () => {
    const may = async (who: Caller): Promise<Record<string, { add: boolean; edit: boolean }>> => Object.fromEntries((await kindsOf(who)).kinds.map(({ name, can }) => [name, can]));
    expect((await may(editor))['page']).toEqual({ add: true, edit: true });
    expect((await may(editor))['sitemetadata']).toEqual({ add: false, edit: false });
    expect((await may(admin))['sitemetadata']).toEqual({ add: true, edit: true });
    await itemsOf(api, 'algebra', admin).made({ type: 'navmenu', metadata: { leftnav: [] } });
    expect((await may(editor))['navmenu']).toEqual({ add: false, edit: true });
    await api.db('sites').where({ id: siteId }).update({ archived_at: new Date() });
    expect((await may(admin))['page']).toEqual({ add: false, edit: false });
    await api.db('sites').where({ id: siteId }).update({ archived_at: null });
  });

  test('say whether readers may have kept the site’s addresses', async () => {
    await putLive(api.db, siteId);
    expect((await kindsOf(editor)).site.wasLive).toBe(true);
  });

  test('of a folder always ask for a title, also where the starter does not', async () => {
    const config = parseSiteConfig('root-url-path: ""\ncollections:\n- {name: note, label: Notes, label_singular: Note, category: Content, folder: content/notes, fields: [{name: text, label: Text, widget: text}]}\n- {name: once, label: Once, category: Settings, files: [{name: home, label: Home, file: data/home.yaml, fields: [{name: text, label: Text, widget: text}]}]}\n');
    await upsertStarter(api.db, { slug: 'notes', path: 'notes', commit: 'c0ffee', config });
    const starter = await findStarterBySlug(api.db, 'notes');
    if (starter === undefined) throw new Error('The starter was not stored');
    const noteSite = await insertSite(api.db, { name: 'notes', shortId: 'notes', title: 'Notes', starterId: starter.id, ownerId: null, urlPath: null });
    const { kinds } = await kindsOf(await api.person('nora@example.edu', [{ role: 'editor', siteId: noteSite }]), 'notes');
    expect(kinds.map(({ name, labelSingular, isTitleImplied, fields }) => [name, labelSingular, isTitleImplied, fields.map((field) => field.name)])).toEqual([
      ['note', 'Note', true, ['title', 'text']],
      ['home', null, false, ['text']],
    ]);
  });

  test('of a site whose starter was never read are told with a code', async () => {
    const bare = await makeSite(api.db, 'bare');
    await api.db('sites').where({ id: bare }).update({ starter_id: null });
    const answer = await api.call('GET /api/v1/sites/:site/kinds', await api.person('bea@example.edu', [{ role: 'editor', siteId: bare }]), { params: { site: 'bare' } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'starterMissing']);
    expect(messageOf(answer)).toContain('Ask an engineer to read the starters');
  });
});

describe('the file of an item', () => {
  const fileOf = (item: string, who: Caller = editor) => api.call('GET /api/v1/sites/:site/items/:item/file', who, { params: { site: 'algebra', item } });
  const withFile = async (key: string, body: string): Promise<string> => {
    await buckets.direct.send(new PutObjectCommand({ Bucket: api.config.storageBucket, Key: key, Body: body, ContentType: 'text/html' }));
    const item = await itemsOf(api, 'algebra', editor).made({ type: 'resource', title: key });
    await api.db('content_items').where({ text_id: item.textId }).update({ file: key });
    return item.textId;
  };

  test('is shown when it is a picture, under the name people gave it', async () => {
    const answer = await fileOf(await withFile('courses/algebra/0123456789abcdef0123456789abcdef_figure.png', 'PNG'));
    expect([answer.status, answer.text]).toEqual([200, 'PNG']);
    expect([answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual(['image/png', 'inline; filename="figure.png"']);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  });

  test.each([['notes.pdf', 'application/pdf'], ['drawing.svg', 'image/svg+xml'], ['page.html', 'application/octet-stream']])('is saved when it is %s, whatever the bucket says of it', async (name, type) => {
    const answer = await fileOf(await withFile(`courses/algebra/${name}`, '<script>alert(1)</script>'));
    expect([answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([type, `attachment; filename="${name}"`]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('that is none, or is gone from the bucket, is not found', async () => {
    const item = await itemsOf(api, 'algebra', editor).made({ type: 'resource', title: 'Without' });
    expect(codeOf(await fileOf(item.textId))).toBe('notFound');
    await api.db('content_items').where({ text_id: item.textId }).update({ file: 'courses/algebra/gone.png' });
    expect(messageOf(await fileOf(item.textId))).toBe('The file is not in the storage bucket any more.');
  });

  test('is told to be out of reach while the bucket is', async () => {
    const item = await withFile('courses/algebra/later.png', 'PNG');
    buckets.proxy.addFault({ fault: '503', match: /later\.png/, times: 9 });
    expect(codeOf(await fileOf(item))).toBe('storageUnavailable');
  });
});

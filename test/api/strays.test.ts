import { beforeAll, expect, test } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { claimDriveKey, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { upsertStarter } from '#db/queries/starters.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => buckets.env });
let siteId: string;
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  await upsertStarter(api.db, { slug: 'ocw-course-v2', path: 'ocw-course-v2', commit: 'c0ffee', config: makeSiteConfig() });
  await api.db('sites').where({ id: siteId }).update({ starter_id: api.db('starters').where({ slug: 'ocw-course-v2' }).select('id') });
});

test('objects that belong to no resource and to no file are named, and no others', async () => {
  const bucket = api.config.storageBucket;
  const put = (key: string, body = 'x') => buckets.s3.put(bucket, key, body, { contentType: 'text/plain' });
  for (const key of ['courses/algebra/item.pdf', 'courses/algebra/deleted.pdf', 'courses/algebra/drive.pdf', 'courses/algebra-2/other.pdf']) await put(key);
  await put('courses/algebra/left.pdf', 'four');
  await put('gdrive_uploads/algebra/an-id/left.mp4', 'nine here');
  const add = (textId: string, file: string) => api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId, filename: textId, file }), by: null, reason: 'created' }));
  await add('item', '/courses/algebra/item.pdf');
  await add('deleted', 'courses/algebra/deleted.pdf');
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: 'deleted', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
  const runId = await makeRun(api.db, { siteId, version: null, process: 'sync-drive-folder', workflowId: 'sync-drive-folder/algebra' });
  const ids = await recordFoundFiles(api.db, siteId, runId, [{ fileId: 'f1', folder: 'files_final', path: '', name: 'drive.pdf', mimeType: 'application/pdf', md5: 'a', size: 1, modifiedAt: null, state: 'found', reason: null }]);
  await claimDriveKey(api.db, ids.get('f1') ?? '', 'courses/algebra/drive.pdf');
  const olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  expect((await api.call('GET /api/v1/sites/:site/drive/strays', olga, { params: { site: 'algebra' } })).json).toEqual({
    objects: 5,
    total: 2,
    bytes: 13,
    strays: [{ key: 'courses/algebra/left.pdf', size: 4 }, { key: 'gdrive_uploads/algebra/an-id/left.mp4', size: 9 }],
  });
});

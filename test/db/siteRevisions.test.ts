import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { bumpContentRevision } from '#db/queries/sites.ts';
import { listUnpublished } from '#db/queries/unpublishedItems.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { down, up } from '../../db/migrations/0031_home.ts';

const database = useDatabase();

async function save(siteId: string, textId: string, markdown: string): Promise<void> {
  await database.db.transaction((trx) => changeContentItem(trx, { siteId, textId, fromRevision: null, set: { markdown }, by: null, reason: 'edited' }));
}

async function numbers(siteId: string): Promise<Record<string, number[]>> {
  const { rows } = await database.db.raw<{ rows: { filename: string; numbers: number[] }[] }>(
    `select i.filename, array(select site_revision::integer from (select revision, site_revision from content_revisions where item_id = i.id union all select i.revision, i.site_revision) states order by revision) as numbers from content_items i where site_id = ? order by i.filename`,
    [siteId],
  );
  return Object.fromEntries(rows.map((row) => [row.filename, row.numbers]));
}

test('states that were there before the migration get the numbers their saves made, and a publish before it is told from what came after', async () => {
  const { db } = database;
  const { id: siteId } = await makeSite(db, { name: 'old' });
  const textIds = ['a', 'b', 'c'].map((filename) => ({ filename, textId: uuidv7() }));
  for (const { filename, textId } of textIds) await db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId, filename }), by: null, reason: 'created' }));
  const [a = '', b = ''] = textIds.map(({ textId }) => textId);
  await save(siteId, a, 'two\n');
  const key = { siteId, version: 'draft', theme: '' } as const;
  await beginDeployment(db, key, 'm');
  await finishDeployment(db, key, { manifestKey: 'm', runId: await makeRun(db, { siteId }), commit: 'c', contentRevision: 4 });
  await save(siteId, b, 'two\n');
  await save(siteId, a, 'three\n');
  const before = await numbers(siteId);
  expect(before).toEqual({ a: [1, 4, 6], b: [2, 5], c: [3] });
  await down(db);
  await up(db);
  expect(await numbers(siteId)).toEqual(before);
  expect((await listUnpublished(db, siteId, 4, { limit: 10, offset: 0 })).map(({ filename }) => filename)).toEqual(['a', 'b']);

  // A starter raised the number after the publish: the newest saves cannot have given it, and none of before the publish is above it.
  for (let times = 0; times < 3; times += 1) await bumpContentRevision(db, siteId);
  await down(db);
  await up(db);
  expect((await listUnpublished(db, siteId, 4, { limit: 10, offset: 0 })).map(({ filename }) => filename)).toEqual(['a', 'b']);
  await database.clear();
});

import { v7 as uuidv7 } from 'uuid';
import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createLinkDigestsActivities } from '#activities/linkDigests.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findExternalLink, saveCheck, takeInLinks } from '#db/queries/externalLinks.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite, makeUser } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { runStep } from './support/runActivity.ts';

const database = useDatabase();
let site: SiteRow;
let owner: string;
beforeEach(async () => {
  await database.clear();
  site = await makeSite(database.db, { title: 'Algebra' });
  owner = (await makeUser(database.db)).id;
  await grantRole(database.db, owner, { role: 'owner', siteId: site.id });
});

async function addLink(name: string, of: SiteRow = site): Promise<string> {
  const textId = uuidv7();
  const item = makeContentItem({ textId, title: name, filename: textId, dirpath: 'content/external-resources', type: 'external-resource', metadata: { external_url: `https://example.org/${name}` } });
  const { id } = await database.db.transaction((trx) => createContentItem(trx, { siteId: of.id, item, by: null, reason: 'created' }));
  await takeInLinks(database.db, of.id);
  return id;
}

/** What looks at a link find, one after the other. */
async function look(itemId: string, ...codes: readonly number[]): Promise<void> {
  for (const code of codes) {
    const link = await findExternalLink(database.db, itemId);
    if (link === undefined) throw new Error('There is no such link');
    await saveCheck(database.db, link, { outcome: code === 200 ? 'valid' : 'broken', code }, new Date());
  }
}

const tell = (runId = uuidv7()) => runStep(createLinkDigestsActivities({ config: makeConfig(), db: database.db, temporal: { workflow: { start: () => Promise.resolve() } }, log: pino({ level: 'silent' }) } as unknown as ActivityDeps), 'tellBrokenLinks', { runId });
const mails = () => database.db('mails').orderBy('created_at').select<{ kind: string; user_id: string; data: Record<string, unknown> }[]>('kind', 'user_id', 'data');

describe('the digest of broken links', () => {
  it('names to who answers for the site the links that broke since, once', async () => {
    const editor = (await makeUser(database.db)).id;
    await grantRole(database.db, editor, { role: 'editor', siteId: site.id });
    await look(await addLink('B book'), 404, 404);
    await look(await addLink('A page'), 404, 410);
    await look(await addLink('a bad day'), 404);
    await look(await addLink('mended'), 404, 404, 200);
    await look(await addLink('fine'), 200);
    expect(await tell()).toEqual({ sites: 1 });
    expect(await mails()).toEqual([{ kind: 'links-broken', user_id: owner, data: { siteName: site.name, siteTitle: 'Algebra', count: 2, problems: ['A page: https://example.org/A page', 'B book: https://example.org/B book'], more: 0 } }]);
    expect(await tell()).toEqual({ sites: 0 });
    expect(await mails()).toHaveLength(1);
  });

  it('says nothing of what was broken and told of before, and tells of what breaks once more', async () => {
    const old = await addLink('old');
    await look(old, 404, 404);
    await tell();
    await look(old, 404, 404);
    expect(await tell()).toEqual({ sites: 0 });
    await look(old, 200, 404, 404);
    expect(await tell()).toEqual({ sites: 1 });
  });

  it('leaves out links that are gone, and counts those it has no room to name', async () => {
    const gone = await addLink('gone');
    await look(gone, 404, 404);
    const { text_id: textId } = await database.db('content_items').where({ id: gone }).first<{ text_id: string }>('text_id');
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    expect(await tell()).toEqual({ sites: 0 });
    for (let number = 0; number < 22; number += 1) await look(await addLink(`n${number}`), 500, 500);
    await tell();
    expect((await mails())[0]?.data).toMatchObject({ count: 22, more: 2 });
  });

  it('goes through all sites, however many there are', async () => {
    for (let number = 0; number < 3; number += 1) {
      const other = await makeSite(database.db);
      await grantRole(database.db, owner, { role: 'admin', siteId: other.id });
      await look(await addLink('a', other), 404, 404);
    }
    expect(await tell()).toEqual({ sites: 3 });
    expect(await mails()).toHaveLength(3);
  });
});

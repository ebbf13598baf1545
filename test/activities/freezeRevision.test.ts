import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { getJson } from '#activities/buildStore.ts';
import { createContentActivities, type FreezeInput, type Snapshot } from '#activities/content.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { insertImportedItems } from '#activities/insertImportedItems.ts';
import { blobId } from '#clients/git.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { setBuilder, type SiteRow } from '#db/queries/sites.ts';
import { planImport } from '#domain/importPlan.ts';
import { parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRun, makeSite, makeStarter } from '#test/factories/rows.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const deps = (): ActivityDeps => ({ config: makeConfig(buckets.env), db: database.db, s3: buckets.s3 }) as unknown as ActivityDeps;

interface SourceFile {
  readonly path: string;
  readonly bytes: Buffer;
}

async function importSite(files: readonly SourceFile[], config: SiteConfig, folderName: string): Promise<SiteRow> {
  const starterId = await makeStarter(database.db, `s${uuidv7().slice(-12)}`, config);
  const siteId = uuidv7();
  const plan = planImport({ files: files.map((file) => ({ ...file, blob: blobId(file.bytes) })), config, folderName, name: `site-${siteId}`, siteId });
  const site = await makeSite(database.db, { id: siteId, ...plan.site, starterId });
  await insertImportedItems(database.db, site, plan.items, config);
  return site;
}

/** What a publish of now would commit: text by path, null for a removed file. */
async function changesOf(site: SiteRow): Promise<Record<string, string | null>> {
  const runId = await makeRun(database.db, { siteId: site.id });
  const input = { runId, phase: 'freeze', siteId: site.id, version: 'draft' as const };
  const { snapshotKey } = await runActivity((given: typeof input) => createContentActivities(deps()).freezeRevision(given), input);
  const snapshot = await getJson<Snapshot>(deps(), snapshotKey);
  return Object.fromEntries((snapshot?.changes ?? []).map((change) => [change.path ?? `removed ${change.previousPath ?? ''}`, change.text]));
}

async function change(site: SiteRow, textId: string, set: Parameters<typeof changeContentItem>[1]['set'], deleted?: boolean): Promise<void> {
  await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId, fromRevision: null, set, by: null, reason: 'edited', ...(deleted === undefined ? {} : { deleted }) }));
}

const page = '11111111-2222-4333-8444-555555555555';
const resource = '66666666-7777-4888-8999-000000000000';
const older = {
  'content/pages/syllabus.md': `---\ncontent_type: page\ntitle: "Syllabus"\nuid: ${page}\n---\nBody`,
  'content/resources/a.md': `---\ncontent_type: resource\nfile: https://bucket.example/courses/old/a.pdf\ntitle: A\nuid: ${resource}\n---\n`,
  'config/_default/menus.yaml': `leftnav:\n- identifier: ${page}\n  name: Syllabus\n  url: /pages/syllabus\n  weight: 10\n`,
  'data/course.json': '{\n  "course_title": "C",\n  "site_uid": "old"\n}\n',
};
const olderSite = (): Promise<SiteRow> => importSite(Object.entries(older).map(([path, text]) => ({ path, bytes: Buffer.from(text) })), makeSiteConfig(), `c-${uuidv7()}`);

describe('after an import', () => {
  it('of what an older serializer wrote, nothing is committed, and an edit commits its file only', async () => {
    const site = await olderSite();
    expect(await changesOf(site)).toEqual({});
    await change(site, page, { markdown: 'New' });
    expect(await changesOf(site)).toEqual({ 'content/pages/syllabus.md': older['content/pages/syllabus.md'].replace('Body', 'New') });
    await change(site, page, { markdown: 'Body' });
    expect(await changesOf(site)).toEqual({});
  });

  it('each item knows git’s name of its file', async () => {
    const site = await olderSite();
    expect((await findContentItem(database.db, site.id, page))?.writtenBlob).toBe(blobId(Buffer.from(older['content/pages/syllabus.md'])));
  });

  it('a page that moves takes its entry of the menu with it', async () => {
    const site = await olderSite();
    await change(site, page, { filename: 'moved' });
    expect(await changesOf(site)).toEqual({
      'content/pages/moved.md': older['content/pages/syllabus.md'],
      'config/_default/menus.yaml': `leftnav:\n- identifier: ${page}\n  name: Syllabus\n  pageRef: /pages/moved\n  weight: 10\n`,
    });
  });

  it('a page that is deleted leaves its entry without an address', async () => {
    const site = await olderSite();
    await change(site, page, {}, true);
    expect(await changesOf(site)).toEqual({ 'removed content/pages/syllabus.md': null, 'config/_default/menus.yaml': `leftnav:\n- identifier: ${page}\n  name: Syllabus\n  weight: 10\n` });
  });

  it('a new address of the site is written into every file that names it, and no other', async () => {
    const site = await olderSite();
    await database.db('sites').where({ id: site.id }).update({ url_path: `courses/moved-${site.id}` });
    expect(await changesOf(site)).toEqual({
      'content/resources/a.md': older['content/resources/a.md'].replace('https://bucket.example/courses/old', `/courses/moved-${site.id}`),
      'data/course.json': `{\n  "course_title": "C",\n  "site_uid": "old",\n  "site_url_path": "courses/moved-${site.id}"\n}\n`,
    });
  });

  it('of real courses nothing is committed, and one file after one edit', { timeout: 120_000 }, async (context) => {
    const corpus = corpusOrSkip(context);
    const config = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects', 'ocw-course-v2', 'ocw-studio.yaml'), 'utf8'));
    for (const course of coursesOf(corpus)) {
      const site = await importSite(filesBelow(join(corpus, 'courses', course)), config, course);
      expect(await changesOf(site), course).toEqual({});
      await change(site, 'sitemetadata', { title: 'Edited' });
      expect(Object.keys(await changesOf(site)), course).toEqual(['data/course.json']);
    }
  });
});

it('of a review is refused while another builder builds the site, and may be tried again when it does no more', async () => {
  const site = await olderSite();
  const input = { runId: await makeRun(database.db, { siteId: site.id }), phase: 'freeze', siteId: site.id, version: 'draft', isReview: true } as const;
  const freeze = (given: FreezeInput) => runActivity((each: FreezeInput) => createContentActivities(deps()).freezeRevision(each), given);
  await setBuilder(database.db, site.id, 'concourse');
  await expect(freeze(input)).rejects.toMatchObject({ type: 'ReviewRefused', message: expect.stringMatching(/^Concourse builds this site/) as string });
  await setBuilder(database.db, site.id, null);
  await expect(freeze(input)).resolves.not.toHaveProperty('builder');
});

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import type { PullStepInput } from '#activities/pulls.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit } from '#clients/git.ts';
import { changeContentItem, putContentItem } from '#db/queries/contentChanges.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { findRun, listRunPhases } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRequest, makeSite, makeUser } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { createPulling, makeFolder, type Pulling } from './support/pulling.ts';
import { tryOf } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = (uid: string, title: string, more = '', body = 'Body\n'): string => `---\ncontent_type: page\n${more}title: ${title}\nuid: ${uid}\n---\n${body}`;
const A = 'content/pages/a.md';
const B = 'content/pages/b.md';

let deps: ActivityDeps;
let site: SiteRow;
let pulling: Pulling;
beforeAll(async () => {
  const config = makeConfig({ ...buckets.env, GIT_CLONE_BASE_URL: `file://${folder}` });
  // GitHub itself is not there: a pull only fetches.
  deps = { config, db: database.db, s3: buckets.s3, git: createGit({ searchPath: config.searchPath }), workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
});
beforeEach(async () => {
  site = await makeSite(database.db);
  pulling = createPulling(deps, site, folder);
});

const edit = async (textId: string, set: { title?: string; markdown?: string }): Promise<void> => {
  await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId, fromRevision: null, set, by: null, reason: 'edited' }));
};
const titles = async (): Promise<Record<string, string | null>> => Object.fromEntries((await listContentItems(database.db, site.id)).filter((item) => item.deletedAt === null).map((item) => [item.textId, item.title]));

describe('pulling a repository', () => {
  it('takes everything the first time, and then only the one field somebody changed by hand', async () => {
    const ada = await makeUser(database.db, 'ada@example.edu');
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second', 'description: old\n'), 'README.md': 'Hello' });
    expect((await pulling.pull({}, ada.id)).said).toEqual([['kept', 'README.md', 'outside of the content model'], ['add', A], ['add', B]]);
    const before = await pulling.item('a');
    const commit = pulling.push({ [B]: page('b', 'Second', 'description: new\n') });
    const { said, runId } = await pulling.pull({}, ada.id);
    expect(said).toEqual([['kept', 'README.md', 'outside of the content model'], ['unchanged', A], ['change', B, 'metadata.description']]);
    expect(await pulling.item('a')).toEqual(before);
    expect(await pulling.item('b')).toMatchObject({ revision: 2, metadata: { description: 'new' }, reason: 'pulled', updatedBy: ada.id, writtenPath: B });
    expect(await pulling.history('b')).toMatchObject([{ revision: 1, reason: 'pulled' }]);
    expect(await findRun(database.db, runId)).toMatchObject({ state: 'succeeded', commit, result: { commit, dryRun: false, goesBack: null, counts: { change: 1, unchanged: 1 } } });
    expect(await pulling.commit()).toEqual([]);
  });

  it('in a dry run says the same and changes nothing', async () => {
    pulling.push({ [A]: page('a', 'First') });
    await pulling.pull();
    const before = [await listContentItems(database.db, site.id), (await findSite(database.db, site.id))?.contentRevision];
    pulling.push({ [A]: page('a', 'Other'), [B]: page('b', 'Second') });
    const dry = await pulling.pull({ dryRun: true });
    expect([await listContentItems(database.db, site.id), (await findSite(database.db, site.id))?.contentRevision]).toEqual(before);
    expect((await listRunPhases(database.db, [dry.runId])).get(dry.runId)).toMatchObject([{ phase: 'apply', state: 'skipped' }]);
    const wet = await pulling.pull();
    expect(wet.said).toEqual(dry.said);
    expect(wet.report).toEqual({ ...dry.report, dryRun: false });
    expect(await titles()).toEqual({ a: 'Other', b: 'Second' });
  });

  it('loses nothing an author saved: a conflict is reported, and taken only when the repository is to win', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second') });
    await pulling.pull();
    await edit('a', { title: 'Edited here' });
    await edit('b', { title: 'Only here' });
    pulling.push({ [A]: page('a', 'Edited there') });
    expect((await pulling.pull()).said).toEqual([
      ['conflict', A, 'title', 'edited in the studio since it was last committed, and changed in the repository'],
      ['unchanged', B, 'edited in the studio; the next publish commits it'],
    ]);
    expect(await titles()).toEqual({ a: 'Edited here', b: 'Only here' });
    expect((await pulling.pull({ overwrite: true })).said).toEqual([['change', A, 'title'], ['unchanged', B, 'edited in the studio; the next publish commits it']]);
    expect(await titles()).toEqual({ a: 'Edited there', b: 'Only here' });
    // What was overwritten is in the history.
    expect((await pulling.history('a')).map(({ title }) => title)).toEqual(['First', 'Edited here']);
    expect(await pulling.commit()).toEqual([B]);
  });

  it('that holds damaged files takes the others and says what is wrong with each', async () => {
    // A path that git can hold and an index of the database cannot.
    const deep = { [`content/${Array.from({ length: 12 }, (_, index) => randomBytes(120).toString('hex').slice(index)).join('/')}.md`]: page('deep', 'Deep') };
    pulling.push({ ...deep, [A]: page('a', 'First'), 'content/pages/bad.md': '---\ntitle: [\n---\n', 'content/pages/nouid.md': '---\ncontent_type: page\n---\n', 'content/pages/what.md': '---\ncontent_type: nothing\nuid: x\n---\n', 'content/pages/bytes.md': Buffer.from([0xff, 0xfe, 0x00]), 'content/pages/twice.md': page('a', 'Copy'), 'content/pages/half.md': page('half', 'Half', 'description: "\\ud800"\n'), 'content/pages/nul.md': page('nul', '"\\0"') });
    const { said, report } = await pulling.pull();
    const long = Object.keys(deep)[0];
    expect(said.filter(([, path]) => path === long)).toEqual([['refused', long, expect.stringMatching(/^the database cannot hold it: index row size/) as string]]);
    expect(said.filter(([, path]) => path !== long).map(([action, path, reason]) => [action, path, reason?.split(':')[0]])).toEqual([
      ['add', A, undefined],
      ['kept', 'content/pages/bad.md', 'its front matter is not YAML'],
      ['kept', 'content/pages/bytes.md', 'it is not a text in UTF-8'],
      ['kept', 'content/pages/half.md', 'it holds a character that the database cannot'],
      ['kept', 'content/pages/nouid.md', 'it has no uid'],
      ['kept', 'content/pages/nul.md', 'it holds a character that the database cannot'],
      ['refused', 'content/pages/twice.md', 'its uid is that of ‘content/pages/a.md’'],
      ['kept', 'content/pages/what.md', 'the starter has no content type ‘nothing’'],
    ]);
    expect(report.counts).toMatchObject({ add: 1, refused: 2, kept: 6 });
    expect(await titles()).toEqual({ a: 'First' });
  });

  it('reads files as they are in git, whatever a checkout makes of them', async () => {
    pulling.push({ '.gitattributes': '*.md text eol=crlf\n', [A]: page('a', 'First') });
    await pulling.pull();
    expect((await pulling.item('a'))?.markdown).toBe('Body\n');
    expect((await pulling.pull()).said).toContainEqual(['unchanged', A]);
  });

  it('moves, exchanges and brings back pages as the repository did', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second'), 'content/pages/c.md': page('c', 'Third') });
    await pulling.pull();
    pulling.push({ [A]: page('b', 'Second'), [B]: page('a', 'First'), 'content/pages/c.md': null, 'content/pages/deep/c.md': page('c', 'Third') });
    expect((await pulling.pull()).report.counts).toMatchObject({ change: 3, missing: 0 });
    expect((await listContentItems(database.db, site.id)).map((item) => [item.textId, item.dirpath, item.filename, item.writtenPath, item.deletedAt])).toEqual([
      ['a', 'content/pages', 'b', B, null],
      ['b', 'content/pages', 'a', A, null],
      ['c', 'content/pages/deep', 'c', 'content/pages/deep/c.md', null],
    ]);
    expect(await pulling.commit()).toEqual([]);
    const removed = pulling.push({ [B]: null });
    expect((await pulling.pull({ deleteMissing: true })).said).toContainEqual(['delete', B]);
    expect(await pulling.item('a')).toMatchObject({ deletedAt: expect.any(Date) as Date, writtenPath: null });
    expect(await pulling.commit()).toEqual([]);
    pulling.git('revert', '--no-edit', removed);
    pulling.push({});
    expect((await pulling.pull()).said).toContainEqual(['add', B, 'it was deleted in the studio and comes back']);
    expect(await pulling.item('a')).toMatchObject({ deletedAt: null, title: 'First', writtenPath: B });
    expect(await pulling.commit()).toEqual([]);
  });

  it('gives the site the title its metadata says', async () => {
    const course = (title: string): string => JSON.stringify({ course_title: title });
    pulling.push({ 'data/course.json': course('Optics'), [A]: page('a', 'First') });
    await pulling.pull();
    expect((await findSite(database.db, site.id))?.title).toBe('Optics');
    pulling.push({ 'data/course.json': course('Waves') });
    await pulling.pull({ path: A });
    expect((await findSite(database.db, site.id))?.title).toBe('Optics');
    expect((await pulling.pull()).said).toContainEqual(['change', 'data/course.json', 'metadata.course_title']);
    expect((await findSite(database.db, site.id))?.title).toBe('Waves');
    expect(await pulling.commit()).toEqual([]);
  });

  it('takes a new menu and pages it names, so that nothing is left to commit', async () => {
    const uid = '11111111-1111-4111-8111-111111111111';
    pulling.push({ [A]: page(uid, 'First'), 'config/_default/menus.yaml': `leftnav:\n- identifier: ${uid}\n  name: First\n  pageRef: /pages/a\n  weight: 10\n` });
    await pulling.pull();
    expect(await pulling.commit()).toEqual([]);
    // The page moves, and whoever moved it forgot the menu: the studio mends it.
    pulling.push({ [A]: null, [B]: page(uid, 'First') });
    await pulling.pull();
    expect(await pulling.commit()).toEqual(['config/_default/menus.yaml']);
    expect(pulling.show('config/_default/menus.yaml')).toContain('pageRef: /pages/b');
  });
});

describe('what a pull leaves to commit', () => {
  it('is nothing for a file that is written in a way of its own, and one line once it is edited', async () => {
    const own = page('a', 'First', "description: 'quoted for no reason'\n").replace('content_type: page', 'content_type:   page');
    pulling.push({ [A]: own });
    await pulling.pull();
    expect(await pulling.commit()).toEqual([]);
    // The look alone changes: nothing for the studio, and nothing to commit.
    const other = own.replace("'quoted for no reason'", '"quoted for no reason"');
    pulling.push({ [A]: other });
    expect((await pulling.pull()).said).toEqual([['unchanged', A]]);
    expect(await pulling.commit()).toEqual([]);
    await edit('a', { title: 'Edited' });
    expect(await pulling.commit()).toEqual([A]);
    expect(`${pulling.show(A)}\n`).toBe(other.replace('title: First', 'title: Edited'));
  });

  it('is nothing for a video whose captions are files there and items here', async () => {
    const uid = '22222222-2222-4222-8222-222222222222';
    const captions = `---\ncontent_type: resource\nfile: /${site.urlPath}/a.vtt\ntitle: Captions\nuid: ${uid}\n---\n`;
    const video = (speakers: string): string => `---\ncontent_type: resource\nfile: null\ntitle: Video\nuid: video\nvideo_files:\n  video_captions_resources:\n  - file: /${site.urlPath}/a.vtt\n    language: en\n  video_speakers: ${speakers}\n---\n`;
    pulling.push({ 'content/resources/captions.md': captions, 'content/resources/video.md': video('Ada') });
    await pulling.pull();
    const relation = { content: [uid], website: site.name };
    expect((await pulling.item('video'))?.metadata).toEqual({ video_files: { video_captions_resources: relation, video_speakers: 'Ada' } });
    pulling.push({ 'content/resources/video.md': video('Grace') });
    expect((await pulling.pull()).said).toContainEqual(['change', 'content/resources/video.md', 'metadata.video_files.video_speakers']);
    expect((await pulling.item('video'))?.metadata).toEqual({ video_files: { video_captions_resources: relation, video_speakers: 'Grace' } });
    expect(await pulling.commit()).toEqual([]);
  });
});

describe('items whose file is gone', () => {
  const uid = '33333333-3333-4333-8333-333333333333';
  const names = `config/_default/menus.yaml`;
  const menu = `leftnav:\n- identifier: ${uid}\n  name: First\n  pageRef: /pages/a\n  weight: 10\n`;

  it('stay while an item that stays names them, and what names them is remembered', async () => {
    pulling.push({ [A]: page(uid, 'First'), [B]: page('b', 'Second'), [names]: menu });
    await pulling.pull();
    pulling.push({ [A]: null, [B]: null });
    expect((await pulling.pull()).said).toEqual([['unchanged', names], ['missing', A, 'its file is not in the repository; the item stays'], ['missing', B, 'its file is not in the repository; the item stays']]);
    expect((await pulling.pull({ deleteMissing: true })).said).toEqual([['unchanged', names], ['missing', A, '‘navmenu’ names it'], ['delete', B]]);
    expect(await titles()).toEqual({ [uid]: 'First', navmenu: null });
    expect(await pulling.history('b')).toMatchObject([{ title: 'Second', is_deleted: false }]);
    pulling.push({ [names]: 'leftnav: []\n' });
    expect((await pulling.pull({ deleteMissing: true })).said).toEqual([['change', names, 'metadata.leftnav'], ['delete', A]]);
    expect(await titles()).toEqual({ navmenu: null });
  });

  it('are moved or deleted by the pull although something else was committed before it', async () => {
    const C = 'content/pages/c.md';
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second'), [C]: page('c', 'Third') });
    await pulling.pull();
    pulling.push({ [A]: null, 'content/pages/moved.md': page('a', 'First'), [B]: null });
    await edit('c', { title: 'Edited' });
    expect(await pulling.commit()).toEqual([C]);
    expect((await pulling.pull({ deleteMissing: true })).said).toEqual([['delete', B], ['unchanged', C], ['change', 'content/pages/moved.md', 'filename']]);
    expect(await pulling.commit()).toEqual([]);
  });

  it('stay while another site names them', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second') });
    await pulling.pull();
    const other = await makeSite(database.db);
    await putContentItem(database.db, { siteId: other.id, item: makeContentItem({ textId: 'o' }), by: null, reason: 'created', references: [{ field: 'metadata.x', kind: 'relation', targetTextId: 'a', targetSite: site.name }] });
    pulling.push({ [A]: null });
    expect((await pulling.pull({ deleteMissing: true })).said).toContainEqual(['missing', A, `the site ‘${other.name}’ names it`]);
  });

  it('stay when an author names them while the pull runs', async () => {
    pulling.push({ [A]: page(uid, 'First'), [B]: page('b', 'Second') });
    await pulling.pull();
    pulling.push({ [A]: null });
    const runId = await pulling.begin({ deleteMissing: true });
    await pulling.fetch(runId);
    await pulling.compare(runId);
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'b', fromRevision: null, set: { markdown: 'Names it' }, by: null, reason: 'edited', references: [{ field: 'markdown', kind: 'markdown', targetTextId: uid, targetSite: null }] }));
    await pulling.apply(runId);
    await pulling.record(runId);
    expect((await pulling.reportOf(runId)).said).toContainEqual(['conflict', A, '‘Second’ names it']);
    expect(await titles()).toEqual({ [uid]: 'First', b: 'Second' });
  });

  it('and were never committed stay', async () => {
    pulling.push({ [A]: page('a', 'First') });
    await pulling.pull();
    await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId: 'new', filename: 'new', title: 'New' }), by: null, reason: 'created' });
    expect((await pulling.pull({ deleteMissing: true })).said).toEqual([['unchanged', A]]);
    expect(await titles()).toEqual({ a: 'First', new: 'New' });
  });
});

describe('a part of a repository', () => {
  it('is one path', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second') });
    await pulling.pull({ path: A });
    expect(await titles()).toEqual({ a: 'First' });
    await expect(pulling.pull({ path: 'content/nowhere' })).rejects.toMatchObject({ type: 'PathMissing', message: 'There is nothing at ‘content/nowhere’, neither in the commit nor in the studio.' });
  });

  it('is what one commit changed, and no more', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second') });
    await pulling.pull();
    const one = pulling.push({ [A]: page('a', 'One') });
    pulling.push({ [B]: page('b', 'Two') });
    expect((await pulling.pull({ onlyCommit: one.slice(0, 9) })).said).toEqual([['change', A, 'title']]);
    expect(await titles()).toEqual({ a: 'One', b: 'Second' });
    expect(await pulling.commit()).toEqual([]);
  });

  it.each([
    ['a commit that is not there', { commit: '0123456789' }, 'CommitMissing'],
    ['a branch that is not there', { ref: 'nowhere' }, 'BranchMissing'],
  ])('of %s is refused', async (_what, request, type) => {
    pulling.push({ [A]: page('a', 'First') });
    await expect(pulling.pull(request)).rejects.toMatchObject({ type });
  });
});

describe('an older commit', () => {
  it('is taken only when that is said, and the next publish commits what it restored', async () => {
    const old = pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Same') });
    await pulling.pull();
    pulling.push({ [A]: page('a', 'Second') });
    pulling.push({ [B]: page('b', 'Same', 'description: more\n') });
    await pulling.pull();
    const dry = await pulling.pull({ commit: old, path: A, dryRun: true });
    // Only one of the newer commits touches the path.
    expect(dry.report.goesBack).toEqual({ at: expect.any(String) as string, commits: 1 });
    await expect(pulling.pull({ commit: old })).rejects.toMatchObject({ type: 'PullGoesBack', message: expect.stringMatching(/^This goes back to \d{4}-\d\d-\d\d; 2 newer commits are not taken\. Nothing was changed\./) as string });
    expect(await titles()).toEqual({ a: 'Second', b: 'Same' });
    expect((await pulling.pull({ commit: old, path: A, allowOlder: true })).said).toEqual([['change', A, 'title']]);
    expect(await titles()).toEqual({ a: 'First', b: 'Same' });
    expect(await pulling.commit()).toEqual([A]);
    expect(pulling.show(A)).toContain('title: First');
    expect(await pulling.commit()).toEqual([]);
  });

  it('undoes what somebody pushed by hand and the studio never took', async () => {
    const good = pulling.push({ [A]: page('a', 'Good') });
    await pulling.pull();
    pulling.push({ [A]: page('a', 'Bad') });
    expect((await pulling.pull({ commit: good, allowOlder: true })).said).toEqual([['unchanged', A]]);
    expect(await pulling.commit()).toEqual([A]);
    expect(pulling.show(A)).toContain('title: Good');
  });

  it('from another branch is the same', async () => {
    pulling.push({ [A]: page('a', 'First') });
    pulling.git('push', '--quiet', 'origin', 'HEAD:preview');
    pulling.push({ [A]: page('a', 'Second') });
    expect((await pulling.pull({ ref: 'preview', allowOlder: true })).report).toMatchObject({ goesBack: { commits: 1 } });
    expect(await titles()).toEqual({ a: 'First' });
    expect(await pulling.commit()).toEqual([A]);
  });
});

describe('while a pull runs', () => {
  it('an author who saves goes before it', async () => {
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second') });
    await pulling.pull();
    pulling.push({ [A]: page('a', 'There'), [B]: page('b', 'There') });
    const runId = await pulling.begin();
    await pulling.fetch(runId);
    await pulling.compare(runId);
    await edit('a', { title: 'Here' });
    await pulling.apply(runId);
    await pulling.record(runId);
    expect((await pulling.reportOf(runId)).said).toEqual([['conflict', A, 'title', 'somebody edited it in the studio while this pull ran; pull again'], ['change', B, 'title']]);
    expect(await titles()).toEqual({ a: 'Here', b: 'There' });
    expect((await findRun(database.db, runId))?.result).toMatchObject({ counts: { conflict: 1, change: 1 } });
  });

  it('somebody who creates the same item or takes its place goes before it', async () => {
    pulling.push({ [A]: page('a', 'There'), [B]: page('b', 'There') });
    const runId = await pulling.begin();
    await pulling.fetch(runId);
    await pulling.compare(runId);
    await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId: 'a', filename: 'a', title: 'Here' }), by: null, reason: 'created' });
    await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId: 'other', filename: 'b', title: 'Here' }), by: null, reason: 'created' });
    await pulling.apply(runId);
    await pulling.record(runId);
    expect((await pulling.reportOf(runId)).said).toEqual([['conflict', A, 'somebody edited it in the studio while this pull ran; pull again'], ['conflict', B, 'its place was taken by another item while this pull ran']]);
    expect(await titles()).toEqual({ a: 'Here', other: 'Here' });
  });

  it('an item that is committed meanwhile is not overwritten with what its repository does not have', async () => {
    pulling.push({ [A]: page('a', 'First') });
    await pulling.pull();
    await edit('a', { title: 'Here' });
    pulling.push({ [A]: page('a', 'There') });
    const runId = await pulling.begin({ overwrite: true });
    await pulling.fetch(runId);
    await pulling.compare(runId);
    expect(await pulling.commit({ overwrite: true })).toEqual([A]);
    await pulling.apply(runId);
    await pulling.record(runId);
    expect((await pulling.reportOf(runId)).said).toEqual([['conflict', A, 'title', 'it was committed to the repository while this pull ran; pull again']]);
    expect(await titles()).toEqual({ a: 'Here' });
    expect(await pulling.commit()).toEqual([]);
  });

  it('what authors saved and the studio committed after the fetch is not undone by files that are older', async () => {
    const C = 'content/pages/c.md';
    pulling.push({ [A]: page('a', 'First'), [B]: page('b', 'Second'), [C]: page('c', 'Third') });
    await pulling.pull();
    const runId = await pulling.begin({ deleteMissing: true, overwrite: true });
    await pulling.fetch(runId);
    await edit('a', { title: 'Edited' });
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'b', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    await database.db.transaction((trx) => putContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'new', filename: 'new', title: 'New' }), by: null, reason: 'created' }));
    expect(await pulling.commit()).toHaveLength(3);
    await pulling.compare(runId);
    await pulling.apply(runId);
    await pulling.record(runId);
    const meanwhile = 'it was committed to the repository while this pull ran; pull again';
    expect((await pulling.reportOf(runId)).said).toEqual([['conflict', A, 'title', meanwhile], ['conflict', B, meanwhile], ['unchanged', C]]);
    expect(await titles()).toEqual({ a: 'Edited', c: 'Third', new: 'New' });
    expect((await pulling.pull({ deleteMissing: true })).report.counts).toMatchObject({ unchanged: 3, change: 0, add: 0, delete: 0, conflict: 0 });
    expect(await pulling.commit()).toEqual([]);
  });

  it.each(['compare', 'apply'] as const)('a page an author moves after ‘%s’ leaves the menu that was pulled to be committed', async (step) => {
    const uid = '11111111-1111-4111-8111-111111111111';
    const menus = 'config/_default/menus.yaml';
    pulling.push({ [A]: page(uid, 'First') });
    await pulling.pull();
    pulling.push({ [menus]: `leftnav:\n- identifier: ${uid}\n  name: First\n  pageRef: /pages/a\n  weight: 10\n` });
    const runId = await pulling.begin();
    await pulling.fetch(runId);
    await pulling.compare(runId);
    const move = () => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: uid, fromRevision: null, set: { filename: 'moved' }, by: null, reason: 'renamed' }));
    if (step === 'compare') await move();
    await pulling.apply(runId);
    if (step === 'apply') await move();
    await pulling.record(runId);
    expect((await pulling.commit()).sort()).toEqual([menus, 'content/pages/moved.md']);
    expect(pulling.show(menus)).toContain('pageRef: /pages/moved');
  });

  it('a push that comes after the fetch belongs to the next pull', async () => {
    pulling.push({ [A]: page('a', 'First') });
    const runId = await pulling.begin();
    const first = await pulling.fetch(runId);
    pulling.push({ [A]: page('a', 'Second') });
    expect(await pulling.fetch(runId)).toEqual(first);
    await pulling.compare(runId);
    const compared = await pulling.reportOf(runId);
    await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId: 'z', filename: 'z' }), by: null, reason: 'created' });
    await pulling.compare(runId);
    expect(await pulling.reportOf(runId)).toEqual(compared);
    await pulling.apply(runId);
    await pulling.record(runId);
    expect((await titles())['a']).toBe('First');
  });

  it('killed in the middle, the next try goes on with the rest and ends as if nothing had happened', async () => {
    const count = isFullSize ? 5_000 : 500;
    const files = (title: string): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`content/pages/p${index}.md`, page(`p${index}`, `${title} ${index}`)]));
    pulling.push(files('First'));
    await pulling.pull();
    pulling.push(files('Second'));
    const runId = await pulling.begin();
    await pulling.fetch(runId);
    await pulling.compare(runId);
    // The try is ended when it has said that the first hundred are done.
    const dying = tryOf();
    dying.on('heartbeat', () => dying.cancel('WORKER_SHUTDOWN'));
    await expect(dying.run((input: PullStepInput) => pulling.activities.applyPull(input), { runId, siteId: site.id, phase: 'apply' })).rejects.toThrow();
    const half = (await listContentItems(database.db, site.id)).filter((item) => item.revision === 2).length;
    expect(half).toBeGreaterThanOrEqual(100);
    expect(half).toBeLessThan(count);
    await pulling.apply(runId);
    expect((await pulling.record(runId)).summary).toBe(`${count.toLocaleString('en-US')} changed`);
    const items = await listContentItems(database.db, site.id);
    expect(items.filter((item) => item.revision !== 2 || item.title?.startsWith('Second') !== true)).toEqual([]);
    expect(await pulling.commit()).toEqual([]);
    // Recording twice changes nothing.
    await pulling.record(runId);
    expect(await pulling.commit()).toEqual([]);
  }, 300_000);
});

describe('requests', () => {
  it('are taken one by one in their order, and a pass that is opened twice is one', async () => {
    const input = { dryRun: true, deleteMissing: false, overwrite: false, allowOlder: false };
    const first = await makeRequest(database.db, { process: 'pull-content', siteId: site.id, version: null, input });
    const second = await makeRequest(database.db, { process: 'pull-content', siteId: site.id, version: null, input: { ...input, dryRun: false } });
    await makeRequest(database.db, { process: 'pull-content', version: null, input });
    const at = { siteId: site.id, workflowId: 'w', workflowRunId: first.id };
    const opened = await pulling.activities.openPull({ ...at, pass: 1 });
    expect(opened).toEqual({ runId: expect.any(String) as string, dryRun: true });
    expect(await pulling.activities.openPull({ ...at, pass: 1 })).toEqual(opened);
    const next = await pulling.activities.openPull({ ...at, pass: 2 });
    expect(next).toMatchObject({ dryRun: false });
    expect(await pulling.activities.openPull({ ...at, pass: 3 })).toEqual({ runId: null, dryRun: false });
    const runs = await database.db('run_requests').whereIn('id', [first.id, second.id]).orderBy('created_at').select<{ run_id: string }[]>('run_id');
    expect(runs.map((row) => row.run_id)).toEqual([opened.runId, next.runId]);
  });
});

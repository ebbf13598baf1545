import { beforeEach, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { deletionContracts } from '#api/contracts/deletions.ts';
import { findContentDeletion, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findDriveFile, moveDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import { itemsOf, linkTo, makeContentSite } from './support/content.ts';
import { makeRun } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, type SendOptions, useApi } from './support/testApi.ts';

const api = useApi();
let count = 0;
let name: string;
let siteId: string;
let olga: Caller;
let items: ReturnType<typeof itemsOf>;

beforeEach(async () => {
  await api.clear();
  name = `course-${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  items = itemsOf(api, name, olga);
});

const remove = (textId: string): Promise<Answer> => api.call('POST /api/v1/sites/:site/items/:item/deletion', olga, { params: { site: name, item: textId } });
const decide = (verb: 'undo' | 'now', body: SendOptions['body']): Promise<Answer> => api.call(`POST /api/v1/sites/:site/deletions/${verb}`, olga, { params: { site: name }, ...(body === undefined ? {} : { body }) });
const list = async (state = 'open') => deletionContracts['GET /api/v1/sites/:site/deletions'].response.parse((await api.call('GET /api/v1/sites/:site/deletions', olga, { params: { site: name }, query: { state } })).json);
const askedFor = (answer: Answer) => deletionContracts['POST /api/v1/sites/:site/items/:item/deletion'].response.parse(answer.json);

describe('deleting an item with its file', () => {
  test('leaves it where it is for thirty days, and asks the engine to see to it', async () => {
    const page = await items.made({ type: 'resource', title: 'Notes', file: `courses/${name}/notes.pdf` });
    const answer = await remove(page.textId);
    expect(answer.status).toBe(202);
    const { request, deletions } = askedFor(answer);
    expect(deletions).toMatchObject([{ request, item: { textId: page.textId, title: 'Notes' }, cause: 'person', state: 'pending', reason: null, requestedBy: 'olga', can: { undo: true, hasten: true } }]);
    expect(Date.parse(deletions[0]?.dueAt ?? '') - Date.now()).toBeGreaterThan(29 * 86_400_000);
    expect((await findContentDeletion(api.db, deletions[0]?.id ?? ''))?.s3Key).toBe(`courses/${name}/notes.pdf`);
    expect((await items.list()).json).toMatchObject({ total: 1 });
    expect(await listWaitingRequests(api.db, [siteId])).toMatchObject([{ id: request, process: 'delete-content' }]);
    expect(messageOf(await remove(page.textId))).toBe('‘Notes’ is on its way out already.');
  });

  test('takes a video’s captions with it, but for what another item names', async () => {
    const captions = await items.made({ type: 'resource', title: 'Captions' });
    const video = await items.made({ type: 'resource', title: 'Video', metadata: { video_files: { video_captions_resources: { content: [captions.textId], website: name } } } });
    const page = await items.made({ type: 'page', title: 'Page', markdown: linkTo(captions.textId) });
    expect(codeOf(await remove(video.textId))).toBe('referenced');
    await items.delete(page.textId, 1);
    expect(askedFor(await remove(video.textId)).deletions.map(({ item }) => item?.title).sort()).toEqual(['Captions', 'Video']);
  });

  test('is refused for what something names, what is deleted, what the site needs, and what is not there', async () => {
    const file = await items.made({ type: 'resource', title: 'Notes' });
    const page = await items.made({ type: 'page', title: 'Page', markdown: linkTo(file.textId) });
    expect([codeOf(await remove(file.textId)), messageOf(await remove(file.textId))]).toEqual(['referenced', '‘Notes’ cannot be deleted: one place names it. Take it out there first.']);
    await items.delete(page.textId, 1);
    expect(messageOf(await remove(page.textId))).toBe('‘Page’ was deleted already.');
    expect(codeOf(await remove('nothing'))).toBe('notFound');
    expect((await list('all')).total).toBe(0);
  });
});

test('an editor deletes no captions with a video that somebody else added', async () => {
  const emil = await api.person('emil@example.edu', [{ role: 'editor', siteId }]);
  const captions = await items.made({ type: 'resource', title: 'Captions' });
  const video = await itemsOf(api, name, emil).made({ type: 'resource', title: 'Video', metadata: { video_files: { video_captions_resources: { content: [captions.textId], website: name } } } });
  const answer = await api.call('POST /api/v1/sites/:site/items/:item/deletion', emil, { params: { site: name, item: video.textId } });
  expect([codeOf(answer), messageOf(answer)]).toEqual(['forbidden', expect.stringContaining('‘Captions’') as string]);
  expect((await list('all')).total).toBe(0);
});

describe('deciding about a deletion', () => {
  const ask = async (title: string) => askedFor(await remove((await items.made({ type: 'resource', title })).textId)).deletions[0] ?? { id: '', request: '' };

  test('undoes what waits at once, and has the engine bring back what went', async () => {
    const waiting = await ask('Waiting');
    const gone = await ask('Gone');
    await moveContentDeletion(api.db, gone.id, { state: 'done' });
    const before = (await listWaitingRequests(api.db, [siteId])).length;
    expect((await decide('undo', { ids: [waiting.id] })).json).toEqual({ changed: 1 });
    expect(await listWaitingRequests(api.db, [siteId])).toHaveLength(before);
    expect((await decide('undo', { request: gone.request })).json).toEqual({ changed: 1 });
    expect(await listWaitingRequests(api.db, [siteId])).toHaveLength(before + 1);
    expect((await list('all')).deletions.map(({ item, state }) => [item?.title, state]).sort()).toEqual([['Gone', 'undoing'], ['Waiting', 'undone']]);
    expect(messageOf(await decide('undo', { ids: [waiting.id] }))).toBe('There is nothing to undo: it was kept, or undone before.');
  });

  test('is remembered with the file from Google Drive, so that no sync that misses it takes the resource away', async () => {
    const page = await items.made({ type: 'resource', title: 'Notes' });
    const item = await findContentItem(api.db, siteId, page.textId);
    const ids = await recordFoundFiles(api.db, siteId, await makeRun(api.db, { siteId, version: null, process: 'sync-drive-folder', workflowId: `sync-drive-folder/${name}` }), [{ fileId: `of ${name}`, folder: 'files_final', path: '', name: 'notes.txt', mimeType: 'text/plain', md5: 'a', size: 1, modifiedAt: null, state: 'found', reason: null }]);
    const driveFileId = ids.get(`of ${name}`) ?? '';
    await moveDriveFile(api.db, driveFileId, { state: 'complete', itemId: item?.id ?? '' });
    const [deletion] = askedFor(await remove(page.textId)).deletions;
    expect((await decide('undo', { ids: [deletion?.id ?? ''] })).json).toEqual({ changed: 1 });
    expect(await findDriveFile(api.db, driveFileId)).toMatchObject({ state: 'complete', reason: { code: 'Undone' } });
  });

  test('has one done at once, also one that could not be done before', async () => {
    const waiting = await ask('Waiting');
    const stuck = await ask('Stuck');
    await moveContentDeletion(api.db, stuck.id, { state: 'going', reason: { code: 'DriveRefused', message: 'No.' } });
    expect((await decide('now', { ids: [waiting.id, stuck.id] })).status).toBe(202);
    expect((await findContentDeletion(api.db, waiting.id))?.dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
    expect(await findContentDeletion(api.db, stuck.id)).toMatchObject({ state: 'going', reason: null });
    expect(codeOf(await decide('now', { ids: [stuck.id] }))).toBe('wrongState');
  });

  test('is what brings an item back that went with its file', async () => {
    const gone = await ask('Gone');
    const row = await findContentDeletion(api.db, gone.id);
    await items.delete(row?.textId ?? '', 1);
    for (const state of ['going', 'undoing', 'done'] as const) {
      await moveContentDeletion(api.db, gone.id, { state });
      expect(messageOf(await items.undelete(row?.textId ?? ''))).toBe('‘Gone’ was deleted together with its file. Undo that deletion, which brings back both.');
    }
    await moveContentDeletion(api.db, gone.id, { state: 'undone' });
    expect((await items.undelete(row?.textId ?? '')).status).toBe(200);
  });

  test('changes nothing when one of them is not there or is another site’s', async () => {
    const waiting = await ask('Waiting');
    const other = await makeContentSite(api.db, `${name}-other`);
    expect(codeOf(await decide('undo', { ids: [waiting.id, uuidv7()] }))).toBe('notFound');
    await api.db('content_deletions').where({ id: waiting.id }).update({ site_id: other });
    expect(codeOf(await decide('undo', { ids: [waiting.id] }))).toBe('notFound');
    expect(codeOf(await decide('undo', { request: waiting.request }))).toBe('notFound');
    expect((await findContentDeletion(api.db, waiting.id))?.state).toBe('pending');
  });

  test('changes nothing of several when one of them cannot be undone any more', async () => {
    const [waiting, kept] = [await ask('Waiting'), await ask('Kept')];
    await moveContentDeletion(api.db, kept.id, { state: 'kept' });
    expect(codeOf(await decide('undo', { ids: [waiting.id, kept.id] }))).toBe('wrongState');
    expect((await findContentDeletion(api.db, waiting.id))?.state).toBe('pending');
  });
});

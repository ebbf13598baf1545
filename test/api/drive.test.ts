import { beforeAll, describe, expect, test } from 'vitest';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { moveDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { keepDriveFolderId, noteDriveFoldersMade } from '#db/queries/driveFolders.ts';
import { insertDriveRunFiles } from '#db/queries/driveRunFiles.ts';
import { openRun, recordPhase } from '#db/queries/runs.ts';
import { upsertStarter } from '#db/queries/starters.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';
import { makeServiceAccount } from '#local/standins/drive/serviceAccount.mjs';
import { makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const api = useApi({ env: () => ({ ...temporal.env, DRIVE_SHARED_ID: '0ADrive', DRIVE_SERVICE_ACCOUNT_CREDS: makeServiceAccount('studio@local.iam.gserviceaccount.com').credentials }) });
let siteId: string;
let olga: Caller;
let emil: Caller;
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  emil = await api.person('emil@example.edu', [{ role: 'editor', siteId }]);
});

const algebra = { params: { site: 'algebra' } };
const status = async () => (await api.call('GET /api/v1/sites/:site/drive', emil, algebra)).json;

/** The execution of a workflow that nobody works on. */
async function executionOf(workflowId: string) {
  const client = createTemporalClient(api.config);
  try {
    const handle = client.workflow.getHandle(workflowId);
    const { runId, type } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal == null ? [] : [{ name: signal.signalName, said: JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString('utf8')) as unknown }]));
    return { runId, type, signals };
  } finally {
    await client.connection.close();
  }
}

test('a new site gets its folders in Google Drive', async () => {
  await upsertStarter(api.db, { slug: 'ocw-course-v2', path: 'ocw-course-v2', commit: 'c0ffee', config: makeSiteConfig() });
  const gus = await api.person('gus@example.edu', [{ role: 'global_author' }]);
  expect((await api.call('POST /api/v1/sites', gus, { body: { title: 'New', shortId: 'new', starter: 'ocw-course-v2' } })).status).toBe(201);
  const row = await api.db('sites').where({ name: 'new' }).first<{ id: string }>('id');
  expect(await api.db('run_requests').where({ site_id: row.id, process: 'create-drive-folders' }).select('requested_by')).toEqual([{ requested_by: gus.userId }]);
  expect(await executionOf(createDriveFoldersContract.workflowId('new'))).toMatchObject({ type: 'createDriveFolders' });
});

describe('a site’s files in Google Drive', () => {
  test('are asked for by whoever writes the site, with a row and a hint', async () => {
    expect(await status()).toEqual({ isSetUp: true, folderUrl: null, newest: null, asks: null, outcomes: null, can: { sync: true, decide: false } });
    const answer = await api.call('POST /api/v1/sites/:site/drive/syncs', emil, algebra);
    expect(answer.status).toBe(202);
    const request = answer.json as RunRequest;
    expect(request).toMatchObject({ process: 'sync-drive-folder', site: 'algebra', state: 'queued' });
    expect(await executionOf(syncDriveFolderContract.workflowId('algebra'))).toMatchObject({ type: 'syncDriveFolder', signals: [{ name: 'syncRequested', said: { reason: 'person', requestId: request.id } }] });
  });

  test('have a report, file by file, and one that failed is brought over by itself', async () => {
    const { runId } = await openRun(api.db, { process: 'sync-drive-folder', siteId, version: null, workflowId: syncDriveFolderContract.workflowId('algebra'), workflowRunId: 'an-earlier-one', pass: 1, frozen: {} });
    const found = { folder: 'files_final', path: '', mimeType: 'text/plain', md5: 'a', size: 1, modifiedAt: null, reason: null } as const;
    const ids = await recordFoundFiles(api.db, siteId, runId, [{ ...found, fileId: 'f/1', name: 'a.txt', state: 'complete' }, { ...found, fileId: 'f2', name: 'b.txt', state: 'failed' }]);
    await insertDriveRunFiles(api.db, runId, [
      { ...found, fileId: 'f/1', name: 'a.txt', outcome: 'streamed', reason: null },
      { ...found, fileId: 'f2', name: 'b.txt', outcome: 'failed', reason: { code: 'DriveFileChanged', message: 'It was changed.' } },
      { ...found, fileId: 'f3', name: 'c.txt', outcome: 'skipped', reason: { code: 'OtherSite', message: 'It is another site’s.' } },
    ]);
    const params = { run: runId };
    expect((await api.call('GET /api/v1/drive-syncs/:run/files', emil, { params, query: { limit: '2' } })).json).toMatchObject({ total: 3, files: [{ id: ids.get('f/1'), url: 'https://drive.google.com/file/d/f%2F1/view', outcome: 'streamed' }, { id: ids.get('f2'), outcome: 'failed', reason: { message: 'It was changed.' } }] });
    expect((await api.call('GET /api/v1/drive-syncs/:run/files', emil, { params, query: { outcome: 'skipped' } })).json).toMatchObject({ total: 1, files: [{ id: null, name: 'c.txt' }] });
    await api.db('drive_files').where({ id: ids.get('f/1') }).update({ state: 'skipped', reason: JSON.stringify({ code: 'Shortcut', message: 'This is a shortcut.' }) });
    expect(messageOf(await api.call('POST /api/v1/sites/:site/drive/files/:file/retry', emil, { params: { site: 'algebra', file: ids.get('f/1') ?? '' } }))).toBe('This is a shortcut.');
    await api.db('drive_files').where({ id: ids.get('f/1') }).update({ state: 'trashed', reason: null });
    expect(codeOf(await api.call('POST /api/v1/sites/:site/drive/files/:file/retry', emil, { params: { site: 'algebra', file: ids.get('f/1') ?? '' } }))).toBe('wrongState');
    const answer = await api.call('POST /api/v1/sites/:site/drive/files/:file/retry', emil, { params: { site: 'algebra', file: ids.get('f2') ?? '' } });
    expect(answer.status).toBe(202);
    expect(await api.db('run_requests').where({ id: (answer.json as RunRequest).id }).first('process', 'input')).toEqual({ process: 'ingest-drive-file', input: { driveFileId: ids.get('f2') } });
    expect(await executionOf(ingestDriveFileContract.workflowId(ids.get('f2') ?? ''))).toMatchObject({ type: 'ingestDriveFile' });
  });

  test('are listed by name and state, with their resources', async () => {
    const site = await makeSite(api.db, 'listed');
    const runId = await openRun(api.db, { process: 'sync-drive-folder', siteId: site, version: null, workflowId: 'sync-drive-folder/listed', workflowRunId: 'first', pass: 1, frozen: {} }).then((run) => run.runId);
    const found = { folder: 'files_final', mimeType: 'text/plain', md5: 'a', size: 1, modifiedAt: null, reason: null } as const;
    const ids = await recordFoundFiles(api.db, site, runId, [{ ...found, path: '', fileId: 'l1', name: 'a.txt', state: 'complete' }, { ...found, path: 'week 1', fileId: 'l2', name: 'a.txt', state: 'failed' }, { ...found, path: '', fileId: 'l3', name: 'b.txt', state: 'complete' }]);
    const item = await api.db.transaction((trx) => createContentItem(trx, { siteId: site, item: makeContentItem({ textId: 'a-txt', title: 'Notes' }), by: null, reason: 'created' }));
    await moveDriveFile(api.db, ids.get('l1') ?? '', { state: 'complete', itemId: item.id });
    const list = async (query: Record<string, string>) => (await api.call('GET /api/v1/sites/:site/drive/files', await api.person('lena@example.edu', [{ role: 'editor', siteId: site }]), { params: { site: 'listed' }, query })).json;
    expect(await list({ name: 'a.txt' })).toMatchObject({ total: 2, files: [{ id: ids.get('l1'), path: '', state: 'complete', item: { textId: 'a-txt', title: 'Notes' }, url: 'https://drive.google.com/file/d/l1/view' }, { id: ids.get('l2'), path: 'week 1', state: 'failed', item: null }] });
    expect(await list({ state: 'failed' })).toMatchObject({ total: 1, files: [{ id: ids.get('l2') }] });
    expect(await list({ limit: '1', offset: '2' })).toMatchObject({ total: 3, files: [{ id: ids.get('l2') }] });
  });

  test('of another site are not found under this one', async () => {
    const other = await makeSite(api.db, 'geometry');
    const { runId } = await openRun(api.db, { process: 'sync-drive-folder', siteId: other, version: null, workflowId: 'sync-drive-folder/geometry', workflowRunId: 'first', pass: 1, frozen: {} });
    const ids = await recordFoundFiles(api.db, other, runId, [{ fileId: 'g1', folder: 'files_final', path: '', name: 'g.txt', mimeType: 'text/plain', md5: 'a', size: 1, modifiedAt: null, state: 'failed', reason: null }]);
    expect((await api.call('POST /api/v1/sites/:site/drive/files/:file/retry', olga, { params: { site: 'algebra', file: ids.get('g1') ?? '' } })).status).toBe(404);
    expect((await api.call('GET /api/v1/drive-syncs/:run/files', olga, { params: { run: runId } })).status).toBe(403);
  });
});

describe('many files that are missing', () => {
  test('wait for an owner or admin, and their word goes to the sync', async () => {
    await keepDriveFolderId(api.db, siteId, 'site', 'folder-1');
    await noteDriveFoldersMade(api.db, siteId);
    const workflowId = syncDriveFolderContract.workflowId('algebra');
    const { runId: workflowRunId } = await executionOf(workflowId);
    const { runId } = await openRun(api.db, { process: 'sync-drive-folder', siteId, version: null, workflowId, workflowRunId, pass: 1, frozen: {} });
    const params = { run: runId };
    expect(messageOf(await api.call('POST /api/v1/drive-syncs/:run/confirm-removal', olga, { params }))).toContain('asks nothing');
    await recordPhase(api.db, { runId, phase: 'remove', state: 'running', counts: { missing: 31, known: 100 } });
    expect(await status()).toMatchObject({ folderUrl: 'https://drive.google.com/drive/folders/folder-1/', newest: { id: runId }, asks: { missing: 31, known: 100 } });
    expect((await api.call('POST /api/v1/drive-syncs/:run/confirm-removal', emil, { params })).status).toBe(403);
    expect((await api.call('POST /api/v1/drive-syncs/:run/refuse-removal', olga, { params })).status).toBe(202);
    expect((await api.call('POST /api/v1/drive-syncs/:run/confirm-removal', olga, { params })).status).toBe(202);
    expect((await executionOf(workflowId)).signals.slice(-2)).toEqual([{ name: 'massDeleteRefused', said: { runId } }, { name: 'massDeleteConfirmed', said: { runId } }]);
    await recordPhase(api.db, { runId, phase: 'remove', state: 'done', counts: { removed: 0, kept: 31 } });
    expect((await status()) as object).toMatchObject({ asks: null });
    expect(codeOf(await api.call('POST /api/v1/drive-syncs/:run/confirm-removal', olga, { params }))).toBe('wrongState');
    await recordPhase(api.db, { runId, phase: 'remove', state: 'running', counts: { missing: 31, known: 100 } });
    await api.db('runs').where({ id: runId }).update({ state: 'terminated' });
    expect((await status()) as object).toMatchObject({ asks: null });
  });
});

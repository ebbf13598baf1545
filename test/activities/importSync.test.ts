import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { createImportSyncActivities } from '#activities/importSync.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findRun, moveRun } from '#db/queries/runs.ts';
import { noSyncTotals, SOURCE_ETAG } from '#domain/importSync.ts';
import { type Config } from '#config/load.ts';
import { makeConfig } from '../factories/config.ts';
import { readBucket, useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { runActivity, tryOf } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
let config: Config;
let activities: ReturnType<typeof createImportSyncActivities>;

beforeEach(async () => {
  await database.clear();
  config = makeConfig({ STUDIO_INSTALLATION: 'test', ...buckets.env });
  activities = createImportSyncActivities({ config, db: database.db, s3: buckets.s3, log: pino({ level: 'silent' }) });
  for (const bucket of [config.importBucket, config.storageBucket]) {
    const keys: string[] = [];
    for await (const { key } of buckets.s3.list(bucket, '')) keys.push(key);
    if (keys.length > 0) await buckets.s3.remove(bucket, keys);
  }
});

const put = (bucket: string, key: string, body: string, metadata: Record<string, string> = {}) => buckets.s3.put(bucket, key, body, { contentType: 'application/pdf', metadata });
const open = (pass = 1, workflowRunId = uuidv7(), isScheduled = true) => activities.openImportSync({ workflowId: 'sync-import-bucket', workflowRunId, pass, isScheduled });
const ask = (dryRun: boolean) => insertRunRequest(database.db, { process: 'sync-import-bucket', requestedBy: null, input: { dryRun } });
async function sync(dryRun = false, heartbeatDetails?: unknown) {
  const opened = await open();
  const runId = opened.runId ?? '';
  const copied = await runActivity((input: Parameters<typeof activities.copyImports>[0]) => activities.copyImports(input), { runId, phase: 'copy', dryRun }, heartbeatDetails === undefined ? {} : { heartbeatDetails });
  await moveRun(database.db, { runId, state: 'succeeded' });
  return copied;
}

describe('a sync', () => {
  it('copies what storage lacks or has differently, under the same key with type and metadata, and removes nothing', async () => {
    await put(config.importBucket, 'courses/a/notes.pdf', 'notes', { 'site-id': 'a' });
    await put(config.importBucket, 'courses/b/ünïcode & space+plus.pdf', 'text');
    await put(config.importBucket, 'same.pdf', 'same');
    await put(config.storageBucket, 'same.pdf', 'same');
    await put(config.storageBucket, 'only-here.pdf', 'kept');
    await put(config.importBucket, 'other-size.pdf', 'longer than before');
    await put(config.storageBucket, 'other-size.pdf', 'short');
    const copied = await sync();
    expect(copied).toMatchObject({ counts: { compared: 4, copied: 3, bytes: 5 + 4 + 18 }, named: ['courses/a/notes.pdf', 'courses/b/ünïcode & space+plus.pdf', 'other-size.pdf'] });
    const there = await readBucket(buckets.s3, buckets.direct, config.storageBucket);
    expect(Object.fromEntries(Object.entries(there).map(([key, object]) => [key, object.body]))).toEqual({ 'courses/a/notes.pdf': 'notes', 'courses/b/ünïcode & space+plus.pdf': 'text', 'same.pdf': 'same', 'only-here.pdf': 'kept', 'other-size.pdf': 'longer than before' });
    expect(there['courses/a/notes.pdf']).toMatchObject({ contentType: 'application/pdf', metadata: { 'site-id': 'a', [SOURCE_ETAG]: expect.stringMatching(/^[0-9a-f]{32}$/) as string } });
  });

  it('a second time copies nothing, also of what was stored in parts', async () => {
    const key = 'videos/large.mp4';
    const created = await buckets.direct.send(new CreateMultipartUploadCommand({ Bucket: config.importBucket, Key: key }));
    const parts = [];
    for (const [index, body] of [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')].entries()) {
      const part = await buckets.direct.send(new UploadPartCommand({ Bucket: config.importBucket, Key: key, UploadId: created.UploadId, PartNumber: index + 1, Body: body }));
      parts.push({ ETag: part.ETag, PartNumber: index + 1 });
    }
    await buckets.direct.send(new CompleteMultipartUploadCommand({ Bucket: config.importBucket, Key: key, UploadId: created.UploadId, MultipartUpload: { Parts: parts } }));
    await put(config.importBucket, 'small.pdf', 'small');
    expect((await sync()).counts).toMatchObject({ compared: 2, copied: 2 });
    const etagOf = async (bucket: string) => (await buckets.direct.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ETag;
    // That is the point: the two ETags differ although the bytes do not.
    expect(await etagOf(config.importBucket)).not.toBe(await etagOf(config.storageBucket));
    expect((await sync()).counts).toEqual({ compared: 2, copied: 0, bytes: 0 });
  });

  it('copies an object that was replaced by one of the same size', async () => {
    await put(config.importBucket, 'a.pdf', 'one');
    await sync();
    await put(config.importBucket, 'a.pdf', 'two');
    expect((await sync()).counts).toMatchObject({ copied: 1 });
    expect((await readBucket(buckets.s3, buckets.direct, config.storageBucket))['a.pdf']?.body).toBe('two');
  });

  it('finds keys of every script again, for both lists are in the order of their bytes', async () => {
    for (const key of ['B.pdf', 'a.pdf', 'é.pdf', '～.pdf', '😀.pdf']) for (const bucket of [config.importBucket, config.storageBucket]) await put(bucket, key, key);
    expect((await sync()).counts).toEqual({ compared: 5, copied: 0, bytes: 0 });
  });

  it('that only counts copies nothing', async () => {
    await put(config.importBucket, 'a.pdf', 'one');
    expect(await sync(true)).toMatchObject({ summary: '1 file of 1 would be copied, 3 B', named: ['a.pdf'] });
    expect(await readBucket(buckets.s3, buckets.direct, config.storageBucket)).toEqual({});
  });

  it('goes on behind the last key that was reported', async () => {
    for (const key of ['a', 'b', 'c']) await put(config.importBucket, key, key);
    const copied = await sync(false, { after: 'b', totals: { ...noSyncTotals, compared: 2, copied: 2, bytes: 2 }, named: ['a', 'b'] });
    expect(copied).toMatchObject({ counts: { compared: 3, copied: 3, bytes: 3 }, named: ['a', 'b', 'c'] });
    expect(Object.keys(await readBucket(buckets.s3, buckets.direct, config.storageBucket))).toEqual(['c']);
  });

  it('reports where it stands', async () => {
    await put(config.importBucket, 'a', 'a');
    const told: unknown[] = [];
    const { runId } = await open();
    const environment = tryOf();
    environment.on('heartbeat', (details: unknown) => void told.push(details));
    await environment.run((input: Parameters<typeof activities.copyImports>[0]) => activities.copyImports(input), { runId: runId ?? '', phase: 'copy', dryRun: false });
    expect(told.at(-1)).toEqual({ after: 'a', totals: { compared: 1, copied: 1, bytes: 1 }, named: ['a'] });
  });

  it('is refused where both buckets are one', async () => {
    const same = createImportSyncActivities({ config: { ...config, importBucket: config.storageBucket }, db: database.db, s3: buckets.s3, log: pino({ level: 'silent' }) });
    await expect(runActivity(() => same.copyImports({ runId: uuidv7(), phase: 'copy', dryRun: true }), undefined)).rejects.toThrow('AWS_IMPORT_STORAGE_BUCKET_NAME');
  });
});

describe('opening a sync', () => {
  it('on schedule needs no request, and gives way to one that is at work', async () => {
    const first = await open();
    expect(first).toMatchObject({ isBusy: false, dryRun: false });
    expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ process: 'sync-import-bucket', state: 'running' });
    expect(await open()).toEqual({ runId: null, isBusy: true, dryRun: false });
  });

  it('takes the requests that want the same, one pass after the other, and is found again', async () => {
    const asked = [await ask(true), await ask(true), await ask(false)];
    const execution = uuidv7();
    const first = await open(1, execution, false);
    expect(first).toMatchObject({ dryRun: true });
    expect(await open(1, execution, false)).toEqual(first);
    const second = await open(2, execution, false);
    expect(second).toMatchObject({ dryRun: false });
    const rows = await database.db('run_requests').orderBy('created_at').select<{ id: string; run_id: string }[]>('id', 'run_id');
    expect(rows).toEqual([{ id: asked[0]?.id, run_id: first.runId }, { id: asked[1]?.id, run_id: first.runId }, { id: asked[2]?.id, run_id: second.runId }]);
    expect(await open(3, execution, false)).toEqual({ runId: null, isBusy: false, dryRun: false });
  });
});

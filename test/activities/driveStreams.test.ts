import { createHash } from 'node:crypto';
import { HeadObjectCommand, ListMultipartUploadsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDriveStreamsActivities, type StreamedDriveFile } from '#activities/driveStreams.ts';
import { createDrive } from '#clients/drive.ts';
import type { S3 } from '#clients/s3.ts';
import { driveEgressToday } from '#db/queries/driveEgress.ts';
import { claimDriveKey, findDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { insertDriveRunFiles, listDriveRunFiles } from '#db/queries/driveRunFiles.ts';
import { adoptInstallation } from '#db/queries/installation.ts';
import { makeConfig } from '../factories/config.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { useDrive } from '../support/useDrive.ts';
import { tryOf } from './support/runActivity.ts';

const MIB = 1024 ** 2;
const PART = 5 * MIB;
const SIZE = 3 * PART + 1_000;
const database = useDatabase();
const buckets = useBuckets();
const world = useDrive();
let names = 0;
beforeAll(async () => {
  await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: configOf().storageBucket, VersioningConfiguration: { Status: 'Enabled' } }));
});
beforeEach(async () => {
  await database.clear();
  buckets.proxy.journal.length = 0;
});

type StreamInput = Parameters<ReturnType<typeof createDriveStreamsActivities>['streamDriveFile']>[0];
const configOf = (env: Record<string, string> = {}) => makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env, ...buckets.env, ...env });

/** A file in Drive with its row and its key, and a way to stream it. */
async function prepare(wish: Record<string, unknown>, env: Record<string, string> = {}, s3 = buckets.s3) {
  names += 1;
  const name = `file-${names}${wish['do'] === 'native' ? '' : '.mp4'}`;
  const [item] = await world.person.act({ do: 'put', path: `/stream/${name}`, ...wish });
  const site = await makeSite(database.db);
  const config = configOf(env);
  const drive = createDrive(config);
  const file = await drive.get(item?.id ?? '');
  const runId = await makeRun(database.db, { siteId: site.id });
  const ids = await recordFoundFiles(database.db, site.id, runId, [{ fileId: file.id, folder: 'files_final', path: '', name, mimeType: file.mimeType, md5: file.md5, size: file.sizeBytes, modifiedAt: file.modifiedTime, state: 'found', reason: null }]);
  const driveFileId = ids.get(file.id) ?? '';
  const key = (await claimDriveKey(database.db, driveFileId, `courses/${name}`)) ?? '';
  const activities = createDriveStreamsActivities({ config, db: database.db, drive, s3 }, { partBytes: PART });
  let details: unknown;
  return {
    id: file.id,
    driveFileId,
    runId,
    key,
    md5: file.md5,
    bucket: config.storageBucket,
    activities,
    /** One try; what it reported is what the next one begins with. `onBeat` hears each report. */
    async stream(onBeat?: (environment: ReturnType<typeof tryOf>) => void): Promise<StreamedDriveFile> {
      const environment = tryOf({ heartbeatDetails: details });
      environment.on('heartbeat', (told: unknown) => {
        details = told;
        onBeat?.(environment);
      });
      return environment.run((input: StreamInput): Promise<StreamedDriveFile> => activities.streamDriveFile(input), { driveFileId });
    },
    forget: () => void (details = undefined),
    /** An upload that another try left, with these parts of the file as it is, and what it reported. */
    async leave(partBytes: number, numbers: readonly number[], md5 = file.md5): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of (await drive.openMedia(file.id)).bytes) chunks.push(chunk);
      const upload = await buckets.s3.parts.begin(config.storageBucket, key, { contentType: file.mimeType });
      for (const number of numbers) await buckets.s3.parts.put(upload, number, Buffer.concat(chunks).subarray((number - 1) * partBytes, number * partBytes));
      details = { uploadId: upload.uploadId, md5, partBytes, parts: numbers.length };
    },
    async stored() {
      const head = await buckets.s3.head(config.storageBucket, key);
      const body = await buckets.s3.get(config.storageBucket, key);
      if (head === null || body === null) return null;
      const { ContentDisposition: disposition } = await buckets.direct.send(new HeadObjectCommand({ Bucket: config.storageBucket, Key: key }));
      return { size: head.size, type: head.contentType, disposition, versionId: head.versionId, md5: createHash('md5').update(body).digest('hex') };
    },
    async unfinished() {
      const listed = await buckets.direct.send(new ListMultipartUploadsCommand({ Bucket: config.storageBucket }));
      return (listed.Uploads ?? []).filter((upload) => upload.Key === key).length;
    },
    row: () => findDriveFile(database.db, driveFileId),
  };
}
const large = { bytes: SIZE };
const MEDIA = /^GET \/drive\/v3\/files\/[^/]+$/;
const mediaReads = () => world.journal.filter((entry) => entry.method === 'GET' && entry.path.includes('alt=media')).length;
const partsSent = () => buckets.proxy.journal.filter((entry) => entry.method === 'PUT' && JSON.stringify(entry).includes('partNumber')).length;

/** Does something at the second report of a stream: the first is made before any part is sent. Which part of those under way is there first is open. */
function onceAPartIsThere(then: (environment: ReturnType<typeof tryOf>) => void): (environment: ReturnType<typeof tryOf>) => void {
  let reports = 0;
  return (environment) => {
    reports += 1;
    if (reports === 2) then(environment);
  };
}

/** A bucket to which parts get only once it is opened. */
function heldParts(): { readonly s3: S3; readonly arrived: () => number; readonly open: () => void } {
  const { s3 } = buckets;
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const put: S3['parts']['put'] = async (...given) => {
    arrived += 1;
    await opened;
    return s3.parts.put(...given);
  };
  return { s3: { ...s3, parts: { ...s3.parts, put } }, arrived: () => arrived, open };
}

describe('a file', () => {
  it('of several parts says in the report how much of it is there', async () => {
    const file = await prepare(large);
    await insertDriveRunFiles(database.db, file.runId, [{ fileId: file.id, folder: 'files_final', path: '', name: 'a', outcome: 'waiting', reason: null }]);
    await tryOf({}).run((input: StreamInput): Promise<StreamedDriveFile> => file.activities.streamDriveFile(input), { driveFileId: file.driveFileId, runId: file.runId });
    expect(await listDriveRunFiles(database.db, file.runId, { limit: 1, offset: 0 })).toMatchObject([{ outcome: 'waiting', bytes: SIZE }]);
  });

  it('of several parts is stored with its sum, its type and its place in the row', async () => {
    const file = await prepare(large);
    expect(await file.stream()).toMatchObject({ bytes: SIZE, size: SIZE });
    const stored = await file.stored();
    expect(stored).toEqual({ size: SIZE, type: 'video/mp4', disposition: 'attachment', versionId: expect.any(String) as string, md5: file.md5 });
    expect(await file.row()).toMatchObject({ state: 'stored', storedMd5: file.md5, s3VersionId: stored?.versionId, reason: null });
    expect(await file.unfinished()).toBe(0);
    expect(await driveEgressToday(database.db)).toBe(SIZE);
  });

  it('that ends with a part has no empty one behind it', async () => {
    const file = await prepare({ bytes: 2 * PART });
    await file.stream();
    expect(await file.stored()).toMatchObject({ size: 2 * PART, md5: file.md5 });
  });

  it.each([0, 1, 1_000])('of %i bytes is put whole', async (bytes) => {
    const file = await prepare(bytes === 0 ? { text: '' } : { bytes });
    expect(await file.stream()).toMatchObject({ bytes, size: bytes });
    expect(await file.stored()).toMatchObject({ size: bytes, disposition: 'attachment', md5: file.md5 });
  });

  it('that is stored already is not read from Drive again', async () => {
    const file = await prepare(large);
    await file.stream();
    const before = mediaReads();
    expect(before).toBeGreaterThan(0);
    file.forget();
    expect(await file.stream()).toMatchObject({ bytes: 0, size: SIZE });
    expect(mediaReads()).toBe(before);
  });

  it('is not taken for stored by its mark, where other bytes lie under it', async () => {
    const file = await prepare({ bytes: 1_000 });
    const facts = { contentType: 'video/mp4', metadata: { 'drive-md5': file.md5 ?? '' } };
    await buckets.s3.put(file.bucket, file.key, Buffer.alloc(1_000), facts);
    expect(await file.stream()).toMatchObject({ bytes: 1_000 });
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
    // Nor where it was stored once, and written over since.
    await buckets.s3.put(file.bucket, file.key, Buffer.alloc(1_000), facts);
    expect(await file.stream()).toMatchObject({ bytes: 1_000 });
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
  });

  it('is read no further than there are parts on their way', async () => {
    const held = heldParts();
    const file = await prepare(large, {}, held.s3);
    const streaming = file.stream();
    await until('two parts are on their way', () => Promise.resolve(held.arrived() === 2));
    // Meanwhile another file is read to its end.
    await (await prepare(large)).stream();
    expect(held.arrived()).toBe(2);
    held.open();
    await streaming;
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
  });

  it('of Google’s own is stored as PDF', async () => {
    const file = await prepare({ do: 'native', text: 'Syllabus' });
    const { size } = await file.stream();
    expect(await file.stored()).toMatchObject({ size, type: 'application/pdf', disposition: undefined });
    expect(size).toBeGreaterThan(0);
    // As much as Google may send, since it does not say beforehand.
    expect(await driveEgressToday(database.db)).toBe(10 * MIB);
    const late = await prepare({ do: 'native', text: 'Syllabus' }, { DRIVE_DAILY_EGRESS_BYTES: String(20 * MIB - 1) });
    await expect(late.stream()).rejects.toMatchObject({ type: 'DriveQuotaSpent' });
    expect(await late.stored()).toBeNull();
  });

  it('is not copied from a copy of the database', async () => {
    await adoptInstallation(database.db, 'test');
    const file = await prepare({ bytes: 1_000 }, { STUDIO_INSTALLATION: 'copy' });
    await expect(file.stream()).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(await file.stored()).toBeNull();
  });
});

describe('a stream that breaks', () => {
  it('goes on from the last part, and is checked against what lies in the bucket', async () => {
    const file = await prepare(large);
    world.addFault({ fault: 'cut', match: MEDIA, query: /alt=media/, afterBytes: 2 * PART + 100 });
    await expect(file.stream()).rejects.toMatchObject({ name: 'DriveError', kind: 'unavailable' });
    expect(await file.unfinished()).toBe(1);
    expect(await file.stream()).toMatchObject({ bytes: SIZE - 2 * PART, size: SIZE });
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
    expect(await file.unfinished()).toBe(0);
  });

  it.each([
    ['lie behind a gap', PART, [1, 3], undefined, SIZE - PART],
    ['have another size', PART + MIB, [1], undefined, SIZE],
    ['are of another state of the file', PART, [1], 'a'.repeat(32), SIZE],
  ] as const)('does not go on with parts that %s', async (_are, partBytes, numbers, md5, bytes) => {
    const file = await prepare(large);
    await file.leave(partBytes, numbers, md5);
    expect(await file.stream()).toMatchObject({ bytes, size: SIZE });
    expect(await file.stored()).toMatchObject({ size: SIZE, md5: file.md5 });
    expect(await file.unfinished()).toBe(0);
  });

  it('ends when the parts that are on their way have arrived', async () => {
    const held = heldParts();
    const file = await prepare(large, {}, held.s3);
    world.addFault({ fault: 'cut', match: MEDIA, query: /alt=media/, afterBytes: PART + 100 });
    let isEnded = false;
    const broken = file.stream().catch(() => void (isEnded = true));
    await until('a part is on its way', () => Promise.resolve(held.arrived() === 1));
    // Meanwhile another file is read to its end.
    await (await prepare(large)).stream();
    expect(isEnded).toBe(false);
    held.open();
    await broken;
    expect(await file.stream()).toMatchObject({ bytes: SIZE - PART });
  });

  it('again and again ends in one object, however often', async () => {
    const file = await prepare(large);
    let tries = 0;
    for (let isDone = false; !isDone; tries += 1) {
      if (tries < 3) world.addFault({ fault: 'cut', match: MEDIA, query: /alt=media/, afterBytes: PART + 100 });
      isDone = await file.stream().then(() => true, (error: { name?: string }) => {
        if (error.name !== 'DriveError') throw error;
        return false;
      });
    }
    expect(tries).toBe(4);
    expect(await file.stored()).toMatchObject({ size: SIZE, md5: file.md5 });
    expect(await file.unfinished()).toBe(0);
  });

  it('before its upload was reported leaves none behind', async () => {
    const file = await prepare(large);
    world.addFault({ fault: '500', match: MEDIA, query: /alt=media/ });
    await expect(file.stream()).rejects.toMatchObject({ kind: 'unavailable' });
    file.forget();
    await file.stream();
    expect(await file.unfinished()).toBe(0);
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
  });

  it('when a worker stops is left for the next one; when a person cancels it nothing is left', async () => {
    const stopped = await prepare(large);
    await expect(stopped.stream(onceAPartIsThere((environment) => environment.cancel('WORKER_SHUTDOWN')))).rejects.toBeDefined();
    expect(await stopped.unfinished()).toBe(1);
    await stopped.stream();
    expect(await stopped.stored()).toMatchObject({ md5: stopped.md5 });
    const cancelled = await prepare(large);
    await expect(cancelled.stream(onceAPartIsThere((environment) => environment.cancel('CANCELLED')))).rejects.toBeDefined();
    await until('the parts are taken away', async () => (await cancelled.unfinished()) === 0);
    expect(await cancelled.stored()).toBeNull();
  });

  it('for good has its parts taken away', async () => {
    const file = await prepare(large);
    world.addFault({ fault: 'cut', match: MEDIA, query: /alt=media/, afterBytes: PART + 100 });
    await expect(file.stream()).rejects.toBeDefined();
    await file.activities.discardDriveUpload({ driveFileId: file.driveFileId });
    expect(await file.unfinished()).toBe(0);
    // Whoever tries once more finds his upload gone and begins another.
    await file.stream();
    expect(await file.stored()).toMatchObject({ md5: file.md5 });
  });
});

describe('bytes that are not those that were listed', () => {
  it('because the file was changed are not stored', async () => {
    const file = await prepare(large);
    await world.person.act({ do: 'replace', id: file.id, bytes: SIZE, seed: 'other' });
    await expect(file.stream()).rejects.toMatchObject({ type: 'DriveFileChanged' });
    expect(await file.stored()).toBeNull();
    expect(await file.unfinished()).toBe(0);
  });

  it('nor are those of one that is put whole', async () => {
    const file = await prepare({ bytes: 1_000 });
    await world.person.act({ do: 'replace', id: file.id, bytes: 1_000, seed: 'other' });
    await expect(file.stream()).rejects.toMatchObject({ type: 'DriveFileChanged' });
    expect(await file.stored()).toBeNull();
  });

  it.each([SIZE - 1_000, SIZE + 1_000])('nor those of a file that has %i bytes now', async (bytes) => {
    const file = await prepare(large);
    await world.person.act({ do: 'replace', id: file.id, bytes, seed: 'other' });
    await expect(file.stream()).rejects.toMatchObject({ type: 'DriveFileChanged' });
    expect(await file.stored()).toBeNull();
  });

  it('nor those of one that was changed between two tries', async () => {
    const file = await prepare(large);
    world.addFault({ fault: 'cut', match: MEDIA, query: /alt=media/, afterBytes: PART + 100 });
    await expect(file.stream()).rejects.toMatchObject({ kind: 'unavailable' });
    await world.person.act({ do: 'replace', id: file.id, bytes: SIZE, seed: 'other' });
    await expect(file.stream()).rejects.toMatchObject({ type: 'DriveFileChanged' });
    expect(await file.stored()).toBeNull();
  });
});

it('what a day may read ends in a part, and goes on there the next day', async () => {
  const file = await prepare(large, { DRIVE_DAILY_EGRESS_BYTES: String(2 * PART) });
  const error: unknown = await file.stream().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ type: 'DriveQuotaSpent', retryAfterMs: expect.any(Number) as number });
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(24 * 60 * 60 * 1_000);
  expect(await driveEgressToday(database.db)).toBe(2 * PART);
  await database.db('drive_egress').update({ day: database.db.raw(`day - 1`) });
  expect(await file.stream()).toMatchObject({ bytes: SIZE - 2 * PART, size: SIZE });
  expect(await file.stored()).toMatchObject({ md5: file.md5 });
  expect(partsSent()).toBe(4);
});

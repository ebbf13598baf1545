import { createHash } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCleanupActivities } from '#activities/cleanup.ts';
import { createDriveDeletionsActivities } from '#activities/driveDeletions.ts';
import { createDriveFoldersActivities } from '#activities/driveFolders.ts';
import { createDriveResourcesActivities } from '#activities/driveResources.ts';
import { createDriveStreamsActivities } from '#activities/driveStreams.ts';
import { createDriveSyncActivities } from '#activities/driveSync.ts';
import type { Activities } from '#activities/index.ts';
import { createRunsActivities } from '#activities/runs.ts';
import { createVideosActivities } from '#activities/videos.ts';
import { createVideoStartsActivities } from '#activities/videoStarts.ts';
import { createDrive } from '#clients/drive.ts';
import { listDriveFiles } from '#db/queries/driveFiles.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { syncDriveFolderContract, type SyncRequested, syncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import { startSyncDriveFolder } from '#temporal/startSyncDriveFolder.ts';
import type { syncDriveFolder } from '#workflows/syncDriveFolder.ts';
import { makeConfig } from '../factories/config.ts';
import { makeDrive } from '../factories/drive.ts';
import { makeSite, makeStarter } from '../factories/rows.ts';
import { makeSiteConfig } from '../factories/siteConfig.ts';
import { readBucket, useBuckets } from '../support/buckets.ts';
import { isFullSize } from '../support/corpus.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { runWorkers } from './support/runWorkers.ts';

const FILES = isFullSize ? 2_000 : 200;
const MIB = 1024 ** 2;

const server = useDevServer();
const database = useDatabase();
const buckets = useBuckets();
let world: Awaited<ReturnType<typeof makeDrive>>;
let starterId: string;
beforeAll(async () => {
  world = await makeDrive();
  starterId = await makeStarter(database.db, 'with-files', makeSiteConfig((text) => text.replace('  - {name: file, label: File, widget: file}', '  - {name: resourcetype, label: Kind, widget: string}\n  - {name: file, label: File, widget: file}')));
});
afterAll(() => world.close());

type Wish = Exclude<Parameters<typeof world.person.act>[0], readonly unknown[]>;
const MEDIA = /^GET \/drive\/v3\/files\/[^/]+$/;
const LISTING = /^GET \/drive\/v3\/files$/;
const config = () => makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env, ...buckets.env });

/** Files of every kind in both folders, some in folders of their own, and a few that are larger than a part. */
async function fill(site: SiteRow): Promise<void> {
  const wishes: Wish[] = Array.from({ length: FILES }, (_none, index): Wish => {
    const week = index % 3 === 0 ? '' : `week ${index % 7}/`;
    if (index % 50 === 7) return { do: 'native', path: `/${site.shortId}/files_final/${week}Document ${index}`, text: `Document ${index}` };
    if (index % 100 === 9) return { do: 'put', path: `/${site.shortId}/videos_final/${week}lecture ${index}.mp4`, bytes: 12 * MIB + index, seed: `lecture ${index}` };
    if (index % 10 === 1) return { do: 'put', path: `/${site.shortId}/videos_final/${week}clip ${index}.mp4`, bytes: 1_000 + index, seed: `clip ${index}` };
    return { do: 'put', path: `/${site.shortId}/files_final/${week}notes ${index}.txt`, text: `Notes ${index}` };
  });
  await world.person.act(wishes);
}

function activities(): Partial<Activities> {
  const deps = { config: config(), db: database.db, s3: buckets.s3, drive: createDrive(config()), temporal: server.environment.client, log: pino({ level: 'silent' }) };
  return {
    ...createRunsActivities(deps),
    ...createCleanupActivities(deps),
    ...createDriveFoldersActivities(deps),
    ...createDriveSyncActivities(deps),
    ...createDriveResourcesActivities(deps),
    ...createDriveStreamsActivities(deps, { partBytes: 5 * MIB }),
    ...createDriveDeletionsActivities(deps),
    ...createVideosActivities(deps),
    ...createVideoStartsActivities(deps),
    // Nobody commits here.
    tellDriveContent: () => Promise.resolve(),
  };
}

/** One sync that somebody asks for, from its request to its end. @returns its run. */
async function sync(site: SiteRow) {
  await insertRunRequest(database.db, { process: syncDriveFolderContract.process, siteId: site.id, requestedBy: null });
  await runWorkers(
    server.environment,
    activities(),
    async (queue) => {
      const { typedSearchAttributes: _attributes, args: [input], ...start } = startSyncDriveFolder({ siteId: site.id, siteName: site.name }, queue.replace(/studio$/, ''));
      const handle = await server.environment.client.workflow.signalWithStart<typeof syncDriveFolder, [SyncRequested]>(syncDriveFolderContract.workflowType, { ...start, args: [{ ...input, filesPerExecution: Math.ceil(FILES / 3) }], signal: syncRequested, signalArgs: [{ reason: 'person' }] });
      await handle.result();
    },
    { intercepted: { db: database.db, log: pino({ level: 'silent' }) } },
  );
  const { runs } = await listRuns(database.db, { siteId: site.id, process: syncDriveFolderContract.process }, { limit: 1, offset: 0 });
  return runs[0];
}

/** What a sync left behind, without what is each site's own: ids, times and its name. */
async function outcomeOf(site: SiteRow) {
  const own = (text: string): string => text.replaceAll(site.name, 'SITE');
  const rows = await listDriveFiles(database.db, site.id);
  const items: { id: string; title: string; file: string; metadata: Record<string, unknown>; filename: string; revision: number }[] = await database.db('content_items').where({ site_id: site.id }).select('id', 'title', 'file', 'metadata', 'filename', 'revision');
  const itemOf = new Map(items.map(({ id, ...item }) => [id, item]));
  const files = rows.map(({ folder, path, name, state, reason, md5, storedMd5, itemId }) => {
    const item = itemOf.get(itemId ?? '');
    return { place: `${folder}/${path}/${name}`, state, reason, md5, storedMd5, item: item === undefined ? null : { ...item, file: null, filename: null, metadata: { ...item.metadata } } };
  });
  const objects = Object.entries(await readBucket(buckets.s3, buckets.direct, config().storageBucket)).filter(([key]) => key.includes(`/${site.name}/`));
  return {
    files,
    items: items.length,
    // A place is chosen by who comes first, so places are compared as a set, and bytes by what they are.
    names: items.map(({ filename }) => filename).sort(),
    objects: objects.map(([key, { body, contentType }]) => [own(key).replace(/\/[\w-]{30,}\//, '/ID/'), contentType, createHash('md5').update(body).digest('hex')].join(' ')).sort(),
  };
}

/** Reads of bytes that Google answered to their end, by file. */
function wholeReads(): ReadonlyMap<string, number> {
  const reads = new Map<string, number>();
  for (const { method, path, status, fault } of world.journal) {
    const id = /^\/drive\/v3\/files\/([^/?]+)\?(?=.*alt=media)/.exec(path)?.[1];
    if (method === 'GET' && id !== undefined && fault === undefined && (status === 200 || status === 206)) reads.set(id, (reads.get(id) ?? 0) + 1);
  }
  return reads;
}

test(`${FILES} files come to the same rows and objects whatever fails on the way, and none is read again once it is there`, async () => {
  const [calm, stormy] = [await makeSite(database.db, { starterId }), await makeSite(database.db, { starterId })];
  for (const site of [calm, stormy]) await fill(site);
  world.set({ maxPageSize: 20 });
  expect(await sync(calm)).toMatchObject({ state: 'succeeded', warnings: [], result: { files: FILES, streamed: FILES, failed: 0, waiting: 0 } });

  world.journal.length = 0;
  // One read in four fails, again and again, as on a bad day of Google’s.
  const often = { times: Math.ceil(FILES / 20), every: 10, match: MEDIA, query: /alt=media/ };
  world.addFault({ ...often, fault: '429', retryAfterSeconds: 1 });
  world.addFault({ ...often, fault: '500', retryAfterSeconds: 1 });
  world.addFault({ ...often, fault: 'cut', afterBytes: 3 });
  world.addFault({ fault: 'drop-after-accept', times: 2, match: LISTING, query: /pageToken=/ });
  world.addFault({ fault: '500', times: 2, match: LISTING, retryAfterSeconds: 1 });
  const run = await sync(stormy);
  expect(world.journal.filter(({ fault }) => fault !== undefined).length).toBe(3 * often.times + 4);
  expect(run).toMatchObject({ state: 'succeeded', warnings: [], result: { files: FILES, streamed: FILES, failed: 0, waiting: 0 } });
  expect(await outcomeOf(stormy)).toEqual(await outcomeOf(calm));
  // Whatever was cut or refused was read again; what came to its end was not. Google's own documents are exported, not read.
  const reads = wholeReads();
  expect(reads.size).toBe((await listDriveFiles(database.db, stormy.id)).filter(({ md5 }) => md5 !== null).length);
  expect([...reads.values()].filter((count) => count > 1)).toEqual([]);
  const { Uploads: uploads = [] } = await buckets.direct.send(new ListMultipartUploadsCommand({ Bucket: config().storageBucket }));
  expect(uploads).toEqual([]);

  world.journal.length = 0;
  expect(await sync(stormy)).toMatchObject({ state: 'succeeded', result: { unchanged: FILES, streamed: 0, bytes: 0 } });
  expect(wholeReads().size).toBe(0);

  // The accident of the existing system: a folder that is gone counted as an empty one, and all of its files were deleted.
  await world.person.act({ do: 'remove', path: `/${stormy.shortId}/videos_final` });
  const before = await outcomeOf(stormy);
  const accident = await sync(stormy);
  expect((await findRun(database.db, accident?.id ?? ''))?.warnings.map(({ message }) => message).join()).toContain('made anew');
  expect(accident).toMatchObject({ state: 'succeeded', result: { removed: 0, kept: 0 } });
  expect(await database.db('content_deletions')).toEqual([]);
  expect(await outcomeOf(stormy)).toEqual(before);
}, isFullSize ? 5_400_000 : 1_800_000);

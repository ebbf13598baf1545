import { createHash } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createSweepActivities } from '#activities/sweep.ts';
import type { S3 } from '#clients/s3.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { beginOfflineDeployment } from '#db/queries/offlineDeployments.ts';
import { moveRun } from '#db/queries/runs.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRequest, makeRun, makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const DAY = 24 * 60 * 60_000;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

beforeEach(async () => {
  await database.clear();
  const { buildStoreBucket } = makeConfig(buckets.env);
  const keys: string[] = [];
  for await (const { key } of buckets.s3.list(buildStoreBucket, '')) keys.push(key);
  await buckets.s3.remove(buildStoreBucket, keys);
});

/** The bucket as it will be seen so many days later: an object's age cannot be set. */
function later(days: number, young: ReadonlySet<string> = new Set()): S3 {
  return {
    ...buckets.s3,
    async *list(bucket: string, prefix: string) {
      for await (const object of buckets.s3.list(bucket, prefix)) yield young.has(object.key) ? object : { ...object, lastModified: new Date(object.lastModified.getTime() - days * DAY) };
    },
  };
}

function sweepAfter(days: number, young?: ReadonlySet<string>) {
  const config = makeConfig({ ...buckets.env, RETAIN_PUBLISHES: '2' });
  const activities = createSweepActivities({ config, db: database.db, s3: later(days, young) } as unknown as ActivityDeps);
  return {
    runs: () => runActivity((input: object) => activities.sweepRuns(input), {}),
    blobs: () => runActivity((input: object) => activities.sweepBlobs(input), {}),
  };
}

/** A publish with one file of its own, whose manifest lies in the store. */
async function publish(siteId: string, text: string, state: 'succeeded' | 'cancelled' | 'running' = 'succeeded'): Promise<string> {
  const config = makeConfig(buckets.env);
  const runId = await makeRun(database.db, { siteId, version: 'live' });
  const manifest = makeManifest({ 'index.html': makeEntry(text), 'video.mp4': makeEntry('video', { storageKey: 'courses/a/video.mp4' }) }, { siteId, version: 'live', runId });
  await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(sha(text)), text, { contentType: 'application/octet-stream' });
  for (const key of [storeKeys.build(siteId, 'live', runId), storeKeys.deployed(siteId, 'live', runId)]) await putJson({ config, s3: buckets.s3 }, key, manifest);
  if (state !== 'running') await moveRun(database.db, { runId, state });
  return runId;
}

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of buckets.s3.list(makeConfig(buckets.env).buildStoreBucket, prefix)) keys.push(key);
  return keys;
}

it('keeps what is deployed, what can be shown again and what is open, and removes the rest with its files', async () => {
  const { id: siteId } = await makeSite(database.db);
  const deployed = await publish(siteId, 'deployed');
  const wanted = await publish(siteId, 'wanted');
  const old = await publish(siteId, 'old');
  const stopped = await publish(siteId, 'stopped', 'cancelled');
  const open = await publish(siteId, 'open', 'running');
  const recent = [await publish(siteId, 'recent 1'), await publish(siteId, 'recent 2')];
  const at = { siteId, version: 'live', theme: '' } as const;
  const manifestKey = storeKeys.deployed(siteId, 'live', deployed);
  await beginDeployment(database.db, at, manifestKey);
  await finishDeployment(database.db, at, { manifestKey, runId: deployed, commit: 'c', contentRevision: 1 });
  await makeRequest(database.db, { siteId, version: 'live', input: { from: { kind: 'rollback', runId: wanted } } });

  // Nothing goes before its time.
  expect(await sweepAfter(1).runs()).toMatchObject({ removed: 0 });
  expect(await sweepAfter(15).runs()).toMatchObject({ removed: 4 });
  const kept = await keysBelow('manifests/');
  for (const runId of [deployed, wanted, open, ...recent]) expect(kept.filter((key) => key.includes(runId))).toHaveLength(2);
  for (const runId of [old, stopped]) expect(kept.filter((key) => key.includes(runId))).toEqual([]);

  expect(await sweepAfter(1).blobs()).toMatchObject({ removed: 0 });
  expect(await sweepAfter(15).blobs()).toMatchObject({ removed: 2 });
  expect((await keysBelow('blobs/')).sort()).toEqual(['deployed', 'wanted', 'open', 'recent 1', 'recent 2'].map((text) => storeKeys.blob(sha(text))).sort());
});

it('keeps the files of a tree that is read without a network, and of the themes’ assets while their list is kept', async () => {
  const config = makeConfig(buckets.env);
  const { id: siteId } = await makeSite(database.db);
  for (const text of ['tree', 'asset', 'of nobody']) await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(sha(text)), text, { contentType: 'application/octet-stream' });
  const offlineRun = await makeRun(database.db, { process: 'build-offline', siteId, version: 'live' });
  const treeKey = storeKeys.offlineDeployed(siteId, 'live', offlineRun, '');
  await putJson({ config, s3: buckets.s3 }, treeKey, makeManifest({ 'index.html': makeEntry('tree') }, { siteId, runId: offlineRun }));
  await beginOfflineDeployment(database.db, { siteId, version: 'live', theme: '' }, treeKey);
  const themesRun = await makeRun(database.db, { process: 'build-theme-assets', siteId: null, version: null });
  await putJson({ config, s3: buckets.s3 }, storeKeys.themeAssets(themesRun), { commit: 'c', files: { 'static_shared/a.js': { sha256: sha('asset'), md5: '', size: 5, contentType: 'text/javascript' } }, manifest: '{}' });
  for (const runId of [offlineRun, themesRun]) await moveRun(database.db, { runId, state: 'succeeded' });
  await sweepAfter(20).runs();
  await sweepAfter(20).blobs();
  expect((await keysBelow('blobs/')).sort()).toEqual(['tree', 'asset'].map((text) => storeKeys.blob(sha(text))).sort());
});

it('spares a file that a build stores at this moment, and looks at nothing it does not know', async () => {
  const { buildStoreBucket } = makeConfig(buckets.env);
  for (const key of [storeKeys.blob(sha('a')), storeKeys.blob(sha('b')), 'elsewhere/x.json', storeKeys.log('r')]) await buckets.s3.put(buildStoreBucket, key, 'x', { contentType: 'text/plain' });
  const sweep = sweepAfter(40, new Set([storeKeys.blob(sha('a'))]));
  expect(await sweep.blobs()).toMatchObject({ removed: 1 });
  expect(await sweep.runs()).toMatchObject({ removed: 1 });
  expect(await keysBelow('')).toEqual([storeKeys.blob(sha('a')), 'elsewhere/x.json'].sort());
});

it('leaves the store of another installation’s database alone', async () => {
  await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
  await expect(sweepAfter(40).runs()).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
});

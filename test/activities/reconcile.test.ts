import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createReconcileActivities } from '#activities/reconcile.ts';
import { createEngine } from '#api/engine.ts';
import { insertContentDeletions } from '#db/queries/contentDeletions.ts';
import { bindRequest, findRunRequest, listWaitingRequests, type RunRequestRow } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import { registerSearchAttributes } from '#temporal/client.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { cleanupContentContract } from '#temporal/contracts/cleanupContent.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { syncContentContract } from '#temporal/contracts/syncContent.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRequest, makeRun, makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const server = useDevServer();
const log = pino({ level: 'silent' });
/** Everything that is open is looked at, however young. */
const input = { idleMs: -1_000 };

async function parts() {
  const { db } = database;
  const temporal = server.environment.client;
  await registerSearchAttributes(temporal, 'default');
  return { db, temporal, engine: createEngine({ temporal, db, log, queuePrefix: 'nobody-' }), activities: createReconcileActivities({ config: makeConfig({ TEMPORAL_TASK_QUEUE_PREFIX: 'nobody-' }), db, temporal, log }) };
}

test.each(['import-site', 'cleanup-content', 'publish-site', 'site-repo', 'adopt-youtube-video'])('a request whose %s was ended before it began is delivered again, and only then', async (process) => {
  const { db, temporal, engine, activities } = await parts();
  const site = await makeSite(db, { name: `gone-${process}` });
  const inputs: Record<string, Record<string, unknown>> = { 'adopt-youtube-video': { videoId: 'video-1' }, 'import-site': { folder: 'course', starter: 'ocw-course-v2', gitUrl: 'https://git.localhost/a.git' }, 'cleanup-content': { rule: 'baseurl', dryRun: true } };
  const given = inputs[process];
  const made = await makeRequest(db, given === undefined ? { process, siteId: site.id, version: process === 'site-repo' ? null : 'live' } : { process, siteId: process === 'adopt-youtube-video' ? site.id : null, version: null, input: given });
  const request = (): Promise<RunRequestRow> => findRunRequest(db, made.id).then((row) => row ?? Promise.reject(new Error('The request vanished')));
  const ids: Record<string, string> = { 'adopt-youtube-video': adoptYouTubeVideoContract.workflowId('video-1'), 'import-site': importSiteContract.workflowId(made.id), 'cleanup-content': cleanupContentContract.workflowId(made.id), 'publish-site': publishSiteContract.workflowId(site.name, 'live'), 'site-repo': syncContentContract.workflowId(site.name) };
  const handle = temporal.workflow.getHandle(ids[process] ?? '');

  expect(await engine.deliver(made.id)).toBe('told');
  await runActivity(() => activities.reviveRequests(input), undefined);
  expect((await request()).deliveredAt).not.toBeNull();

  const first = (await handle.describe()).runId;
  await handle.terminate('an admin did it');
  await runActivity(() => activities.reviveRequests(input), undefined);
  expect((await request()).deliveredAt).toBeNull();
  expect(await engine.deliver(made.id)).toBe('told');
  expect(await handle.describe()).toMatchObject({ status: { name: 'RUNNING' } });
  expect((await handle.describe()).runId).not.toBe(first);
  await handle.terminate('the test is over');
});

test('a run whose execution was ended in Temporal is closed with a reason, one that runs is left alone', async () => {
  const { db, temporal, activities } = await parts();
  const site = await makeSite(db, { name: 'lost' });
  const workflowId = publishSiteContract.workflowId(site.name, 'draft');
  const started = await temporal.workflow.start(publishSiteContract.workflowType, { workflowId, taskQueue: 'nobody-studio', args: [] });
  const id = await makeRun(db, { siteId: site.id, version: 'draft', workflowId, workflowRunId: started.firstExecutionRunId });
  await runActivity(() => activities.closeLostRuns(input), undefined);
  expect(await findRun(db, id)).toMatchObject({ state: 'running' });
  await started.terminate('an admin did it');
  await runActivity(() => activities.closeLostRuns(input), undefined);
  expect(await findRun(db, id)).toMatchObject({ state: 'terminated', reasonCode: 'Terminated' });
});

test('a deletion that is due and that nobody goes on with is asked for anew, once', async () => {
  const { db, activities } = await parts();
  const site = await makeSite(db, { name: 'forgotten-deletion' });
  const first = await makeRequest(db, { process: 'delete-content', siteId: site.id, version: null });
  await bindRequest(db, first.id, await makeRun(db, { siteId: site.id, process: 'delete-content', version: null }));
  const add = (graceDays: number) => insertContentDeletions(db, [{ requestId: first.id, siteId: site.id, itemId: null, driveFileId: null, cause: 'missing', s3Key: 'a', s3VersionId: null, requestedBy: null }], graceDays);
  const asked = () => listWaitingRequests(db, [site.id]);
  await add(30);
  await db('runs').where({ site_id: site.id }).update({ state: 'succeeded' });
  await runActivity(() => activities.reviveRequests(input), undefined);
  expect(await asked()).toEqual([]);
  await add(0);
  await db('runs').where({ site_id: site.id }).update({ state: 'running' });
  await runActivity(() => activities.reviveRequests(input), undefined);
  expect(await asked()).toEqual([]);
  await db('runs').where({ site_id: site.id }).update({ state: 'succeeded' });
  for (let look = 0; look < 2; look += 1) await runActivity(() => activities.reviveRequests(input), undefined);
  expect(await asked()).toMatchObject([{ process: 'delete-content' }]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConcourse } from '#local/standins/concourse/createConcourse.mjs';
import { heldByLock, killIn } from '#test/support/held.ts';
import { importSample } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const SITE = 'built-elsewhere';
const home = mkdtempSync(join(tmpdir(), 'ocw-concourse-'));
const concourse = createConcourse({ home, username: 'studio', password: 'secret', path: [dirname(process.env['HUGO_BIN'] ?? '')] });
let studio: Studio;
let urlPath = '';

beforeAll(async () => {
  const url = await concourse.listen();
  studio = await startStudio({ env: { CONCOURSE_URL: url, CONCOURSE_USERNAME: 'studio', CONCOURSE_PASSWORD: 'secret', CONCOURSE_IS_PRIVATE_REPO: 'false', API_BEARER_TOKEN: 'the-builders-token' } });
  await studio.cliJson('starters', 'sync', '--wait');
  urlPath = (await importSample(studio, SITE)).urlPath;
  expect(await studio.untilRun((await studio.publish(SITE, 'live')).id)).toMatchObject({ state: 'succeeded' });
});
afterAll(async () => {
  await studio.stop();
  await concourse.close();
  rmSync(home, { recursive: true, force: true });
});

const journalOf = (method: string, match: RegExp) => concourse.journal.filter((entry) => entry.method === method && match.test(entry.path));
/** Whether a build, or a call about one, is of the site. */
const isOf = (site: string, text: string): boolean => decodeURIComponent(text).includes(`"${site}"`);
const triggersOf = (site: string) => journalOf('POST', /online-site-job\/builds/).filter(({ path }) => isOf(site, path));
const onlineBuildsOf = (site: string) => concourse.state.builds.filter((build) => build.kind === 'job' && build.name === 'online-site-job' && isOf(site, build.pipeline));
const pipelineOf = (version: string) => concourse.state.pipelines.find((pipeline) => pipeline.name === version && pipeline.vars?.['site'] === SITE);
const objects = () => studio.objects(studio.stack.buckets.publish, `${urlPath}/`);
const statusOf = async () => ((await (await fetch(`${studio.stack.studioUrl}/api/websites/?search=${SITE}`, { headers: { authorization: 'Bearer the-builders-token' } })).json()) as { results: { name: string; live_publish_status: string | null }[] }).results.find((site) => site.name === SITE)?.live_publish_status;

it('builds the sample course, lands it in the bucket, and is taken back without a gap', async () => {
  const before = await objects();
  expect(before.size).toBeGreaterThan(20);

  // To Concourse: the definition is there, and waits for a publish.
  await studio.cliJson('builder', 'set', SITE, 'concourse');
  expect([pipelineOf('live')?.paused, pipelineOf('draft')?.paused]).toEqual([true, true]);
  expect(await statusOf()).toBe('succeeded');

  const run = await studio.untilRun((await studio.publish(SITE, 'live')).id);
  const builds = onlineBuildsOf(SITE);
  expect(run.state, builds.flatMap((build) => build.log).join('\n')).toBe('succeeded');
  expect(run.phases.map((phase) => [phase.id, phase.state])).toEqual([['freeze', 'done'], ['prepublish', 'done'], ['commit', 'done'], ['build', 'done'], ['plan', 'skipped'], ['deploy', 'skipped'], ['purge', 'skipped'], ['verify', 'skipped'], ['record', 'done']]);
  expect(builds).toHaveLength(1);
  // The report of the build ended the publish, not the next look at it.
  const events = await studio.query<{ payload: { status: string; build_id: string; is_cdn_cache_step: boolean; build_type: string } }>(`select payload from webhook_events where source = 'builder' order by created_at, id`);
  expect(events.map(({ payload }) => payload).filter((payload) => payload.build_type === 'online' && payload.build_id === String(builds[0]?.id)).map((payload) => [payload.status, payload.build_id, payload.is_cdn_cache_step])).toEqual([
    ['started', String(builds[0]?.id), false],
    ['succeeded', String(builds[0]?.id), false],
    ['succeeded', String(builds[0]?.id), true],
  ]);
  const after = await objects();
  const pages = [...before.keys()].filter((key) => key.endsWith('.html'));
  expect(pages.filter((key) => !after.has(key))).toEqual([]);
  const page = after.get(`${urlPath}/index.html`);
  expect([page?.metadata, (page?.writtenAt ?? 0) > (before.get(`${urlPath}/index.html`)?.writtenAt ?? 0)]).toEqual([{ 'site-id': SITE }, true]);
  expect(await statusOf()).toBe('succeeded');

  // The tree that is read without a network follows by itself.
  await until('the offline build ends', () => Promise.resolve(concourse.state.builds.some((build) => build.name === 'offline-site-job' && !['pending', 'started'].includes(build.status)) ? true : undefined), { withinMs: 60_000 });

  // And back: nothing is built there any more, and ours writes every file anew, for nobody knows what stands in them.
  await studio.cliJson('builder', 'set', SITE, 'temporal');
  expect([pipelineOf('live')?.paused, pipelineOf('draft')?.paused]).toEqual([true, true]);
  expect(await statusOf()).toBe('succeeded');
  const back = await studio.untilRun((await studio.publish(SITE, 'live')).id);
  expect(back.state).toBe('succeeded');
  expect(back.phases.find((phase) => phase.id === 'deploy')?.counts['unchanged']).toBe(0);
  expect(await statusOf()).toBe('succeeded');
  expect(triggersOf(SITE)).toHaveLength(1);
  expect(concourse.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
});

it('triggers no second build when the worker is killed after Concourse began one and before anybody noted its number', async () => {
  const site = await importSample(studio, 'killed-elsewhere');
  await studio.cliJson('builder', 'set', site.name, 'concourse');
  // The wish for the build is written down before the trigger, which comes late enough for a lock on that row.
  concourse.addFault({ fault: 'slow', delayMs: 5_000, match: /^POST .*\/online-site-job\/builds/ });
  const { id } = await studio.publish(site.name, 'live');
  await until('the build is asked for', () => Promise.resolve(triggersOf(site.name).length > 0));
  const held = await heldByLock(studio, 'select id from builder_builds where site_id = $1 for update', [site.id], { endsWaiting: true });
  await killIn(studio, id, 'build', held);
  expect(onlineBuildsOf(site.name)).toHaveLength(1);

  const run = await studio.untilRun(id);
  const builds = onlineBuildsOf(site.name);
  expect(run.state, builds.flatMap((build) => build.log).join('\n')).toBe('succeeded');
  expect(triggersOf(site.name)).toHaveLength(1);
  // It is over a moment after its last report, which ended the publish.
  await until('the build is over', () => Promise.resolve(onlineBuildsOf(site.name).every((build) => build.status === 'succeeded')));
  expect(await studio.query('select build_id from builder_builds where site_id = $1', [site.id])).toEqual([{ build_id: builds[0]?.id }]);
  expect((await studio.objects(studio.stack.buckets.publish, `${site.urlPath}/`)).size).toBeGreaterThan(20);
});

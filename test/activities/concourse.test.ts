import { beforeEach, describe, expect, it } from 'vitest';
import { getManifest, storeKeys } from '#activities/buildStore.ts';
import { createConcourseActivities, type TriggerInput } from '#activities/concourse.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createConcourse } from '#clients/concourse.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { isBuiltElsewhere } from '#domain/manifest.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { useConcourse } from '#test/support/useConcourse.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const { standIn, env: concourseEnv } = useConcourse();

describe('a build that Concourse makes', () => {
  let site: SiteRow;
  let runId: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    await database.clear();
    env = { ...buckets.env, ...concourseEnv, CONCOURSE_IS_PRIVATE_REPO: 'false', GIT_CLONE_BASE_URL: 'file:///nowhere', OCW_EXTRA_COURSE_THEMES: 'ocw-course-v3' };
    site = await makeSite(database.db);
    runId = await makeRun(database.db, { siteId: site.id, version: 'live', frozen: { urlPath: site.urlPath } });
  });

  function activitiesWith(more: Readonly<Record<string, string>> = {}) {
    const config = makeConfig({ ...env, ...more });
    return createConcourseActivities({ config, db: database.db, s3: buckets.s3, concourse: createConcourse(config), log: keptLog().log } as unknown as ActivityDeps);
  }
  const at = () => ({ runId, siteId: site.id, siteName: site.name, version: 'live' as const });
  const define = (activities = activitiesWith()) => runActivity((input: ReturnType<typeof at>) => activities.defineBuild(input), at());
  const trigger = (attempt = 'first', theme = '') => runActivity((input: TriggerInput) => activitiesWith().triggerBuild(input), { ...at(), theme, attempt });
  const builds = () => standIn.state.builds.filter((build) => build.kind === 'job' && build.pipeline.includes(site.name));
  const forgetNumber = () => database.db('builder_builds').where({ run_id: runId }).update({ build_id: null });
  const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it worked', (error: unknown) => error);

  it('has a pipeline per theme, which may run, and is defined again by the same', async () => {
    for (let time = 0; time < 2; time += 1) expect(await define()).toEqual({ themes: ['', 'ocw-course-v3'] });
    expect(standIn.state.pipelines.filter((pipeline) => pipeline.vars?.['site'] === site.name).map(({ name, paused }) => [name, paused])).toEqual([['live', false], ['live-ocw-course-v3', false]]);
  });

  it('is started once for each try, also when its number was lost', async () => {
    await define();
    const { buildId } = await trigger();
    expect(await trigger()).toEqual({ buildId });
    await forgetNumber();
    expect(await trigger()).toEqual({ buildId });
    expect(builds()).toHaveLength(1);
    const again = await trigger('second');
    expect(again.buildId).toBeGreaterThan(buildId);
    expect((await trigger('second', 'ocw-course-v3')).buildId).toBeGreaterThan(again.buildId);
    expect(builds()).toHaveLength(3);
  });

  it('is stopped by its own try, also when its number was lost', async () => {
    await define();
    const first = await trigger();
    const second = await trigger('second');
    await forgetNumber();
    await runActivity((input: ReturnType<typeof at> & { attempt: string }) => activitiesWith().abortBuilds(input), { ...at(), attempt: 'second' });
    expect(builds().map(({ id, status }) => [id, status])).toEqual([[first.buildId, 'pending'], [second.buildId, 'aborted']]);
  });

  it('does not start from something old: what cannot be looked at is told', async () => {
    await define();
    expect(await failureOf(runActivity((input: ReturnType<typeof at> & { theme: string }) => activitiesWith().checkResources(input), { ...at(), theme: '' }))).toMatchObject({ type: 'BuilderCheckFailed', message: expect.stringContaining('so it would build something old') as string });
  });

  it('needs a Concourse, and leaves another installation’s alone', async () => {
    expect(await failureOf(define(activitiesWith({ CONCOURSE_URL: '' })))).toMatchObject({ type: 'BuilderMissing' });
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    expect([await failureOf(define()), await failureOf(trigger())]).toMatchObject([{ type: 'OutwardEffectsOff' }, { type: 'OutwardEffectsOff' }]);
  });

  it('is recorded with what it left in the bucket, downloads and neighbours aside', async () => {
    const { publishBucket } = makeConfig(env);
    const prefix = site.urlPath ?? '';
    for (const key of [`${prefix}/index.html`, `${prefix}/pages/a/index.html`, `${prefix}/${site.shortId}.zip`, `${prefix}/${site.shortId}-video.zip`, `${prefix}-2/index.html`, `ocw-course-v3/${prefix}/index.html`]) await buckets.s3.put(publishBucket, key, key, { contentType: 'text/html' });
    const input = { ...at(), phase: 'record', commit: 'c'.repeat(40), revision: 1, buildId: 7 };
    expect(await runActivity((given: typeof input) => activitiesWith().recordBuiltElsewhere(given), input)).toMatchObject({ counts: { files: 3 } });
    const manifests = await Promise.all(['', 'ocw-course-v3'].map((theme) => getManifest({ s3: buckets.s3, config: makeConfig(env) }, storeKeys.listed(site.id, 'live', runId, theme))));
    expect(manifests.map((manifest) => [manifest.prefix, Object.keys(manifest.files).sort(), isBuiltElsewhere(manifest)])).toEqual([[prefix, ['index.html', 'pages/a/index.html'], true], [`ocw-course-v3/${prefix}`, ['index.html'], true]]);
    expect(await findDeployment(database.db, { siteId: site.id, version: 'live', theme: '' })).toMatchObject({ manifestKey: storeKeys.listed(site.id, 'live', runId), pendingManifestKey: null, runId });
    expect(await findRun(database.db, runId)).toMatchObject({ state: 'succeeded', result: { builder: 'concourse', buildId: 7 } });
  });
});

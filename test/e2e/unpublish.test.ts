import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFastly } from '#local/standins/fastly/createFastly.mjs';
import { createLearn } from '#local/standins/learn/createLearn.mjs';
import { ROOT } from '#local/setup.mjs';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

describe('a live course that is taken offline', () => {
  const fastly = createFastly({ services: { live: 'live-token', draft: 'draft-token' } });
  const learn = createLearn({ webhookKey: 'learn-key' });
  const older = createLearn({ webhookKey: 'learn-key' });
  let studio: Studio;
  beforeAll(async () => {
    const path = '/api/v1/ocw_next_webhook/';
    studio = await startStudio({
      proxyS3: true,
      env: {
        FASTLY_API_URL: await fastly.listen(),
        FASTLY_LIVE_SERVICE_ID: 'live',
        FASTLY_LIVE_API_TOKEN: 'live-token',
        FASTLY_DRAFT_SERVICE_ID: 'draft',
        FASTLY_DRAFT_API_TOKEN: 'draft-token',
        OPEN_CATALOG_URLS: `${await learn.listen()}${path},${await older.listen()}${path}`,
        OPEN_CATALOG_WEBHOOK_KEY: 'learn-key',
      },
    });
    await studio.cliJson('starters', 'sync', '--wait');
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
    for (const version of ['draft', 'live'] as const) await publish('ocw-www', version);
  });
  afterAll(async () => {
    await studio.stop();
    for (const standIn of [fastly, learn, older]) await standIn.close();
  });

  async function publish(name: string, version: 'draft' | 'live'): Promise<void> {
    expect(await studio.untilRun((await studio.publish(name, version)).id), `${name} ${version}`).toMatchObject({ state: 'succeeded' });
  }

  async function publishedSite(name: string): Promise<SampleSite> {
    const site = await importSample(studio, name);
    for (const version of ['draft', 'live'] as const) await publish(name, version);
    return site;
  }

  const standsAt = async (prefix: string, bucket = studio.stack.buckets.publish): Promise<string[]> => [...(await studio.objects(bucket, `${prefix}/`)).keys()].sort();
  const statusOf = async (path: string): Promise<number> => (await fetch(`${studio.stack.liveSiteUrl ?? ''}${path}`)).status;
  const unpublish = (site: SampleSite) => studio.cliJson<{ runId: string; state: string }>('unpublish', site.name, '--yes', '--wait');
  const noticesOf = (site: SampleSite) => [learn, older].map(({ notices }) => notices.filter((notice) => notice['unpublished'] === true && notice['site_uid'] === site.id.replaceAll('-', '')).length);
  const untilNotices = (site: SampleSite, each: number) => until('the catalogues are told', () => Promise.resolve(noticesOf(site).every((count) => count >= each) ? true : undefined), { withinMs: 60_000 });
  /** Whether each branch of the root site's repository lists the site. */
  async function listedOn(site: SampleSite): Promise<Record<string, boolean>> {
    const branches = ['main', 'preview', 'release'];
    const files = await Promise.all(branches.map((branch) => studio.readFile('ocw-www', branch, `content/websites/${site.shortId}.md`)));
    return Object.fromEntries(branches.map((branch, index) => [branch, files[index] !== null]));
  }
  const untilListed = (site: SampleSite, wanted: boolean) =>
    until(`every branch ${wanted ? 'lists' : 'lacks'} it`, async () => (Object.values(await listedOn(site)).every((listed) => listed === wanted) ? true : undefined), { withinMs: 120_000 });

  it('is gone for readers, lists and catalogues, and back in all of them when it is published again', async () => {
    const site = await publishedSite('leaver');
    const neighbour = await publishedSite('leaver-too');
    const before = await standsAt(site.urlPath);
    const beside = await standsAt(neighbour.urlPath);
    const draft = await standsAt(site.urlPath, studio.stack.buckets.preview);
    expect(await statusOf(`/${site.urlPath}/`)).toBe(200);
    await untilListed(site, true);
    const rootBefore = await studio.call('GET /api/v1/sites/:site', { params: { site: 'ocw-www' } });
    expect(rootBefore.live).toMatchObject({ hasUnpublishedChanges: false });

    expect(await unpublish(site)).toMatchObject({ state: 'succeeded' });
    expect(await standsAt(site.urlPath)).toEqual([]);
    for (const path of ['', 'data.json']) expect(await statusOf(`/${site.urlPath}/${path}`)).toBe(404);
    expect(await standsAt(neighbour.urlPath)).toEqual(beside);
    expect(await standsAt(site.urlPath, studio.stack.buckets.preview)).toEqual(draft);
    expect(fastly.purges.filter(({ service, key }) => service === 'live' && key === site.name).length).toBeGreaterThan(0);
    await untilListed(site, false);
    expect(await listedOn(neighbour)).toEqual({ main: true, preview: true, release: true });
    await untilNotices(site, 1);
    expect(noticesOf(site)).toEqual([1, 1]);
    const offline = await studio.call('GET /api/v1/sites/:site', { params: { site: site.name } });
    expect(offline).toMatchObject({ urlPath: site.urlPath, live: { state: 'unpublished', url: null }, draft: { state: 'published' }, can: { unpublish: false }, unpublished: { at: expect.any(String) as string } });
    expect((await studio.cli('unpublish', site.name, '--yes')).stderr).toBe('The site is not live, so there is nothing to take offline.\n');

    await publish(site.name, 'live');
    expect(await standsAt(site.urlPath)).toEqual(before);
    expect(await statusOf(`/${site.urlPath}/`)).toBe(200);
    await untilListed(site, true);
    expect(await studio.call('GET /api/v1/sites/:site', { params: { site: site.name } })).toMatchObject({ live: { state: 'published' }, unpublished: null });
  });

  it('is gone whole when the worker is killed at any step, and the catalogues are told once', async () => {
    const site = await publishedSite('killed-leaver');
    await studio.fault('s3Proxy', { fault: '503', forMs: 600_000, match: `^POST /${studio.stack.buckets.publish}` });
    const request = await studio.call('POST /api/v1/sites/:site/unpublish', { params: { site: site.name } });
    const run = await studio.runOf(request.id);
    const reached = (phase: string) => until(`${phase} is reached`, async () => ((await studio.getRun(run.id)).phases.find((each) => each.id === phase)?.state !== 'pending' ? true : undefined), { withinMs: 120_000 });
    await reached('remove');
    // A live publish waits until it is over; then it brings the site back.
    const back = await studio.call('POST /api/v1/sites/:site/publishes', { params: { site: site.name }, body: { version: 'live' } });
    await studio.killWorker();
    await studio.fault('s3Proxy', { clear: true });
    await reached('purge');
    await studio.killWorker();
    expect(await studio.untilRun(run.id)).toMatchObject({ state: 'succeeded' });
    await untilNotices(site, 1);
    expect(noticesOf(site)).toEqual([1, 1]);
    const again = await studio.runOf(back.id);
    expect(await studio.untilRun(again.id)).toMatchObject({ state: 'succeeded' });
    expect(await statusOf(`/${site.urlPath}/`)).toBe(200);
  });
});

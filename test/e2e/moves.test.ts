import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { moveResultSchema } from '#api/contracts/moves.ts';
import { createFastly } from '#local/standins/fastly/createFastly.mjs';
import { createLearn } from '#local/standins/learn/createLearn.mjs';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import type { z } from 'zod';

type MoveResult = z.infer<typeof moveResultSchema>;

describe('a published course that moves', () => {
  const fastly = createFastly({ services: { live: 'live-token', draft: 'draft-token' } });
  const learn = createLearn({ webhookKey: 'learn-key' });
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio({
      proxyS3: true,
      env: {
        FASTLY_API_URL: await fastly.listen(),
        FASTLY_LIVE_SERVICE_ID: 'live',
        FASTLY_LIVE_API_TOKEN: 'live-token',
        FASTLY_DRAFT_SERVICE_ID: 'draft',
        FASTLY_DRAFT_API_TOKEN: 'draft-token',
        OPEN_CATALOG_URLS: `${await learn.listen()}/api/v1/ocw_next_webhook/`,
        OPEN_CATALOG_WEBHOOK_KEY: 'learn-key',
      },
    });
    await studio.cliJson('starters', 'sync', '--wait');
  });
  afterAll(async () => {
    await studio.stop();
    await fastly.close();
    await learn.close();
  });

  async function publishedSite(name: string): Promise<SampleSite> {
    const site = await importSample(studio, name);
    for (const version of ['draft', 'live'] as const) expect(await studio.untilRun((await studio.publish(name, version)).id)).toMatchObject({ state: 'succeeded' });
    return site;
  }

  /** What stands at a place of the live bucket: path below it -> text. */
  async function standsAt(urlPath: string, bucket = studio.stack.buckets.publish): Promise<Map<string, string>> {
    const objects = await studio.objects(bucket, `${urlPath}/`);
    return new Map([...objects].map(([key, { body }]) => [key.slice(urlPath.length + 1), body.toString('utf8')]));
  }

  const readers = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${studio.stack.liveSiteUrl ?? ''}${path}`);
    return { status: answer.status, text: await answer.text() };
  };

  const move = (site: string, urlPath: string) => studio.cliJson<{ state: string; result: MoveResult }>('sites', 'move', site, urlPath, '--wait');

  it('serves its new address, leads on from the old one, goes on to a third, and comes back', async () => {
    const site = await publishedSite('mover');
    const before = await standsAt('courses/mover');
    const page = [...before.keys()].find((path) => /^pages\/.+\/index\.html$/.test(path)) ?? '';
    const folder = page.replace(/index\.html$/, '');
    expect(before.has('data.json')).toBe(true);

    const moved = await move(site.name, 'moved');
    expect(moved).toMatchObject({ state: 'succeeded', result: { from: 'courses/mover', to: 'courses/moved', redirectLine: '/courses/mover/* → /courses/moved/:splat 301' } });
    expect(moved.result.byHand).toEqual(['Add this line to the CDN’s redirect table: /courses/mover/* → /courses/moved/:splat 301']);

    // The new place is whole, and says so itself.
    const after = await standsAt('courses/moved');
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const course = JSON.parse(after.get('data.json') ?? '{}') as Record<string, unknown>;
    expect(course['site_url_path']).toBe('courses/moved');
    const text = [...after].filter(([path]) => path.endsWith('.html')).map(([, body]) => body).join('\n');
    expect(text).toContain('/courses/moved/');
    expect(text).not.toContain('/courses/mover/');

    // The old place has pages that lead on, and nothing else.
    const old = await standsAt('courses/mover');
    expect([...old.keys()].sort()).toEqual([...before.keys()].filter((path) => path.endsWith('.html')).sort());
    expect(moved.result.redirectPages).toBe(old.size);
    expect(moved.result.removedFiles).toBe(before.size - old.size);
    expect(await readers(`/courses/mover/${folder}`)).toEqual({ status: 200, text: expect.stringContaining(`<meta http-equiv="refresh" content="0; url=/courses/moved/${folder}">`) as string });
    expect(await readers(`/courses/moved/${folder}`)).toMatchObject({ status: 200 });
    expect((await readers('/courses/mover/data.json')).status).toBe(404);
    expect((await standsAt('courses/mover', studio.stack.buckets.preview)).size).toBe(0);
    expect((await standsAt('courses/moved', studio.stack.buckets.preview)).size).toBeGreaterThan(0);

    // Caches and catalogues know.
    expect(fastly.purges.slice(-2).map(({ service, key, soft }) => ({ service, key, soft }))).toEqual([
      { service: 'draft', key: 'mover', soft: false },
      { service: 'live', key: 'mover', soft: false },
    ]);
    // The site's first live publish told of the old place by itself.
    expect(learn.notices.filter(({ prefix }) => prefix !== 'courses/mover/')).toEqual([{ prefix: 'courses/moved/', version: 'live' }]);

    // The repository names the new place.
    const subjects = await studio.commitSubjects(site.shortId, 'main');
    expect(subjects.length).toBeGreaterThan(1);

    // A later publish leaves the redirects alone.
    await savePage(studio, site, 'Saved after the move.');
    expect(await studio.untilRun((await studio.publish(site.name, 'live')).id)).toMatchObject({ state: 'succeeded' });
    expect(await standsAt('courses/mover')).toEqual(old);

    // On to a third place: both old ones lead straight there.
    await move(site.name, 'moved-again');
    for (const from of ['mover', 'moved']) expect((await readers(`/courses/${from}/${folder}`)).text).toContain(`url=/courses/moved-again/${folder}"`);
    const taken = await studio.cli('sites', 'move', site.name, 'moved/inside');
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('Choose a place beside it.') as string });

    // And back to the first: its redirects make way for the site, the others lead there.
    await move(site.name, 'mover');
    const back = await standsAt('courses/mover');
    expect([...back.keys()].sort()).toEqual([...before.keys()].sort());
    expect([...back.values()].join('\n')).not.toContain('http-equiv="refresh" content="0; url=/courses/mov');
    for (const from of ['moved', 'moved-again']) expect((await readers(`/courses/${from}/${folder}`)).text).toContain(`url=/courses/mover/${folder}"`);
    expect(await studio.query('select from_path, to_path from site_redirects where site_id = $1 order by 1', [site.id])).toEqual([
      { from_path: 'courses/moved', to_path: 'courses/mover' },
      { from_path: 'courses/moved-again', to_path: 'courses/mover' },
    ]);
  });

  it('shows first what it would do, and changes nothing by that', async () => {
    const site = await publishedSite('looker');
    const shown = await studio.cli('sites', 'move', site.name, 'looked', '--dry-run');
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/^From ‘courses\/looker’ to ‘courses\/looked’: \d+ pages will lead on\.\n/);
    expect(shown.stdout).toContain('data.json');
    expect(shown.stdout).toContain('  /courses/looker/* → /courses/looked/:splat 301\n');
    expect(await studio.query('select url_path from sites where id = $1', [site.id])).toEqual([{ url_path: 'courses/looker' }]);
    expect((await studio.cli('sites', 'move', site.name, 'looker', '--dry-run')).stderr).toContain('The site is at ‘courses/looker’ already.');
  });

  it('is stopped before readers are led on, and stands at its old address as before', async () => {
    const site = await publishedSite('stopper');
    const before = await standsAt('courses/stopper');
    const beforeDraft = await standsAt('courses/stopper', studio.stack.buckets.preview);
    // The live deploy at the new place breaks off and is tried again and again.
    await studio.fault('s3Proxy', { fault: '503', forMs: 600_000, match: `^PUT /${studio.stack.buckets.publish}/courses/stopped/.*\\.html$` });
    const request = await studio.call('POST /api/v1/sites/:site/moves', { params: { site: site.name }, body: { urlPath: 'stopped' } });
    const run = await studio.runOf(request.id);
    await until('the live site is being written', async () => ((await standsAt('courses/stopped')).size > 0 ? true : undefined), { withinMs: 120_000 });
    expect(await standsAt('courses/stopper')).toEqual(before);
    // A publish of somebody else waits until the move is over.
    const other = await studio.call('POST /api/v1/sites/:site/publishes', { params: { site: site.name }, body: { version: 'draft' } });
    await studio.call('POST /api/v1/runs/:run/cancel', { params: { run: run.id } });
    await studio.fault('s3Proxy', { clear: true });
    expect(await studio.untilRun(run.id)).toMatchObject({ state: 'cancelled', reason: { message: 'A person stopped this move. The site is at its old address, as it was.' } });
    expect((await standsAt('courses/stopped')).size).toBe(0);
    expect(await standsAt('courses/stopper')).toEqual(before);
    expect(await studio.query('select url_path from sites where id = $1', [site.id])).toEqual([{ url_path: 'courses/stopper' }]);
    const waited = await studio.runOf(other.id);
    expect(await studio.untilRun(waited.id)).toMatchObject({ state: 'succeeded' });
    expect([...(await standsAt('courses/stopper', studio.stack.buckets.preview)).keys()].sort()).toEqual([...beforeDraft.keys()].sort());
    expect((await studio.publish(site.name, 'live')).id).not.toBe(run.id);
  });

  it('survives a killed worker at any time', async () => {
    const site = await publishedSite('killed');
    const before = await standsAt('courses/killed');
    const request = await studio.call('POST /api/v1/sites/:site/moves', { params: { site: site.name }, body: { urlPath: 'survived' } });
    const run = await studio.runOf(request.id);
    for (const phase of ['live', 'redirect']) {
      await until(`${phase} is reached`, async () => ((await studio.getRun(run.id)).phases.find((each) => each.id === phase)?.state !== 'pending' ? true : undefined), { withinMs: 120_000 });
      await studio.killWorker();
    }
    expect(await studio.untilRun(run.id)).toMatchObject({ state: 'succeeded' });
    expect([...(await standsAt('courses/survived')).keys()].sort()).toEqual([...before.keys()].sort());
    expect([...(await standsAt('courses/killed')).keys()].every((path) => path.endsWith('.html'))).toBe(true);
  });
});

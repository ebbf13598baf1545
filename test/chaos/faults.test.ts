import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinal } from '#domain/runs.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Run, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const run = promisify(execFile);
/** How long GitHub refuses everything: a minute, or a tenth of it; milliseconds. */
const LIMITED_MS = isFullSize ? 60_000 : 6_000;
/** What each refusal names; seconds. */
const RETRY_AFTER_SECONDS = 2;
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

describe('when something outside fails', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio({ proxyS3: true });
    await studio.cliJson('starters', 'sync', '--wait');
  });
  afterAll(() => studio.stop());

  /** A site that was published once, and what readers see of it. */
  async function publishedSite(name: string): Promise<{ site: SampleSite; before: Map<string, string> }> {
    const site = await importSample(studio, name);
    const first = await studio.publish(site.name, 'live');
    expect(await studio.untilRun(first.id)).toMatchObject({ state: 'succeeded' });
    return { site, before: await readersSee(site) };
  }

  async function readersSee(site: SampleSite): Promise<Map<string, string>> {
    const objects = await studio.objects(studio.stack.buckets.publish, `${site.urlPath}/`);
    return new Map([...objects].map(([key, { body }]) => [key, body.toString('base64')]));
  }

  const retrying = (seen: Run) => seen.phases.find((phase) => phase.state === 'retrying');

  async function retry(id: string): Promise<Run> {
    await studio.call('POST /api/v1/runs/:run/retry', { params: { run: id } });
    return studio.untilRun(id, (seen) => isFinal(seen.state));
  }

  /** Changes a file of the repository of starters and Hugo configurations, as an engineer does. */
  async function pushToProjects(path: string, change: (text: string) => string): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'ocw-projects-'));
    try {
      await run('git', ['clone', '--quiet', studio.cloneUrl('ocw-hugo-projects'), folder]);
      writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
      const author = ['-c', 'user.name=An engineer', '-c', 'user.email=engineer@example.edu'];
      await run('git', ['-C', folder, ...author, 'commit', '--quiet', '--all', '-m', `Change ${path}`]);
      await run('git', ['-C', folder, 'push', '--quiet', 'origin', 'HEAD']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it('S3 answers 503 for 20 s: the run says so, goes on by itself, and readers see the old site until then', async () => {
    const { site, before } = await publishedSite('s3-away');
    await savePage(studio, site, 'Saved while the file store was away.');
    await studio.fault('s3Proxy', { fault: '503', forMs: 20_000, match: '.' });
    const asked = await studio.publish(site.name, 'live');
    const seen = await studio.untilRun(asked.id, (now) => retrying(now) !== undefined);
    expect(retrying(seen)?.error?.message).toBe('The file store (S3) does not answer properly (503 SlowDown).');
    expect(retrying(seen)?.nextAttemptAt).not.toBeNull();
    expect(await readersSee(site)).toEqual(before);
    expect(await studio.untilRun(asked.id)).toMatchObject({ state: 'succeeded' });
    expect(await readersSee(site)).not.toEqual(before);
  });

  it('GitHub answers 500: tried again until it works, with the reason on the run', async () => {
    const { site } = await publishedSite('github-500');
    await savePage(studio, site, 'Saved while GitHub had an outage.');
    await studio.fault('github', { fault: '500', times: 4, match: `^POST /repos/[^/]+/${site.shortId}/merges` });
    const asked = await studio.publish(site.name, 'live');
    const seen = await studio.untilRun(asked.id, (now) => retrying(now) !== undefined);
    expect(retrying(seen)).toMatchObject({ id: 'commit', error: { message: 'GitHub answers with an error (500).' } });
    expect(await studio.untilRun(asked.id)).toMatchObject({ state: 'succeeded' });
  });

  it('GitHub answers 429 with Retry-After: nobody asks again before the time', async () => {
    const { site } = await publishedSite('github-429');
    await savePage(studio, site, 'Saved while GitHub was limiting us.');
    await studio.fault('github', { fault: '429', times: 1, retryAfterSeconds: 6, match: `^POST /repos/[^/]+/${site.shortId}/merges` });
    const asked = await studio.publish(site.name, 'live');
    const seen = await studio.untilRun(asked.id, (now) => retrying(now) !== undefined);
    expect(retrying(seen)).toMatchObject({ id: 'commit', error: { message: 'GitHub is limiting us.' } });
    expect(await studio.untilRun(asked.id)).toMatchObject({ state: 'succeeded' });
    const merges = (await studio.journal('github')).filter((entry) => entry.method === 'POST' && entry.path.endsWith(`/${site.shortId}/merges`));
    const limited = merges.findIndex((entry) => entry.fault === '429');
    expect((merges[limited + 1]?.at ?? 0) - (merges[limited]?.at ?? 0)).toBeGreaterThanOrEqual(6_000);
  });

  it(`GitHub limits us for ${LIMITED_MS / 1_000} s, by 429 and by 403: nothing is lost or done twice, and nobody asks before the time`, async () => {
    // Two sites, each with a writer of its own: what one of them is told holds for the other.
    const sites: { site: SampleSite; file: string; before: string[] }[] = [];
    for (const name of ['github-limits', 'github-limits-too']) {
      const { site } = await publishedSite(name);
      sites.push({ site, file: await savePage(studio, site, 'Saved while GitHub had had enough of us.'), before: await studio.commitSubjects(site.shortId, 'main') });
    }
    const beganAt = Date.now();
    // In turn, and more of them than there can be calls: only the end of the window ends the limit.
    for (let left = LIMITED_MS / 1_000; left > 0; left -= 1) {
      for (const fault of ['403-secondary', '429']) await studio.fault('github', { fault, retryAfterSeconds: RETRY_AFTER_SECONDS, match: '^[A-Z]+ /repos/' });
    }
    const asked = await Promise.all(sites.flatMap(({ site }) => [studio.publish(site.name, 'draft'), studio.publish(site.name, 'live')]));
    const callsSince = async () => (await studio.journal('github')).filter((entry) => entry.at >= beganAt);
    const refusals = async () => (await callsSince()).filter((entry) => entry.fault !== undefined);
    // One of a site's two publishes waits for the other's turn and has nothing to say yet.
    const said = await until('a publish says what it waits for', async () => (await Promise.all(asked.map(({ id }) => studio.getRun(id)))).map(retrying).find((phase) => phase !== undefined));
    expect(said).toMatchObject({ id: 'commit', error: { message: 'GitHub is limiting us.' } });
    // The window begins with the first refusal, and lasts until a call that went ahead of the others was refused too.
    await until('the time is over', async () => {
      const [first, , third] = await refusals();
      return third !== undefined && Date.now() >= (first?.at ?? Infinity) + LIMITED_MS;
    }, { withinMs: LIMITED_MS + 60_000 });
    await studio.fault('github', { clear: true });
    const endedAt = Date.now();
    for (const { id } of asked) expect(await studio.untilRun(id)).toMatchObject({ state: 'succeeded' });

    const calls = await callsSince();
    const api = calls.filter((entry) => entry.path.startsWith('/repos/'));
    const limited = await refusals();
    expect(limited.map((entry) => entry.fault)).toEqual(limited.map((_, index) => (index % 2 === 0 ? '403-secondary' : '429')));
    expect(limited).toEqual(api.slice(0, limited.length));
    // Calls of both may be on their way when the first refusal comes; from then on one goes ahead of all others. The one after the last refusal keeps to its time too.
    const firstAt = limited[0]?.at ?? 0;
    const burst = limited.filter((entry) => entry.at < firstAt + 1_000).length;
    expect(burst).toBeLessThanOrEqual(sites.length);
    for (const [index, entry] of api.slice(burst, limited.length + 1).entries()) expect(entry.at - (api[burst - 1 + index]?.at ?? 0)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1_000);
    expect(limited.length).toBeLessThanOrEqual(burst + Math.floor((endedAt - firstAt) / 1_000 / RETRY_AFTER_SECONDS));
    // One push and one commit for each site, and each of its branches merged once.
    expect(calls.filter((entry) => entry.method === 'POST' && entry.path.endsWith('/git-receive-pack'))).toHaveLength(sites.length);
    expect(api.filter((entry) => entry.path.endsWith('/merges') && entry.status === 201)).toHaveLength(2 * sites.length);
    for (const { site, file, before } of sites) {
      expect(await studio.commitSubjects(site.shortId, 'main')).toEqual(['Sync all content', ...before]);
      expect(await studio.query('select written_path from content_items where site_id = $1 and written_path = $2', [site.id, file])).toHaveLength(1);
      expect(await studio.query('select name from sites where id = $1 and committed_revision = content_revision', [site.id])).toEqual([{ name: site.name }]);
    }
  });

  it('a broken shortcode: the place in the author’s file, the old site untouched, and the mended page supersedes the run', async () => {
    const { site, before } = await publishedSite('broken-shortcode');
    const file = await savePage(studio, site, 'A good line.\n\n{{< no_such_shortcode >}}\n');
    const asked = await studio.publish(site.name, 'live');
    const failed = await studio.untilRun(asked.id);
    expect(failed).toMatchObject({ state: 'failed', phase: 'build', reason: { code: 'PreflightFailed' }, can: { retry: true, giveUp: true } });
    expect(failed.problems[0]).toMatchObject({ file, item: { site: site.name } });
    expect(failed.problems[0]?.line).toBeGreaterThan(1);
    expect(failed.problems[0]?.message).toContain('no_such_shortcode');
    expect(failed.reason?.message).toContain(`${file}:${failed.problems[0]?.line ?? ''}`);
    expect(await readersSee(site)).toEqual(before);
    const waited = await studio.cli('publish', site.name, '--version', 'live', '--wait');
    expect(waited.code).toBe(1);
    expect(waited.stderr).toContain('no_such_shortcode');

    await savePage(studio, site, 'The mended page.');
    const again = await studio.publish(site.name, 'live');
    expect(await studio.untilRun(again.id)).toMatchObject({ state: 'succeeded' });
    expect(await studio.getRun(asked.id)).toMatchObject({ state: 'superseded' });
  });

  it('a missing starter: said in words, and a retry works once the site has one again', async () => {
    const { site, before } = await publishedSite('missing-starter');
    const [row] = await studio.query<{ starter_id: string }>('select starter_id from sites where id = $1', [site.id]);
    await studio.query('update sites set starter_id = null where id = $1', [site.id]);
    const asked = await studio.publish(site.name, 'live');
    expect(await studio.untilRun(asked.id)).toMatchObject({ state: 'failed', reason: { code: 'StarterMissing', message: expect.stringContaining('has no starter') as string } });
    expect(await readersSee(site)).toEqual(before);
    await studio.query('update sites set starter_id = $2 where id = $1', [site.id, row?.starter_id]);
    expect(await retry(asked.id)).toMatchObject({ state: 'succeeded' });
  });

  it('a bad Hugo configuration: its file is named, and a retry works once it is mended', async () => {
    const { site, before } = await publishedSite('bad-config');
    const file = 'ocw-course-v2/config.yaml';
    let good = '';
    await pushToProjects(file, (text) => {
      good = text;
      return `${text}\nmarkup: [unclosed\n`;
    });
    try {
      const asked = await studio.publish(site.name, 'live');
      const failed = await studio.untilRun(asked.id);
      expect(failed).toMatchObject({ state: 'failed', phase: 'build', reason: { code: 'HugoFailed', message: expect.stringContaining('config.yaml') as string } });
      expect(await readersSee(site)).toEqual(before);
      await pushToProjects(file, () => good);
      expect(await retry(asked.id)).toMatchObject({ state: 'succeeded' });
    } finally {
      await pushToProjects(file, (text) => (text === good ? `${text}\n` : good));
    }
  });

  it('a starter’s configuration with a fault is not taken: the fault is shown and the one before stays', async () => {
    const file = 'ocw-www/ocw-studio.yaml';
    const starter = async () => (await studio.call('GET /api/v1/starters', {})).starters.find((one) => one.slug === 'ocw-www');
    expect(await starter()).toMatchObject({ fault: null });
    let good = '';
    await pushToProjects(file, (text) => {
      good = text;
      return text.replace('collections:', 'colections:');
    });
    await studio.cli('starters', 'sync', '--wait');
    expect((await starter())?.fault).toMatch(/colections/);
    await pushToProjects(file, () => good);
    await studio.cliJson('starters', 'sync', '--wait');
    expect(await starter()).toMatchObject({ fault: null });
  });

  it('20 publish requests during one build make exactly one more pass', async () => {
    const site = await importSample(studio, 'twenty-clicks');
    await studio.fault('s3Proxy', { fault: 'slow', times: 0, delayMs: 5_000, match: `^PUT /ocw-build-store/manifests/${site.id}/live/.*/build` });
    const first = await studio.publish(site.name, 'live');
    await studio.untilRun(first.id, (now) => now.phase === 'build');
    const requests = await Promise.all(Array.from({ length: 20 }, () => studio.call('POST /api/v1/sites/:site/publishes', { params: { site: site.name }, body: { version: 'live' } })));
    expect((await studio.call('GET /api/v1/sites/:site', { params: { site: site.name } })).live.waiting).toHaveLength(20);
    await studio.fault('s3Proxy', { clear: true });
    const passes = new Set<string>();
    for (const request of requests) passes.add((await studio.runOf(request.id)).id);
    expect(passes.size).toBe(1);
    const [second = ''] = passes;
    expect(second).not.toBe(first.id);
    expect(await studio.untilRun(second)).toMatchObject({ state: 'succeeded' });
    expect((await studio.call('GET /api/v1/runs', { query: { site: site.name, process: 'publish-site' } })).total).toBe(2);
  });

  it('Temporal is down at the click: answered within 2 s, delivered once when it is back', async () => {
    const site = await importSample(studio, 'engine-down');
    await studio.running.stopPart('temporal');
    let requestId: string;
    try {
      const askedAt = performance.now();
      const request = await studio.call('POST /api/v1/sites/:site/publishes', { params: { site: site.name }, body: { version: 'live' } });
      expect(performance.now() - askedAt).toBeLessThan(2_000);
      expect(request).toMatchObject({ state: 'engine', message: expect.stringMatching(/waiting for the engine/i) as string, runId: null });
      requestId = request.id;
    } finally {
      await studio.running.startPart('temporal');
    }
    const taken = await studio.runOf(requestId);
    expect(await studio.untilRun(taken.id)).toMatchObject({ state: 'succeeded' });
    expect((await studio.call('GET /api/v1/runs', { query: { site: site.name, process: 'publish-site' } })).total).toBe(1);
  });

  describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ': mounting a small file system needs root on Linux'}`, () => {
    it('is named as the reason, the old site stays, and a retry works once there is space', async () => {
      const { site, before } = await publishedSite('full-disk');
      await savePage(studio, site, 'Saved while the disk was full.');
      const small = mkdtempSync(join(tmpdir(), 'ocw-small-'));
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
      try {
        await studio.restartWorker({ STUDIO_WORK_DIR: small });
        const asked = await studio.publish(site.name, 'live');
        const failed = await studio.untilRun(asked.id);
        expect(failed).toMatchObject({ state: 'failed', reason: { code: 'DiskFull', message: expect.stringContaining('disk is full') as string } });
        expect(await readersSee(site)).toEqual(before);
        await studio.restartWorker();
        expect(await retry(asked.id)).toMatchObject({ state: 'succeeded' });
      } finally {
        await studio.restartWorker();
        await until('the small disk is free', () => run('umount', [small]).then(() => true));
        rmSync(small, { recursive: true, force: true });
      }
    });
  });
});

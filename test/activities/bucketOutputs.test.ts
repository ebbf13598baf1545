import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBucketsActivities, type PlanDeployInput } from '#activities/buckets.ts';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createStoredRunsActivities } from '#activities/storedRuns.ts';
import { createLearn } from '#clients/learn.ts';
import type { Config } from '#config/load.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { listQueuedMails, queueMails } from '#db/queries/mails.ts';
import { bindRequest } from '#db/queries/runRequests.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { hasUnfinishedRedirects, leadOn, listSiteRedirects } from '#db/queries/siteRedirects.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

/** Files of one output: path -> content. */
type Files = Readonly<Record<string, string>>;

describe('the outputs of a site on a real S3 server', () => {
  let config: Config;
  let activities: ReturnType<typeof createBucketsActivities> & ReturnType<typeof createStoredRunsActivities>;
  let site: SiteRow;
  /** Workflows that were started. */
  const started: string[] = [];
  beforeAll(() => {
    config = makeConfig({ ...buckets.env, OCW_EXTRA_COURSE_THEMES: 'v4', OPEN_CATALOG_URLS: 'https://learn.localhost/', OPEN_CATALOG_WEBHOOK_KEY: 'key' });
    const temporal = { workflow: { start: (_type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void started.push(workflowId)) } };
    const deps = { config, db: database.db, s3: buckets.s3, learn: createLearn(config), log: keptLog().log, temporal } as unknown as ActivityDeps;
    activities = { ...createBucketsActivities(deps), ...createStoredRunsActivities(deps) };
  });
  beforeEach(async () => {
    await database.clear();
    for (const key of Object.keys(await readBucket(buckets.s3, buckets.direct, config.publishBucket))) await buckets.s3.remove(config.publishBucket, [key]);
    site = await makeSite(database.db);
    buckets.proxy.journal.length = 0;
    started.length = 0;
  });

  const inBucket = async (): Promise<Files> => Object.fromEntries(Object.entries(await readBucket(buckets.s3, buckets.direct, config.publishBucket)).map(([key, { body }]) => [key, body]));
  const at = (files: Files, prefix = site.urlPath ?? ''): Files => Object.fromEntries(Object.entries(files).map(([path, text]) => [prefix === '' ? path : `${prefix}/${path}`, text]));
  const inTheme = (files: Files): Files => at(files, `v3/${site.urlPath ?? ''}`);

  /** A build with these outputs in the store, as buildSite leaves it, and the run it belongs to. */
  async function build(outputs: Readonly<Record<string, Files>>, prefix = site.urlPath ?? '', of = site): Promise<PlanDeployInput> {
    const runId = await makeRun(database.db, { siteId: of.id, version: 'live', frozen: { revision: 3, urlPath: of.urlPath } });
    for (const [theme, files] of Object.entries(outputs)) {
      const entries = Object.entries(files).map(([path, text]) => [path, makeEntry(text, { contentType: path.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/css' })]);
      for (const text of Object.values(files)) await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(createHash('sha256').update(text).digest('hex')), text, { contentType: 'application/octet-stream' });
      const manifest = makeManifest(Object.fromEntries(entries) as Parameters<typeof makeManifest>[0], { siteId: of.id, siteName: of.name, version: 'live', theme, prefix: theme === '' ? prefix : `${theme}/${prefix}`, runId });
      await putJson({ s3: buckets.s3, config }, storeKeys.build(of.id, 'live', runId, theme), manifest);
    }
    await putJson({ s3: buckets.s3, config }, storeKeys.outputs(of.id, 'live', runId), { themes: Object.keys(outputs) });
    return { runId, siteId: of.id, version: 'live', phase: 'plan', buildKey: storeKeys.build(of.id, 'live', runId) };
  }
  const plan = (input: PlanDeployInput) => runActivity((each: PlanDeployInput) => activities.planDeployment(each), input);
  const deployInput = (input: PlanDeployInput, revision = 3) => ({ runId: input.runId, siteId: input.siteId, version: input.version, phase: 'deploy', planKey: storeKeys.plan(input.siteId, 'live', input.runId), commit: 'c'.repeat(40), revision });
  const deploy = (input: PlanDeployInput, revision?: number) => runActivity((each: ReturnType<typeof deployInput>) => activities.deployManifest(each), deployInput(input, revision));
  const record = (input: PlanDeployInput, revision?: number) => runActivity((each: ReturnType<typeof deployInput>) => activities.recordPublished(each), { ...deployInput(input, revision), phase: 'record' });
  async function publish(outputs: Readonly<Record<string, Files>>, prefix?: string, of?: SiteRow) {
    const built = await build(outputs, prefix, of);
    const planned = await plan(built);
    await deploy(built);
    return { built, planned, recorded: await record(built) };
  }
  const rowOf = (theme: string) => findDeployment(database.db, { siteId: site.id, version: 'live', theme });

  it('go out together: assets of all, then pages of all, then removals', async () => {
    await publish({ '': { 'index.html': 'old', 'gone.html': 'g' }, v3: { 'index.html': 'old', 'gone.html': 'g' } });
    buckets.proxy.journal.length = 0;
    const { built, planned } = await publish({ '': { 'index.html': 'new', 'a.css': 'a' }, v3: { 'index.html': 'new', 'a.css': 'b' } });
    const calls = buckets.proxy.journal.filter((entry) => entry.path.startsWith(`/${config.publishBucket}`) && (entry.method === 'PUT' || entry.method === 'POST')).map((entry) => (entry.method === 'POST' ? 'removal' : /\.css/.test(entry.path) ? 'asset' : 'page'));
    expect(calls).toEqual(['asset', 'asset', 'page', 'page', 'removal']);
    expect(await inBucket()).toEqual({ ...at({ 'index.html': 'new', 'a.css': 'a' }), ...inTheme({ 'index.html': 'new', 'a.css': 'b' }) });
    expect(planned).toMatchObject({ changed: 4, removed: 2, counts: { removedPages: 2 } });
    for (const theme of ['', 'v3']) expect(await rowOf(theme)).toMatchObject({ manifestKey: storeKeys.deployed(site.id, 'live', built.runId, theme), pendingManifestKey: null, runId: built.runId });
    expect(await findRun(database.db, built.runId)).toMatchObject({ state: 'succeeded', result: { changed: 4, removed: 2, removedPages: 2 } });
  });

  it('are noted by the deploy itself, before the run has succeeded, and a deploy that is noted writes nothing again', async () => {
    const built = await build({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i' } });
    await plan(built);
    await deploy(built);
    expect([(await rowOf(''))?.contentRevision, (await rowOf('v3'))?.pendingManifestKey, (await findRun(database.db, built.runId))?.state]).toEqual([3, null, 'running']);
    buckets.proxy.journal.length = 0;
    await deploy(built);
    expect(buckets.proxy.journal.filter((entry) => entry.method === 'PUT')).toEqual([]);
  });

  it.each(['a.css', 'index.html'])('whose deploy broke off at %s of the second theme end as if nothing had happened', async (object) => {
    await publish({ '': { 'index.html': 'old', 'gone.html': 'g' }, v3: { 'index.html': 'old' } });
    const built = await build({ '': { 'index.html': 'new', 'a.css': 'a' }, v3: { 'index.html': 'new', 'a.css': 'b' } });
    await plan(built);
    buckets.proxy.addFault({ fault: '500', times: 0, match: new RegExp(`^PUT /${config.publishBucket}/v3/.*/${object}$`) });
    await expect(deploy(built)).rejects.toMatchObject({ name: 'S3Error' });
    if (object === 'a.css') expect((await inBucket())[`${site.urlPath}/index.html`]).toBe('old');
    await fetch(`${buckets.env['AWS_ENDPOINT_URL_S3']}/_control`, { method: 'POST', body: '{"clear":true}' });
    await deploy(built);
    expect(await inBucket()).toEqual({ ...at({ 'index.html': 'new', 'a.css': 'a' }), ...inTheme({ 'index.html': 'new', 'a.css': 'b' }) });
  });

  it('that nothing builds any more are taken away, and their rows with them', async () => {
    await publish({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i', 'a.css': 'a' } });
    const { built } = await publish({ '': { 'index.html': 'i' } });
    expect(await inBucket()).toEqual(at({ 'index.html': 'i' }));
    expect(await rowOf('v3')).toBeUndefined();
    expect(await findRun(database.db, built.runId)).toMatchObject({ result: { removed: 2 } });
  });

  describe('of the root site', () => {
    let root: SiteRow;
    beforeEach(async () => {
      root = await makeSite(database.db, { name: config.rootWebsiteName, urlPath: null });
    });

    it('leave the themes’ assets alone, and name what they would have written there', async () => {
      for (const key of ['static_shared/js/a.js', 'static/hash.txt', 'favicon.ico']) await buckets.s3.put(config.publishBucket, key, 'assets', { contentType: 'text/plain' });
      const { built } = await publish({ '': { 'index.html': 'root', 'favicon.ico': 'ours', 'static_shared/js/a.js': 'ours', 'static/hash.txt': 'ours' } }, '', root);
      expect(await inBucket()).toEqual({ 'index.html': 'root', 'static_shared/js/a.js': 'assets', 'static/hash.txt': 'assets', 'favicon.ico': 'assets' });
      expect((await findRun(database.db, built.runId))?.warnings).toMatchObject([{ message: 'Not written, because it belongs to the themes’ assets: ‘favicon.ico’, ‘static/hash.txt’, ‘static_shared/js/a.js’. Remove it from the site’s own content or theme.' }]);
    });

    it('never remove below another site or an extra theme, also where an earlier publish of the root says that it wrote there', async () => {
      await publish({ '': { 'index.html': 'root', 'courses/new/index.html': 'stray', 'v3/x.html': 'stray', 'favicon.ico': 'f' } }, '', root);
      await makeSite(database.db, { urlPath: 'courses/new' });
      await publish({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i' } });
      await publish({ '': { 'index.html': 'root' } }, '', root);
      expect(Object.keys(await inBucket())).toEqual(expect.arrayContaining(['courses/new/index.html', 'v3/x.html', `${site.urlPath}/index.html`, `v3/${site.urlPath}/index.html`]));
    });

    it.each(['courses', 'v3', 'v4'])('are refused as a whole when they have a page below %s that is not theirs', async (folder) => {
      await publish({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i' } });
      const path = folder === 'courses' ? `${site.urlPath}/stray.html` : `${folder}/index.html`;
      await expect(plan(await build({ '': { 'index.html': 'root', [path]: 'stray' } }, '', root))).rejects.toMatchObject({ name: 'ForeignPathError', path });
    });
  });

  it('in a further theme are refused below another site of that theme, and only there', async () => {
    const inside = await makeSite(database.db, { urlPath: `${site.urlPath}/inside` });
    await expect(plan(await build({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i', 'inside/index.html': 'stray' } }))).rejects.toMatchObject({ name: 'ForeignPathError', owner: `v3/${inside.urlPath}` });
    await expect(plan(await build({ '': { 'index.html': 'i' }, v3: { 'index.html': 'i', 'insider/index.html': 'ours' } }))).resolves.toMatchObject({ changed: 3 });
  });

  it('are refused where another site stands by now', async () => {
    const built = await build({ '': { 'index.html': 'i' } }, `${(await makeSite(database.db)).urlPath}/inside`);
    await expect(plan(built)).rejects.toMatchObject({ type: 'UrlInUse' });
  });

  describe('shown again', () => {
    const first = { '': { 'index.html': 'one', 'gone.html': 'g' }, v3: { 'index.html': 'one' } };
    const second = { '': { 'index.html': 'two', 'new.html': 'n' }, v3: { 'index.html': 'two' } };
    async function showAgain(kind: 'rollback' | 'reviewed', source: string) {
      const runId = await makeRun(database.db, { siteId: site.id, version: 'live', frozen: { from: { kind, runId: source } } });
      const from = { kind, runId: source };
      const taken = await runActivity((input: Parameters<typeof activities.takeStoredRun>[0]) => activities.takeStoredRun(input), { runId, siteId: site.id, version: 'live', phase: 'freeze', from });
      const input: PlanDeployInput = { runId, siteId: site.id, version: 'live', phase: 'plan', buildKey: taken.buildKey, from };
      return { taken, input };
    }

    it('an earlier publish stands there as it stood, in every theme, and the content counts as not published', async () => {
      const { built } = await publish(first);
      const next = await publish(second);
      await amendRun(database.db, built.runId, { frozen: { revision: 1 } });
      const { taken, input } = await showAgain('rollback', built.runId);
      await plan(input);
      await deploy(input, taken.revision);
      await record(input, taken.revision);
      expect(await inBucket()).toEqual({ ...at(first['']), ...inTheme(first.v3) });
      expect(await rowOf('')).toMatchObject({ runId: input.runId, contentRevision: 1 });
      expect(await findRun(database.db, input.runId)).toMatchObject({ state: 'succeeded', frozen: { from: { runId: built.runId }, revision: 1 } });
      // And forward again.
      const back = await showAgain('rollback', next.built.runId);
      await plan(back.input);
      await deploy(back.input);
      expect(await inBucket()).toEqual({ ...at(second['']), ...inTheme(second.v3) });
    });

    it('an uploaded file that is gone is named and left out; one that was replaced is shown as it is', async () => {
      const input = await build({ '': { 'index.html': 'one' } });
      const manifest = makeManifest({ 'index.html': makeEntry('one', { contentType: 'text/html; charset=utf-8' }), 'gone.pdf': makeEntry('x', { storageKey: 'courses/x/gone.pdf' }), 'changed.pdf': makeEntry('y', { storageKey: 'courses/x/changed.pdf' }) }, { siteId: site.id, siteName: site.name, version: 'live', prefix: site.urlPath ?? '', runId: input.runId });
      await putJson({ s3: buckets.s3, config }, storeKeys.deployed(site.id, 'live', input.runId), manifest);
      await buckets.s3.put(config.storageBucket, 'courses/x/changed.pdf', 'now', { contentType: 'application/pdf' });
      const shown = await showAgain('rollback', input.runId);
      await plan(shown.input);
      await deploy(shown.input);
      expect(await inBucket()).toEqual(at({ 'index.html': 'one', 'changed.pdf': 'now' }));
      expect((await findRun(database.db, shown.input.runId))?.warnings.map(({ message }) => message)).toEqual(['Not shown again, because the uploaded file is gone: ‘gone.pdf’.', 'Shown as they are now, because the uploaded file was replaced since: ‘changed.pdf’.']);
    });

    it('what was reviewed is older than what is out: nothing is done, and why is said', async () => {
      const reviewed = await build(first);
      const newer = await build(second);
      await plan(newer);
      await deploy(newer, 9);
      expect((await showAgain('reviewed', reviewed.runId)).taken.outdated).toContain('Revision 3 was reviewed, and revision 9 was published since.');
    });

    it('what was reviewed does not bring back a site that was unpublished since; an earlier publish does', async () => {
      const reviewed = await build(first);
      const { built } = await publish(first);
      await database.db('sites').where({ id: site.id }).update({ unpublish_status: 'succeeded', unpublish_status_at: new Date(Date.now() + 3_600_000) });
      expect((await showAgain('reviewed', reviewed.runId)).taken.outdated).toContain('The site was unpublished after this one was reviewed');
      expect((await showAgain('rollback', built.runId)).taken.outdated).toBeUndefined();
    });

    it('is refused when its files are not kept, and when the site is elsewhere by now', async () => {
      await expect(showAgain('rollback', await makeRun(database.db, { siteId: site.id, version: 'live' }))).rejects.toMatchObject({ type: 'OutputGone' });
      const { built } = await publish(first);
      await database.db('sites').where({ id: site.id }).update({ url_path: 'courses/elsewhere' });
      await expect(showAgain('rollback', built.runId)).rejects.toMatchObject({ type: 'SiteMoved' });
    });
  });

  describe('of a site that was unpublished', () => {
    const old = 'courses/before';
    const leadsTo = (path: string): string => expect.stringContaining(`url=/${path}"`) as string;
    const leading = async (): Promise<Files> => Object.fromEntries(Object.entries(await inBucket()).filter(([key]) => key.includes(old)));

    /** As an unpublish leaves a site that had moved: nothing stands, and the old address is known with its pages in both themes. */
    beforeEach(async () => {
      const manifests: Record<string, string> = {};
      for (const [theme, pages] of Object.entries({ '': ['index.html', 'pages/gone/index.html', 'pages/x/index.html'], v3: ['index.html'] })) {
        const prefix = theme === '' ? old : `${theme}/${old}`;
        manifests[theme] = storeKeys.redirects(site.id, 'move', theme, old);
        await putJson({ s3: buckets.s3, config }, manifests[theme], makeManifest(Object.fromEntries(pages.map((path) => [path, makeEntry(`to where ${path} was`, { contentType: 'text/html; charset=utf-8' })])), { siteId: site.id, siteName: site.name, theme, prefix }));
      }
      const unpublish = await makeRun(database.db, { siteId: site.id, process: 'unpublish-site', version: 'live' });
      await leadOn(database.db, { siteId: site.id, fromPath: old, toPath: site.urlPath ?? '', runId: unpublish, manifests });
    });
    const back = { '': { 'index.html': 'home', 'pages/x/index.html': 'x' }, v3: { 'index.html': 'home' } };
    const whole = (): Files => ({
      [`${old}/index.html`]: leadsTo(`${site.urlPath}/`),
      [`${old}/pages/gone/index.html`]: leadsTo(`${site.urlPath}/`),
      [`${old}/pages/x/index.html`]: leadsTo(`${site.urlPath}/pages/x/`),
      [`v3/${old}/index.html`]: leadsTo(`v3/${site.urlPath}/`),
    });

    it('bring their old addresses back, once', async () => {
      const { built } = await publish(back);
      expect(await leading()).toEqual(whole());
      expect((await readBucket(buckets.s3, buckets.direct, config.publishBucket, old))[`${old}/index.html`]?.metadata).toEqual({ 'site-id': site.name });
      expect((await findRun(database.db, built.runId))?.frozen).toMatchObject({ redirectPages: 4 });
      expect(await listSiteRedirects(database.db, site.id)).toMatchObject([{ runId: built.runId, manifests: { '': storeKeys.redirects(site.id, built.runId, '', old), v3: storeKeys.redirects(site.id, built.runId, 'v3', old) } }]);
      expect(await hasUnfinishedRedirects(database.db, site.id)).toBe(false);
      buckets.proxy.journal.length = 0;
      await publish(back);
      expect(buckets.proxy.journal.filter((entry) => entry.method === 'PUT' && entry.path.includes(old))).toEqual([]);
    });

    it('bring all of them back, when they broke off between two', async () => {
      const built = await build(back);
      await plan(built);
      buckets.proxy.addFault({ fault: '500', times: 0, match: new RegExp(`^PUT /${config.publishBucket}/v3/${old}/index.html`) });
      await expect(deploy(built)).rejects.toMatchObject({ name: 'S3Error' });
      await fetch(`${buckets.env['AWS_ENDPOINT_URL_S3']}/_control`, { method: 'POST', body: '{"clear":true}' });
      for (const key of Object.keys(await leading())) await buckets.s3.remove(config.publishBucket, [key]);
      await deploy(built);
      expect(await leading()).toEqual(whole());
    });

    it('leave the old address of a theme alone that they have no output in any more', async () => {
      await publish({ '': back[''] });
      expect(Object.keys(await leading()).sort()).toEqual(Object.keys(whole()).filter((key) => !key.startsWith('v3/')));
    });
  });

  describe('recorded', () => {
    async function askedFor(input: Readonly<Record<string, unknown>>, people: readonly string[]): Promise<Awaited<ReturnType<typeof record>>> {
      const built = await build({ '': { 'index.html': 'i' } });
      for (const requestedBy of people) await bindRequest(database.db, (await makeRequest(database.db, { siteId: site.id, version: 'live', requestedBy, input })).id, built.runId);
      await plan(built);
      await deploy(built);
      await record(built);
      return record(built);
    }
    const mails = (): Promise<{ id: string; user_id: string; kind: string; data: Record<string, unknown> }[]> => database.db('mails').select('id', 'user_id', 'kind', 'data').orderBy('user_id');

    it('one mail goes to each person who asked, however often it is recorded, and the catalogues are named', async () => {
      const [ada, grace] = [(await makeUser(database.db)).id, (await makeUser(database.db)).id];
      const recorded = await askedFor({}, [ada, grace, ada]);
      expect((await mails()).map((mail) => mail.user_id)).toEqual([ada, grace].sort());
      expect((await mails())[0]).toMatchObject({ kind: 'publish-succeeded', data: { siteName: site.name, version: 'live', url: `http://localhost:8440/${site.urlPath}/`, reason: null } });
      expect(recorded.notice).toEqual({ prefix: site.urlPath, receivers: ['https://learn.localhost/'] });
    });

    it.each([{ massRunId: 'm' }, { moveRunId: 'm' }])('nobody is told of what %o asked for: that tells them itself', async (input) => {
      const ada = (await makeUser(database.db)).id;
      const recorded = await askedFor(input, [ada]);
      expect([await mails(), recorded.notice]).toEqual([[], undefined]);
      // What waits in the outbox is somebody else's to start.
      await queueMails(database.db, [{ kind: 'publish-succeeded', dedupeKey: 'another', userId: ada, data: {} }]);
      await askedFor(input, [ada]);
      expect(started).toEqual([]);
    });

    it('a person who shares the pass of a mass publish is told, and the mail is started at once', async () => {
      const [ada, grace] = [(await makeUser(database.db)).id, (await makeUser(database.db)).id];
      const built = await build({ '': { 'index.html': 'i' } });
      for (const [requestedBy, input] of [[grace, { massRunId: 'm' }], [ada, {}]] as const) await bindRequest(database.db, (await makeRequest(database.db, { siteId: site.id, version: 'live', requestedBy, input })).id, built.runId);
      await plan(built);
      await deploy(built);
      const recorded = await record(built);
      expect((await mails()).map((mail) => mail.user_id)).toEqual([ada]);
      expect(recorded.notice).toEqual({ prefix: site.urlPath, receivers: ['https://learn.localhost/'] });
      expect(started).toEqual((await mails()).map(({ id }) => `send-mail/${id}`));
      // What was started is left to its workflow.
      expect(await listQueuedMails(database.db, 9)).toEqual([]);
    });
  });
});

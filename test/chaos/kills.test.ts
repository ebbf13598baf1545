import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { ROOT } from '#local/setup.mjs';
import { isFullSize } from '#test/support/corpus.ts';
import { directBuild } from '#test/support/directBuild.ts';
import { killIn } from '#test/support/held.ts';
import { importSample, savePage } from '#test/support/sampleCourse.ts';
import { startStudio, type PublishVersion, type Studio } from '#test/support/studio.ts';
import { holdPublish, publishPhases } from './support/holdPublish.ts';

const versions: readonly PublishVersion[] = isFullSize ? ['draft', 'live'] : ['live'];
const cases = versions.flatMap((version) => publishPhases.map((phase) => ({ version, phase })));

describe('a worker killed with -9', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio({ proxyS3: true });
    await studio.cliJson('starters', 'sync', '--wait');
    // A publish waits for what the root site lists of its course.
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
    for (const version of versions) expect(await studio.untilRun((await studio.publish('ocw-www', version)).id)).toMatchObject({ state: 'succeeded' });
  });
  afterAll(() => studio.stop());

  const bucketOf = (version: PublishVersion): string => (version === 'live' ? studio.stack.buckets.publish : studio.stack.buckets.preview);

  it.each(cases)('in the phase $phase of a $version publish: it ends once, with the same bytes', async ({ phase, version }) => {
    const site = await importSample(studio, `kill-${phase}-${version}`);
    await savePage(studio, site, `Saved before the kill in ${phase}.`);
    const held = await holdPublish(studio, { site, version, phase, pages: 3 });
    const asked = await studio.publish(site.name, version);
    await killIn(studio, asked.id, phase, held);

    const run = await studio.untilRun(asked.id);
    expect(run).toMatchObject({ state: 'succeeded', reason: null });
    expect(run.phases.map(({ id, state }) => `${id} ${state}`)).toEqual(publishSiteProcess.phases.map(({ id }) => `${id} done`));
    const { total } = await studio.call('GET /api/v1/runs', { query: { site: site.name, process: 'publish-site' } });
    expect(total).toBe(1);
    const expected = await directBuild(studio, { shortId: site.shortId, urlPath: site.urlPath, starter: 'ocw-course-v2' }, version);
    const deployed = await studio.objects(bucketOf(version), `${site.urlPath}/`);
    expect([...deployed.keys()].map((key) => key.slice(site.urlPath.length + 1)).sort()).toEqual([...expected.keys()].sort());
    expect([...deployed].filter(([key, { body }]) => expected.get(key.slice(site.urlPath.length + 1))?.equals(body) !== true).map(([key]) => key)).toEqual([]);
    expect([...expected.values()].some((body) => body.includes(`Saved before the kill in ${phase}.`))).toBe(true);
    // One commit of the import, one of the saved page: none was made twice.
    expect((await studio.commitSubjects(site.shortId, 'main')).filter((subject) => subject === 'Sync all content')).toHaveLength(1);
  });
});

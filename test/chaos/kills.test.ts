import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishSiteProcess, type PublishPhaseId } from '#domain/processes.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { directBuild } from '#test/support/directBuild.ts';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type PublishVersion, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const versions: readonly PublishVersion[] = isFullSize ? ['draft', 'live'] : ['live'];
/** Phases a fault can hold: the stack has no process that goes before a publish, and no CDN that a purge would wait for. */
type HeldPhase = Exclude<PublishPhaseId, 'prepublish' | 'purge'>;
const heldPhases = publishSiteProcess.phases.map(({ id }) => id).filter((id): id is HeldPhase => id !== 'prepublish' && id !== 'purge');
const cases = versions.flatMap((version) => heldPhases.map((phase) => ({ version, phase })));

describe('a worker killed with -9', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio({ proxyS3: true });
    await studio.cliJson('starters', 'sync', '--wait');
  });
  afterAll(() => studio.stop());

  const bucketOf = (version: PublishVersion): string => (version === 'live' ? studio.stack.buckets.publish : studio.stack.buckets.preview);

  /**
   * Makes a phase last until it is released, so that the kill meets it in the middle.
   * `isHeld` says whether the phase has come to the held point.
   */
  async function hold(phase: HeldPhase, site: SampleSite, version: PublishVersion): Promise<{ isHeld: () => Promise<boolean>; release: () => Promise<void> }> {
    const slow = { fault: 'slow', times: 0, delayMs: 15_000 };
    const manifests = `/ocw-build-store/manifests/${site.id}/${version}/`;
    const atS3 = async (match: string, after = 1) => {
      await studio.fault('s3Proxy', { ...slow, match });
      return {
        isHeld: async () => (await studio.journal('s3Proxy')).filter((entry) => entry.fault === 'slow' && new RegExp(match).test(`${entry.method} ${entry.path}`)).length >= after,
        release: () => studio.fault('s3Proxy', { clear: true }),
      };
    };
    switch (phase) {
      case 'freeze':
        return atS3(`^PUT /ocw-build-store/snapshots/${site.id}/`);
      case 'build':
        return atS3(`^PUT ${manifests}.*/build`);
      case 'plan':
        return atS3(`^PUT ${manifests}.*/plan`);
      case 'deploy':
        // Many objects are written already when the pages begin.
        return atS3(`^PUT /${bucketOf(version)}/${site.urlPath}/.*\\.html`, 3);
      case 'commit': {
        await studio.fault('github', { ...slow, match: `^POST /repos/[^/]+/${site.shortId}/merges` });
        return {
          isHeld: async () => (await studio.journal('github')).some((entry) => entry.fault === 'slow' && entry.path.includes(`/${site.shortId}/`)),
          release: () => studio.fault('github', { clear: true }),
        };
      }
      case 'verify':
      case 'record': {
        // Both read the plan, as the deploy did: only once that writes are later reads of it slow.
        const plan = `^GET ${manifests}.*/plan`;
        const slowReads = async () => (await studio.journal('s3Proxy')).filter((entry) => entry.fault === 'slow' && entry.method === 'GET' && entry.path.includes(site.id) && entry.path.includes('/plan')).length;
        await studio.fault('s3Proxy', { ...slow, delayMs: 1_000, times: 3, match: `^PUT /${bucketOf(version)}/${site.urlPath}/.*\\.html$` });
        let isArmed = false;
        return {
          isHeld: async () => {
            if (!isArmed && (await studio.journal('s3Proxy')).some((entry) => entry.fault === 'slow' && entry.path.includes(`/${site.urlPath}/`))) {
              isArmed = true;
              if (phase === 'record') await studio.fault('s3Proxy', { ...slow, delayMs: 1_000, times: 1, match: plan });
              await studio.fault('s3Proxy', { ...slow, match: plan });
            }
            return (await slowReads()) >= (phase === 'record' ? 2 : 1);
          },
          release: () => studio.fault('s3Proxy', { clear: true }),
        };
      }
    }
  }

  it.each(cases)('in the phase $phase of a $version publish: it ends once, with the same bytes', async ({ phase, version }) => {
    const site = await importSample(studio, `kill-${phase}-${version}`);
    await savePage(studio, site, `Saved before the kill in ${phase}.`);
    const held = await hold(phase, site, version);
    const asked = await studio.publish(site.name, version);
    await until(`the publish is held in ${phase}`, held.isHeld);
    expect(await studio.getRun(asked.id)).toMatchObject({ state: 'running', phase });

    await studio.running.kill('worker');
    await held.release();
    await studio.restartWorker();

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

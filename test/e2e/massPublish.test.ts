import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MassPublish, MassSite } from '#api/contracts/massPublishes.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { promisedHashes, servedHashes } from '#test/support/promisedHashes.ts';
import { type SampleSite, savePage } from '#test/support/sampleCourse.ts';
import { publishEach, seedSites } from '#test/support/seedSites.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';

const SITES = isFullSize ? 100 : 10;
const WINDOW = 2;

type Report = MassPublish & { readonly troubled: readonly MassSite[] };

describe(`a mass publish of ${SITES} sites`, () => {
  let studio: Studio;
  let sites: SampleSite[];
  let first: Map<string, string>;
  let massId = '';
  beforeAll(async () => {
    studio = await startStudio();
    await studio.cliJson('starters', 'sync', '--wait');
    sites = await seedSites(studio, SITES);
    await publishEach(studio, sites, 'live');
    first = await servedHashes(studio);
  }, 60_000 * SITES);
  afterAll(() => studio.stop());

  const site = (index: number): SampleSite => {
    const found = sites[index];
    if (found === undefined) throw new Error(`There is no site ${index}`);
    return found;
  };
  const ofSite = (all: Map<string, string>, { urlPath }: SampleSite): Map<string, string> => new Map([...all].filter(([key]) => key.startsWith(`${urlPath}/`)));

  it('puts every site out, two at a time, and one that fails stops no other', async () => {
    for (const each of sites) await savePage(studio, each, `Saved before the mass publish of ${each.name}.`);
    await savePage(studio, site(1), '{{< no_such_shortcode >}}');
    const preview = await studio.cliJson<{ sites: number }>('mass-publish', 'live', '--dry-run');
    expect(preview.sites).toBe(SITES);
    const ended = await studio.cli('mass-publish', 'live', '--window', String(WINDOW), '--yes', '--wait', '--json');
    const report = JSON.parse(ended.stdout) as Report;
    massId = report.id;
    expect(ended.code).toBe(1);
    expect(report).toMatchObject({ state: 'failed', counts: { succeeded: SITES - 1, failed: 1 } });
    expect(report.troubled).toMatchObject([{ site: { name: site(1).name }, state: 'failed' }]);

    const rows = await studio.query<{ asked_at: Date; ended_at: Date }>('select asked_at, ended_at from mass_publish_sites where mass_publish_id = $1', [massId]);
    const atOnce = rows.map(({ asked_at: at }) => rows.filter((row) => row.asked_at <= at && row.ended_at > at).length);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(WINDOW);
    const now = await servedHashes(studio);
    expect([...now].sort()).toEqual([...(await promisedHashes(studio))].sort());
    for (const [index, each] of sites.entries()) expect([...ofSite(now, each)].sort().toString() === [...ofSite(first, each)].sort().toString(), each.name).toBe(index === 1);
  }, 30_000 * SITES);

  it('asks for the failed one again once it is mended', async () => {
    await savePage(studio, site(1), 'Mended.');
    expect(await studio.cli('mass-publish', 'retry', massId)).toMatchObject({ code: 0 });
    const run = await studio.untilRun(massId, (it) => it.state === 'succeeded');
    expect(run.phases.map((phase) => phase.summary)).toEqual([expect.stringMatching(new RegExp(`^${SITES} sites; themes at [0-9a-f]{8}, projects at [0-9a-f]{8}$`)) as string, `${SITES} of ${SITES} sites published`]);
    expect([...(await servedHashes(studio))].sort()).toEqual([...(await promisedHashes(studio))].sort());
  });

  it('is undone as one action: each site shows the bytes from before, but the one published by hand since', async () => {
    await savePage(studio, site(0), 'Published by hand since.');
    await publishEach(studio, [site(0)], 'live');
    const byHand = ofSite(await servedHashes(studio), site(0));
    const builds = (): Promise<{ builds: string }[]> => studio.query<{ builds: string }>(`select count(*) as builds from run_phases where phase = 'build' and state = 'done' and summary not like '%skipped%' and run_id in (select id from runs where frozen -> 'from' is null)`);
    const before = await builds();
    const report = await studio.cliJson<Report>('mass-publish', 'undo', massId, '--wait');
    expect(report).toMatchObject({ kind: 'undo', state: 'succeeded', undoes: massId, counts: { succeeded: SITES - 1, skipped: 1 } });
    expect(report.troubled).toMatchObject([{ site: { name: site(0).name }, state: 'skipped', reason: expect.stringContaining('published by hand since') as string }]);
    expect(await builds()).toEqual(before);
    const now = await servedHashes(studio);
    expect(ofSite(now, site(0))).toEqual(byHand);
    for (const each of sites.slice(1)) expect(ofSite(now, each), each.name).toEqual(ofSite(first, each));
    expect([...now].sort()).toEqual([...(await promisedHashes(studio))].sort());
    expect(await studio.cliJson<Report>('mass-publish', 'status', massId)).toMatchObject({ undoneBy: report.id, counts: { succeeded: 1, undone: SITES - 1 } });
  }, 30_000 * SITES);
});

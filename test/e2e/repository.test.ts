import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';

let studio: Studio;
let site: SampleSite;
beforeAll(async () => {
  studio = await startStudio();
  await studio.cliJson('starters', 'sync', '--wait');
  site = await importSample(studio, 'kept-in-git');
});
afterAll(() => studio.stop());

const heads = (): Map<string, string> =>
  new Map(
    execFileSync('git', ['ls-remote', '--heads', studio.cloneUrl(site.shortId)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [string, string])
      .map(([commit, ref]) => [ref.replace('refs/heads/', ''), commit]),
  );

it('what is saved is committed without a publish, shown by the command line, and merged by the next publish', async () => {
  await savePage(studio, site, 'Saved, not published.');
  const before = heads();
  expect((await studio.cli('repo', 'status', site.name)).stdout).toContain('1 saved change not committed yet');
  const done = await studio.cli('repo', 'sync', site.name, '--wait');
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`of ‘${site.name}’`) as string });
  const after = heads();
  expect(after.get('main')).not.toBe(before.get('main'));
  expect([after.get('preview'), after.get('release')]).toEqual([before.get('preview'), before.get('release')]);
  const status = (await studio.cli('repo', 'status', site.name)).stdout;
  expect(status).toContain('holds everything that is saved');
  expect(status).toContain(after.get('main') ?? 'a head');
  expect((await studio.cli('repo', 'create', site.name, '--wait')).stdout).toBe(`The repository of ‘${site.name}’ is there.\n`);
  expect((await studio.cli('repo', 'orphans', site.name)).code).toBe(0);

  const published = await studio.publish(site.name, 'draft');
  expect(await studio.untilRun(published.id)).toMatchObject({ state: 'succeeded' });
  expect(heads().get('main')).toBe(after.get('main'));
  expect(heads().get('preview')).not.toBe(before.get('preview'));
});

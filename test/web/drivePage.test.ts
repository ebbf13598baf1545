import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { DriveFixture } from './support/driveFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('the files of a site from Google Drive', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, press, posts } = studio;
  const page = pathTo('drive', { site: 'matrix-methods' });
  const deletionsPage = pathTo('deletions', { site: 'matrix-methods' });
  let drive: DriveFixture;

  beforeEach(() => {
    ({ drive } = studio.api);
  });

  const list = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true });
  const row = (name: string, text: string): Locator => list(name).getByRole('listitem').filter({ hasText: text });
  const tellRun = (): void => studio.api.tell({ kind: 'run', site: 'matrix-methods', runId: drive.run.id });

  test('say how they stand, and one that failed is tried again', async () => {
    await visit(pathTo('site', { site: 'matrix-methods' }));
    await studio.tab.getByRole('link', { name: 'Google Drive', exact: true }).click();
    const files = list('Files');
    await files.getByText('750.0 MB of 3.0 GB').waitFor();
    expect(await files.getByRole('progressbar', { name: 'How much of lecture.mp4 is there' }).getAttribute('value')).toBe('25');
    expect(await row('Files', 'lecture.mp4').innerText()).toContain('videos_final/week 1');
    await files.getByText('It is called a PDF and is none.').waitFor();
    await files.getByText('Brought over since').waitFor();
    expect(await files.getByText('It was changed while it was copied.').count()).toBe(0);
    expect(await files.getByRole('button', { name: 'Try again ps2.pdf' }).count()).toBe(0);
    expect(await row('Files', 'named.pdf').innerText()).toContain('Kept without its file');
    await files.getByRole('button', { name: 'Try again ps1.pdf' }).click();
    expect(await studio.tab.getByRole('link', { name: 'Follow it' }).getAttribute('href')).toBe('/runs?site=matrix-methods&process=ingest-drive-file');
    const filters = studio.tab.getByRole('navigation', { name: 'What became of it' });
    await filters.getByRole('link', { name: 'Failed (2)' }).click();
    await expect.poll(() => files.getByRole('listitem').count()).toBe(2);
    await filters.getByRole('link', { name: 'Skipped (1)' }).click();
    await files.getByText('This is a shortcut.').waitFor();
    await expect.poll(() => files.getByRole('listitem').count()).toBe(1);
    await studio.tab.getByRole('button', { name: 'Sync now' }).click();
    await expect.poll(posts).toEqual([expect.stringMatching(/^POST \/api\/v1\/sites\/matrix-methods\/drive\/files\/[0-9a-f-]+\/retry$/), 'POST /api/v1/sites/matrix-methods/drive/syncs']);
  });

  test('show how far their sync is as it goes on, and its report at the end', async () => {
    drive.asks = null;
    await visit(page);
    const section = studio.tab.getByRole('region', { name: 'Files', exact: true });
    await section.getByText('4 of 5 files, 750.0 MB read from Google Drive').waitFor();
    expect(await section.getByRole('progressbar', { name: 'Files that are done with' }).getAttribute('value')).toBe('80');
    expect(await list('Steps of the sync').getByRole('listitem').count()).toBe(3);
    drive.files = drive.files.map((file) => (file.name === 'lecture.mp4' ? { ...file, outcome: 'streamed', state: 'complete', bytes: 3_000_000_000 } : file));
    Object.assign(drive.run, { state: 'succeeded', endedAt: new Date().toISOString(), result: { bytes: 3_000_000_000 }, can: { retry: false, cancel: false, giveUp: false } });
    tellRun();
    // Sooner than the regular look at everything: the page heard of it.
    await section.getByText('5 files, 3.0 GB read from Google Drive').waitFor({ timeout: 10_000 });
    await section.getByText('2 failed, 1 skipped, 13 missing, 1 brought over, 1 unchanged').waitFor();
    expect(await section.getByRole('progressbar').count()).toBe(0);
    expect(await list('Steps of the sync').count()).toBe(0);
    expect(await studio.tab.locator('[data-announcer]').textContent()).toBe('Sync with Google Drive: Done');
    await studio.tab.getByRole('link', { name: 'Open its run' }).click();
    expect(await studio.tab.getByRole('link', { name: 'Files of the site from Google Drive' }).getAttribute('href')).toBe(page);
  });

  test('that are missing in numbers go only once a person saw which and was asked twice', async () => {
    await visit(page);
    const ask = studio.tab.getByRole('region', { name: '12 files missing: shall their resources go?' });
    await ask.getByText('12 of 20 files are not in Google Drive any more.').waitFor();
    const named = ask.getByRole('list', { name: 'Missing files' }).getByRole('listitem');
    await expect.poll(() => named.count()).toBe(11);
    expect(await named.first().innerText()).toBe('files_final/readings/old-01.pdf');
    expect(await named.last().innerText()).toBe('and 2 more: Show all missing files');
    await ask.getByRole('link', { name: 'Show all missing files' }).click();
    await expect.poll(() => list('Files').getByRole('listitem').count()).toBe(13);

    await ask.getByRole('button', { name: 'Let them go …' }).press('Enter');
    // A second slip of the hand lets nothing go.
    await expect.poll(focused).toBe('Not now');
    await studio.tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('Let them go …');
    expect(posts()).toEqual([]);
    await studio.tab.keyboard.press('Enter');
    await ask.getByRole('button', { name: 'Yes, let them go' }).click();
    await expect.poll(posts).toEqual([`POST /api/v1/drive-syncs/${drive.run.id}/confirm-removal`]);
    await ask.waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('Files');
  });

  test('that are missing stay by one press, and only for those who may decide', async () => {
    drive.can = { sync: false, decide: false };
    await visit(page);
    const ask = studio.tab.getByRole('region', { name: '12 files missing: shall their resources go?' });
    await ask.getByText('Only an owner or admin of the site decides about that.').waitFor();
    expect(await ask.getByRole('button').count()).toBe(0);
    expect(await studio.tab.getByRole('button', { name: 'Sync now' }).count()).toBe(0);
    expect(await list('Files').getByRole('button').count()).toBe(0);

    drive.can = { sync: true, decide: true };
    await visit(page);
    studio.api.refusals.set('POST /api/v1/drive-syncs/:run/refuse-removal', { code: 'wrongState', message: 'This sync asks nothing, or somebody has answered it. Look at its report.' });
    await ask.getByRole('button', { name: 'Keep them' }).click();
    await ask.getByRole('alert').filter({ hasText: 'somebody has answered it' }).waitFor();
    studio.api.refusals.clear();
    drive.hearsAtOnce = false;
    await ask.getByRole('button', { name: 'Keep them' }).click();
    await ask.getByText('You said that they stay. Nothing is removed.').waitFor();
    expect(await ask.getByRole('button').count()).toBe(0);
    drive.asks = null;
    tellRun();
    await ask.waitFor({ state: 'detached' });
    expect(posts()).toEqual(Array.from({ length: 2 }, () => `POST /api/v1/drive-syncs/${drive.run.id}/refuse-removal`));
    await row('Files', 'old-01.pdf').getByText('A person said that they shall stay.').waitFor();
  });

  test('are explained where there are none, and where Google Drive is not set up', async () => {
    await visit(pathTo('drive', { site: 'ocw-ci-test-course' }));
    await studio.tab.getByRole('heading', { name: 'Nothing was brought over yet' }).waitFor();
    await studio.tab.getByText('The first sync makes it').waitFor();
    await studio.tab.getByText('No resource of the site is on its way out.').waitFor();
    await studio.tab.getByRole('button', { name: 'Sync now' }).waitFor();
    await visit(pathTo('drive', { site: 'ocw-www' }));
    await studio.tab.getByRole('heading', { name: 'Google Drive is not set up here', exact: true }).waitFor();
    await studio.tab.getByText('Ask the engineers who run the studio to set one up.').waitFor();
    expect(await studio.tab.getByRole('button', { name: 'Sync now' }).count()).toBe(0);
    drive.isSetUp = false;
    await visit(page);
    await studio.tab.getByText('Google Drive is not set up here any more').waitFor();
    await list('Files').getByText('notes.pdf').waitFor();
  });

  test('on their way out are kept, or go at once when somebody is sure', async () => {
    await visit(page);
    expect((await row('On their way out', 'Quiz 1').innerText()).replace(/\s+/g, ' ')).toContain('Deleted by Lee Sandoval');
    expect((await row('On their way out', 'Retired notes').innerText()).replace(/\s+/g, ' ')).toMatch(/Its file is gone from Google Drive.* Waits goes in 29 days/);
    await studio.tab.getByText('4 resources that leave the site').waitFor();
    await press('Take away now … Quiz 1');
    await expect.poll(focused).toBe('Not now');
    await studio.tab.keyboard.press('Escape');
    await expect.poll(focused).toBe('Take away now … Quiz 1');
    expect(posts()).toEqual([]);
    await studio.tab.keyboard.press('Enter');
    await list('On their way out').getByRole('group', { name: 'Take Quiz 1 away now?' }).getByRole('button', { name: 'Yes, take away now' }).click();
    await row('On their way out', 'Quiz 1').getByText('Is being taken away').waitFor();
    await expect.poll(focused).toBe('On their way out');
    await list('On their way out').getByRole('button', { name: 'Keep Retired notes' }).click();
    await expect.poll(() => row('On their way out', 'Retired notes').count()).toBe(0);
    await row('On their way out', 'Lost video').getByText('Google Drive does not answer.').waitFor();
    await row('On their way out', 'Lost video').getByText('Could not go').waitFor();
    await list('On their way out').getByRole('button', { name: 'Try again Lost video' }).click();
    await expect.poll(posts).toEqual(['now', 'undo', 'now'].map((what) => `POST /api/v1/sites/matrix-methods/deletions/${what}`));
    expect(drive.deletions.map(({ state }) => state)).toEqual(['going', 'undone', 'pending', 'going', 'kept', 'done']);
  });

  test('that one sync missed are kept together, and what was kept says what names it', async () => {
    await visit(page);
    await studio.tab.getByRole('link', { name: 'All deletions, and what was kept or undone' }).click();
    await studio.tab.getByRole('heading', { level: 1, name: /^Deletions of Matrix Methods/ }).waitFor();
    await row('Deletions', 'Missed by one sync').waitFor();
    expect(await list('Deletions').getByText('Missed by one sync').count()).toBe(1);
    await list('Deletions').getByRole('button', { name: 'Keep all that were asked for at once' }).click();
    await expect.poll(() => list('Deletions').getByRole('listitem').count()).toBe(2);
    expect(drive.deletions.map(({ state }) => state)).toEqual(['pending', 'undone', 'undone', 'going', 'kept', 'done']);
    await studio.tab.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'Taken away, kept or undone' }).click();
    await row('Deletions', 'Named notes').getByText('It stays, because ‘Syllabus’ names it.').waitFor();
    expect(await row('Deletions', 'Named notes').getByRole('button').count()).toBe(0);
    await row('Deletions', 'Old exam').getByRole('button', { name: 'Bring back Old exam' }).waitFor();
    await studio.tab.getByText('What names it now').click();
    await list('What names it').getByRole('link', { name: 'Syllabus' }).click();
    await studio.tab.getByRole('heading', { level: 1, name: 'Syllabus' }).waitFor();
  });

  test('are told of as far as who looks may see them', async () => {
    studio.api.refusals.set('GET /api/v1/sites/:site/drive', { code: 'forbidden', message: 'You have no role on this site. Ask its owner to add you.' });
    await visit(page);
    await studio.tab.getByRole('heading', { name: 'This list of files is not open to you' }).waitFor();
    studio.api.refusals.set('GET /api/v1/sites/:site/deletions', { code: 'forbidden', message: 'You have no role on this site. Ask its owner to add you.' });
    await visit(deletionsPage);
    await studio.tab.getByRole('heading', { name: 'This list of deletions is not open to you' }).waitFor();
  });

  test('count against what may be read in a day, which operators see', async () => {
    await visit('/admin/system');
    const panel = studio.tab.getByRole('region', { name: 'Google Drive' });
    await panel.getByText('It is not set up here.').waitFor();
    studio.api.world.system = { ...studio.api.world.system, driveEgress: { bytes: 120_000_000_000, limitBytes: 500_000_000_000 }, driveWatchedAt: new Date().toISOString() };
    await studio.tab.getByRole('button', { name: 'Look again' }).click();
    await panel.getByText('120.0 GB of 500.0 GB today (24 %).').waitFor();
    expect(await panel.getByRole('progressbar', { name: 'Used of what may be read today' }).getAttribute('value')).toBe('24');
    await panel.getByText('just now').waitFor();
  });
});

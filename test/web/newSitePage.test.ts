import { beforeEach, describe, expect, test } from 'vitest';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { ended, runOf } from './support/world.ts';

describe.skipIf(chromium === undefined)('a new site', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, posts } = studio;
  let api: FixtureApi;

  beforeEach(() => {
    ({ api } = studio);
  });

  const label = (name: string) => studio.tab.getByLabel(name, { exact: true });
  const step = (title: string) => studio.tab.getByRole('list', { name: 'What the site gets' }).getByRole('listitem').filter({ hasText: title });

  test('is made with the keyboard alone, and what it gets appears as it comes', async () => {
    await visit('/sites');
    await studio.tab.keyboard.press('c');
    await studio.tab.getByRole('heading', { level: 1, name: 'New site' }).waitFor();
    await expect.poll(focused).toBe('New site');
    await studio.tab.keyboard.press('Tab');
    await studio.tab.keyboard.type('Linear Algebra');
    await expect.poll(() => label('Short id').inputValue()).toBe('linear-algebra');
    await studio.tab.getByText('The studio will show it at /sites/linear-algebra.').waitFor();
    await studio.tab.keyboard.press('Tab');
    await studio.tab.keyboard.press('Control+a');
    await studio.tab.keyboard.type('18.06-Spring');
    await studio.tab.getByText('It is kept as 18.06-spring.').waitFor();
    await studio.tab.keyboard.press('Enter');
    await studio.tab.getByRole('heading', { level: 1, name: 'Your new site' }).waitFor();
    await expect.poll(focused).toBe('Your new site');
    expect(posts()).toEqual(['POST /api/v1/sites']);
    await step('Repository').getByText('Waiting', { exact: true }).waitFor();

    const site = api.site('linear-algebra');
    const run = runOf(site, 'draft', { process: 'site-repo', title: 'Repository', version: null, state: 'failed', phases: [], reason: { code: 'GitHubDown', message: 'GitHub does not answer.' }, endedAt: new Date().toISOString() });
    api.world.runs.unshift(run);
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await step('Repository').getByText('GitHub does not answer.').waitFor();
    await studio.press('Try again: Repository');
    await expect.poll(posts).toContain('POST /api/v1/sites/linear-algebra/repository');

    api.home.repositories.add(site.name);
    Object.assign(run, ended({ phases: [] }));
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await step('Repository').getByRole('link', { name: 'github.example.edu/ocw-content/18.06-Spring' }).waitFor();
    expect(await studio.tab.getByRole('link', { name: 'Fill in Pages' }).getAttribute('href')).toBe('/sites/linear-algebra/content/page');
  });

  test('says what is taken while it is typed, and keeps a short id of one’s own', async () => {
    await visit('/new-site');
    await label('Title').fill('Quantum Physics I');
    await studio.tab.getByText('There is a site named ‘quantum-physics-i’ already.').waitFor();
    expect(await label('Title').getAttribute('aria-invalid')).toBe('true');
    await label('Short id').fill('8.04-spring-2016');
    await studio.tab.getByText('The short id ‘8.04-spring-2016’ is that of the site ‘quantum-physics-i’, and names its repository.').waitFor();
    await label('Short id').fill('8.04 fall');
    await studio.tab.getByText('The short id has 1 to 100 letters, digits, dots, hyphens and underscores.').waitFor();
    await label('Title').fill('Quantum Physics II');
    await expect.poll(() => label('Title').getAttribute('aria-invalid')).toBe('false');
    expect(await label('Short id').inputValue()).toBe('8.04 fall');
  });

  test('loses nothing when it is refused, and the field to mend has the focus', async () => {
    api.refusals.set('POST /api/v1/sites', { code: 'nameInUse', message: 'The short id ‘taken’ is that of the site ‘other’.', issues: [{ path: 'body.shortId', message: 'The short id ‘taken’ is that of the site ‘other’.' }] });
    await visit('/new-site');
    await label('Title').fill('Algebra');
    await expect.poll(() => label('Short id').inputValue()).toBe('algebra');
    await studio.tab.getByRole('button', { name: 'Create the site' }).click();
    await studio.tab.getByText('The short id ‘taken’ is that of the site ‘other’.').waitFor();
    await expect.poll(() => studio.tab.evaluate(() => document.activeElement?.id)).toBe('new-id');
    expect(await label('Title').inputValue()).toBe('Algebra');
    api.refusals.set('POST /api/v1/sites', { code: 'databaseUnavailable', message: 'The studio’s database does not answer. Try again in a moment.' });
    await studio.tab.getByRole('button', { name: 'Create the site' }).click();
    await studio.tab.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
  });

  test('is kept as it was typed when one has to sign in again', async () => {
    await visit('/new-site');
    await label('Title').fill('Linear Algebra');
    await expect.poll(() => label('Short id').inputValue()).toBe('linear-algebra');
    await label('Short id').fill('18.06');
    const { me } = api.world;
    api.world.me = null;
    await studio.tab.getByRole('button', { name: 'Create the site' }).click();
    const notice = studio.tab.getByRole('alert').filter({ hasText: 'You are signed out' });
    await notice.waitFor();
    expect([await label('Title').inputValue(), await label('Short id').inputValue()]).toEqual(['Linear Algebra', '18.06']);
    api.world.me = me;
    await notice.getByRole('button', { name: 'I am signed in again' }).click();
    await notice.waitFor({ state: 'detached' });
    // Also who signs in in this very tab finds it as it was.
    await visit('/new-site');
    expect([await label('Title').inputValue(), await label('Short id').inputValue()]).toEqual(['Linear Algebra', '18.06']);
  });

  test('is not for everybody, and says whom to ask', async () => {
    if (api.world.me !== null) api.world.me = { ...api.world.me, roles: [], can: { ...api.world.me.can, importSites: false } };
    await visit('/new-site');
    await studio.tab.getByRole('alert').filter({ hasText: 'Ask one of them for a site' }).waitFor();
    await visit('/sites');
    expect(await studio.tab.getByRole('link', { name: 'New site' }).count()).toBe(0);
  });
});

import type { Page as Tab } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { ended, place, runOf } from './support/world.ts';

describe.skipIf(chromium === undefined)('who is at the studio, and what they hear of it', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit } = studio;
  let api: FixtureApi;
  let tab: Tab;

  beforeEach(() => {
    ({ api, tab } = studio);
  });

  const staging = () => tab.getByRole('region', { name: /^Staging/ });

  test('a refused stream is said honestly, and polling shows what happens', async () => {
    api.events = 'refused';
    const site = api.site('ocw-ci-test-course');
    await visit('/sites/ocw-ci-test-course');
    await tab.getByText('Live updates paused, checking every 5 s').waitFor();
    const run = runOf(site, 'draft');
    place(api.world, site, run, { state: 'running' });
    await staging().getByText('Running now').waitFor();
    api.events = 'open';
    await tab.getByText('Live updates paused').waitFor({ state: 'detached' });
    Object.assign(run, ended());
    place(api.world, site, run, { state: 'published' });
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await staging().getByText('Published', { exact: true }).waitFor();
  });

  test('a silent stream is found out by a change it did not tell of', async () => {
    api.events = 'silent';
    const site = api.site('ocw-ci-test-course');
    await visit('/sites/ocw-ci-test-course');
    place(api.world, site, runOf(site, 'draft'), { state: 'running' });
    await staging().getByText('Running now').waitFor({ timeout: 40_000 });
    await tab.getByText('Live updates paused, checking every 5 s').waitFor();
  });

  test('a stream that is cut comes back unnoticed, with what happened meanwhile', async () => {
    const site = api.site('ocw-ci-test-course');
    await visit('/sites/ocw-ci-test-course');
    await expect.poll(() => api.openStreams).toBe(1);
    place(api.world, site, runOf(site, 'draft'), { state: 'running' });
    api.cutStreams();
    await staging().getByText('Running now').waitFor();
    expect(await tab.getByText('Live updates paused').count()).toBe(0);
  });

  test('a newer studio is told of, and comes with the next page, though not over what is under way', async () => {
    await visit('/sites');
    const loads = (): Promise<number> => tab.evaluate(() => performance.timeOrigin);
    const first = await loads();
    await tab.getByRole('link', { name: 'Runs' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    expect([await loads(), await tab.getByText('a newer version').count()]).toEqual([first, 0]);

    await tab.goto(`${api.url}/sites/ocw-ci-test-course`);
    const second = await loads();
    api.newerApp = '/assets/index-newer.js';
    api.held.add('POST /api/v1/sites/:site/publishes');
    await tab.getByRole('button', { name: 'Publish to Staging' }).click();
    await expect.poll(() => api.asked.filter((one) => one.endsWith('/publishes'))).toHaveLength(1);
    api.tell({ kind: 'site', site: 'ocw-ci-test-course', runId: null });
    await tab.getByText('The studio has a newer version.').waitFor();
    await tab.getByRole('link', { name: 'Runs', exact: true }).click();
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    expect(await loads()).toBe(second);
    const answered = tab.waitForResponse((answer) => answer.url().endsWith('/publishes') && answer.request().method() === 'POST');
    api.release();
    await (await answered).finished();

    await tab.getByRole('link', { name: 'Sites', exact: true }).click();
    await expect.poll(loads).not.toBe(second);
    await tab.getByRole('heading', { level: 1, name: 'Sites' }).waitFor();
    const third = await loads();
    // Back goes to the same page as before.
    await tab.goBack();
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await expect.poll(loads).not.toBe(third);
    const fourth = await loads();
    await tab.getByRole('button', { name: 'Load it' }).click();
    await expect.poll(loads).not.toBe(fourth);
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  test('who is not signed in signs in and comes back to the same place', async () => {
    api.world.me = null;
    await tab.goto(`${api.url}/runs?state=failed`);
    await tab.waitForURL('**/sign-in?returnTo=*');
    expect(await tab.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/auth/saml/login?returnTo=%2Fruns%3Fstate%3Dfailed');
  });

  test('signing out ends what is shown and what is heard', async () => {
    await visit('/sites');
    await expect.poll(() => api.openStreams).toBe(1);
    await tab.getByRole('button', { name: 'Account of Ada Okafor' }).click();
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.getByText('You are signed out.').waitFor();
    await expect.poll(() => api.openStreams).toBe(0);
    await tab.goBack();
    await tab.waitForURL('**/sign-in?returnTo=*');
    expect(await tab.getByText('Matrix Methods').count()).toBe(0);
  });

  test('the sign-in page offers each service that is set up by its name, and says when none is', async () => {
    api.world.me = null;
    api.world.signInServices = [{ id: 'saml', title: 'Touchstone', path: '/auth/saml/login' }, { id: 'oidc', title: 'Keycloak', path: '/auth/oidc/login' }];
    await tab.goto(`${api.url}/sign-in?returnTo=%2Fruns`);
    expect(await tab.getByRole('link', { name: 'Sign in with Touchstone' }).getAttribute('href')).toBe('/auth/saml/login?returnTo=%2Fruns');
    expect(await tab.getByRole('link', { name: 'Sign in with Keycloak' }).getAttribute('href')).toBe('/auth/oidc/login?returnTo=%2Fruns');
    expect(await tab.getByRole('link', { name: 'Privacy policy' }).count()).toBe(0);
    api.world.privacyPolicyUrl = 'https://example.edu/privacy';
    api.world.signInServices = [];
    await tab.goto(`${api.url}/sign-in?signedOut=here`);
    await tab.getByText('No sign-in service is set up here yet.').waitFor();
    await tab.getByText('did not confirm that you are signed out there').waitFor();
    expect(await tab.getByRole('link', { name: /Sign in/ }).count()).toBe(0);
    expect(await tab.getByRole('link', { name: 'Privacy policy' }).getAttribute('href')).toBe('https://example.edu/privacy');
  });

  test('a privacy policy that would run something is not linked; a proper one is on the page of one’s account', async () => {
    api.world.privacyPolicyUrl = 'javascript:alert(1)';
    await visit('/account');
    await tab.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
    expect(await tab.getByRole('link', { name: 'Privacy policy' }).count()).toBe(0);
    api.world.privacyPolicyUrl = 'https://example.edu/privacy';
    await visit('/account');
    expect(await tab.getByRole('link', { name: 'Privacy policy' }).getAttribute('href')).toBe('https://example.edu/privacy');
  });

  test('signing out leads to the sign-in service, where it ends what it began', async () => {
    api.world.signOutPlace = `${api.url}/sign-in?signedOut=1&at=the-service`;
    await visit('/sites');
    await tab.getByRole('button', { name: 'Account of Ada Okafor' }).click();
    const loaded = tab.waitForEvent('load');
    await tab.getByRole('button', { name: 'Sign out' }).click();
    // The browser leaves for it as for any other site, by a new page.
    await loaded;
    await tab.waitForURL('**at=the-service');
  });
});

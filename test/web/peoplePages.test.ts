import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { PeopleFixture } from './support/peopleFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('people', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused } = studio;
  let people: PeopleFixture;

  beforeEach(() => {
    ({ people } = studio.api);
  });

  const list = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true });
  const row = (name: string, text: string): Locator => list(name).locator(':scope > li').filter({ hasText: text });
  const rows = (name: string): Promise<number> => list(name).locator(':scope > li').count();
  const button = (name: string): Locator => studio.tab.getByRole('button', { name, exact: true });
  const idOf = (name: string): string => people.people.find((one) => one.name === name)?.id ?? '';
  const asked = (): string[] => people.bodies.map(({ key, body }) => `${key} ${JSON.stringify(body)}`);

  test('see their roles, sites, requests and sessions, and end the others', async () => {
    await visit('/sites');
    await button('Account of Ada Okafor').click();
    await studio.tab.getByRole('link', { name: 'Your account' }).click();
    await studio.tab.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
    await studio.tab.getByText('Access to ‘algebra’').filter({ hasText: 'declined. Not this term.' }).waitFor();
    await row('Sessions', 'Firefox on Linux (this one)').waitFor();
    expect(await row('Sessions', '(this one)').getByRole('button').count()).toBe(0);
    await row('Sessions', 'Lee Sandoval, an admin, acts here in the person’s name').waitFor();
    await button('End the session of Safari on iPhone').click();
    await expect.poll(() => rows('Sessions')).toBe(2);
    await expect.poll(focused).toBe('Where you are signed in');
    await button('End all others').click();
    await expect.poll(() => rows('Sessions')).toBe(1);
    expect(await button('End all others').count()).toBe(0);
  });

  test('who may make tokens make one, read it once, and revoke it after a question', async () => {
    await visit(pathTo('account'));
    await studio.tab.getByLabel('Name', { exact: true }).fill('publisher');
    await studio.tab.getByLabel('read, and publish to Staging and Production').check();
    await studio.tab.getByLabel('Only for these sites').fill('matrix-methods, ocw-www');
    await studio.tab.getByLabel('Days it works').fill('30');
    await button('Make a token').click();
    await studio.tab.getByText('ocws_Ab12CdTheRestOfTheTokenThatIsShownOnlyOnce').waitFor();
    expect(asked()).toEqual(['POST /api/v1/tokens {"name":"publisher","scopes":["read","publish"],"sites":["matrix-methods","ocw-www"],"days":30}']);
    await button('I have it').click();
    expect(await studio.tab.getByText('TheRestOfTheToken').count()).toBe(0);
    await row('Tokens', 'old importer').getByText('Revoked').waitFor();
    await row('Tokens', 'command line').getByText('It may do what a global admin may, for every site.').waitFor();
    await button('Revoke ‘nightly reports’').click();
    await expect.poll(focused).toBe('Leave it');
    await button('Revoke it').click();
    await row('Tokens', 'nightly reports').getByText('Revoked').waitFor();
  });

  test('of a site are invited, given another role, taken off, and handed the site', async () => {
    await visit(pathTo('site', { site: 'matrix-methods' }));
    await studio.tab.getByRole('link', { name: 'People', exact: true }).click();
    await row('People', 'newcomer').getByText('Not signed in yet').waitFor();
    expect(await row('People', 'Olga Rivera').getByRole('button').count()).toBe(0);
    await studio.tab.getByLabel('E-mail address').fill('zoe@example.edu');
    await button('Invite').click();
    await row('People', 'zoe@example.edu').waitFor();
    await studio.tab.getByLabel('Role of Ed Moreau').selectOption('admin');
    await expect.poll(() => people.sitePeople.find((one) => one.name === 'Ed Moreau')?.role).toBe('admin');
    await button('Remove Sam Whitfield').click();
    await row('People', 'Sam Whitfield').getByRole('button', { name: 'Remove Sam Whitfield' }).click();
    await expect.poll(() => row('People', 'Sam Whitfield').count()).toBe(0);
    await expect.poll(focused).toBe('Working on the site');
    await studio.tab.getByLabel('Address of the new owner').fill('heir@example.edu');
    await button('Make them the owner').click();
    await button('Hand it over').click();
    await row('People', 'heir@example.edu').getByText('Owner').waitFor();
    await studio.tab.getByLabel('Role of Olga Rivera').waitFor();
  });

  test('asking for a site are answered there, and refusals of the API are said', async () => {
    await visit(pathTo('sitePeople', { site: 'matrix-methods' }));
    studio.api.refusals.set('POST /api/v1/access-requests/:request/approve', { code: 'wrongState', message: 'Somebody else has decided this request already.' });
    await button('Make an editor: Stan Ito').click();
    await studio.tab.getByRole('alert').filter({ hasText: 'Somebody else has decided' }).waitFor();
    await studio.tab.getByLabel('Words that go with a decline').fill('Not this term.');
    await button('Decline Stan Ito').click();
    await studio.tab.getByRole('heading', { name: 'Asking for access' }).waitFor({ state: 'detached' });
    expect(asked()).toEqual(['POST /api/v1/access-requests/:request/refuse {"answer":"Not this term."}']);
  });

  test('who may not change them only see who there is', async () => {
    people.can = { manage: false, changeOwner: false, leave: false };
    people.sitePeople = people.sitePeople.map((one) => ({ ...one, email: null }));
    await visit(pathTo('sitePeople', { site: 'matrix-methods' }));
    await row('People', 'Ed Moreau').getByText('Editor').waitFor();
    expect(await studio.tab.getByRole('button', { name: /^(Remove|Invite|Make|Leave)/ }).count()).toBe(0);
    expect(await studio.tab.locator('main').innerText()).not.toContain('@example.edu');
  });

  test('a site is closed to may ask for it where they were refused', async () => {
    studio.api.refusals.set('GET /api/v1/sites/:site', { code: 'forbidden', message: 'You have no role on this site. Ask its owner to add you.' });
    await visit('/sites/algebra');
    await studio.tab.getByLabel('Your message').fill('I teach it.');
    await button('Ask for access').click();
    await studio.tab.getByText('If there is a site named ‘algebra’, those who answer for it were told that you ask.', { exact: false }).waitFor();
    expect(asked()).toEqual(['POST /api/v1/access-requests {"site":"algebra","message":"I teach it."}']);
  });

  test('of the studio are found by name and kind', async () => {
    await visit(pathTo('people'));
    await expect.poll(() => rows('People')).toBe(4);
    await studio.tab.getByLabel('Search by name or address').fill('gus');
    await expect.poll(() => rows('People')).toBe(1);
    await row('People', 'Gus Author').getByText('Closed').waitFor();
    await studio.tab.getByLabel('Search by name or address').fill('');
    await expect.poll(() => rows('People')).toBe(4);
    await studio.tab.getByRole('navigation', { name: 'Which people' }).getByRole('link', { name: 'Global admins' }).click();
    await expect.poll(() => rows('People')).toBe(1);
    await studio.tab.getByRole('link', { name: 'Ada Okafor' }).click();
    await studio.tab.getByRole('heading', { level: 1, name: 'Ada Okafor' }).waitFor();
    expect(await studio.tab.getByRole('button', { name: /^(Act|Close)/ }).count()).toBe(0);
  });

  test('are shut out after a question, and what waits on them is handed over', async () => {
    await visit(pathTo('person', { person: idOf('Olga Rivera') }));
    await expect.poll(() => rows('What waits')).toBe(4);
    await row('What waits', 'is asked to approve').getByText('Nobody else answers for the site.', { exact: false }).waitFor();
    await button('Close the account').click();
    await studio.tab.getByRole('group').getByRole('button', { name: 'Close the account' }).click();
    await studio.tab.locator('main').getByText('The account is closed: 2 sessions ended, 1 tokens revoked.').waitFor();
    await studio.tab.getByLabel('Address of who takes all their sites on').fill('heir@example.edu');
    await button('Hand all sites over').click();
    await button('Hand them over').click();
    await expect.poll(() => rows('What waits')).toBe(3);
    await button('Open the account again').click();
    await button('Close the account').waitFor();
  });

  test('an admin acts for is named on every page until that stops', async () => {
    await visit(pathTo('person', { person: idOf('Olga Rivera') }));
    await button('Act as this person').click();
    const { me } = studio.api.world;
    if (me !== null) studio.api.world.me = { ...me, id: idOf('Olga Rivera'), name: 'Olga Rivera', roles: [], can: { ...me.can, grant: false, inspect: false }, actedBy: { id: me.id, name: me.name, until: new Date(Date.now() + 3_500_000).toISOString() } };
    await button('Act as Olga Rivera').click();
    const banner = studio.tab.getByRole('complementary', { name: 'Acting as somebody else' });
    await banner.getByText('Ada Okafor, you act as Olga Rivera.').waitFor();
    expect(new URL(studio.tab.url()).pathname).toBe('/sites');
    for (const path of ['/runs', '/account', '/nowhere']) {
      await visit(path);
      await banner.getByText('you act as Olga Rivera', { exact: false }).waitFor();
    }
    await visit('/account');
    await row('Sessions', 'Safari on iPhone').waitFor();
    expect(await studio.tab.getByRole('button', { name: /^End/ }).count()).toBe(0);
    studio.api.world.me = me;
    await banner.getByRole('button', { name: 'Stop' }).click();
    await studio.tab.waitForURL('**/admin/people');
    await expect.poll(() => banner.count()).toBe(0);
    expect(asked()).toEqual(['POST /api/v1/people/:person/impersonation {}', 'DELETE /api/v1/impersonation {}']);
  });
});

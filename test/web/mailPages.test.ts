import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('the mails a person gets', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const box = (name: string): Locator => studio.tab.getByRole('checkbox', { name, exact: true });

  test('are chosen by group, from the account’s menu, and said aloud', async () => {
    await studio.visit(pathTo('sites'));
    await studio.tab.getByRole('button', { name: /^Account of/ }).click();
    await studio.tab.getByRole('link', { name: 'Your account' }).click();
    await expect.poll(() => box('Videos and captions').isChecked()).toBe(true);
    await box('Videos and captions').click();
    await studio.tab.getByText('Videos and captions: no more of these mails.').waitFor({ state: 'attached' });
    expect(await box('Videos and captions').isChecked()).toBe(false);
    expect(await box('Publishes').isChecked()).toBe(true);
    await box('Videos and captions').press('Space');
    await studio.tab.getByText('Videos and captions: you get these mails.').waitFor({ state: 'attached' });
    expect(studio.api.asked.filter((line) => line.startsWith('PUT'))).toEqual(['PUT /api/v1/me/mail-preferences', 'PUT /api/v1/me/mail-preferences']);
    expect(studio.api.mail.preferences.groups.every(({ isOn }) => isOn)).toBe(true);
    await studio.tab.getByText('What is asked of you yourself, such as an approval').waitFor();
  });

  test('stay as they were when the studio cannot take the choice', async () => {
    await studio.visit(pathTo('mailPreferences'));
    await box('Links').waitFor();
    studio.api.refusals.set('PUT /api/v1/me/mail-preferences', { code: 'databaseUnavailable', message: 'The studio’s database does not answer. Try again in a moment.' });
    await box('Links').click();
    await studio.tab.getByText('The studio’s database does not answer.').waitFor();
    expect(await box('Links').isChecked()).toBe(true);
  });

  test('say when none arrives, and why', async () => {
    studio.api.mail.suppressed = { cause: 'bounced', since: new Date(Date.now() - 3 * 3_600_000).toISOString(), detail: '550 No such user' };
    await studio.visit(pathTo('mailPreferences'));
    await studio.tab.getByText('A mail to this address came back for good 3 hours ago: “550 No such user”. A global admin can let it get mails again.').waitFor();
  });
});

describe.skipIf(chromium === undefined)('the outbox', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, posts } = studio;
  const list = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true });
  const row = (text: string): Locator => list('Mails').getByRole('listitem').filter({ hasText: text });

  test('says how each mail stands and why, and can be narrowed', async () => {
    await visit(pathTo('mail'));
    await expect.poll(() => list('Mails').getByRole('listitem').count()).toBe(5);
    expect(await row('came back').innerText()).toMatch(/to Olga, olga@example\.edu[\s\S]*No such user[\s\S]*Came back/);
    expect(await row('nobody wants').innerText()).toMatch(/somebody who is gone[\s\S]*The person wants no mails about: Videos and captions\.[\s\S]*Dropped/);
    expect(await row('One that waits').getByRole('button').count()).toBe(0);
    const filters = studio.tab.getByRole('navigation', { name: 'Which mails' });
    await filters.getByRole('link', { name: 'Refused' }).click();
    await expect.poll(() => list('Mails').getByRole('listitem').count()).toBe(1);
    expect(studio.tab.url()).toContain('show=refused');
    await filters.getByRole('link', { name: 'Reported as spam' }).click();
    await studio.tab.getByText('No such mail').waitFor();
  });

  test('sends a mail anew that was refused', async () => {
    await visit(pathTo('mail'));
    await row('was refused').getByRole('button', { name: 'Send anew: One that was refused' }).click();
    await studio.tab.getByText('‘One that was refused’ is sent anew.').waitFor();
    await row('Another was sent in its place.').waitFor();
    await expect.poll(() => row('was refused').count()).toBe(2);
    expect(posts()).toEqual([expect.stringMatching(/^POST \/api\/v1\/mails\/[0-9a-f-]+\/resend$/)]);
  });

  test('shows the addresses that get none, until somebody lets them', async () => {
    await visit(pathTo('mail'));
    const suppressed = list('Addresses that get no mails');
    expect(await suppressed.getByRole('listitem').innerText()).toMatch(/olga@example\.edu[\s\S]*came back for good: “550 5\.1\.1 No such user”/);
    await suppressed.getByRole('button', { name: 'Send there again: olga@example.edu' }).click();
    await studio.tab.getByText('olga@example.edu gets mails again.').waitFor();
    await studio.tab.getByText('None. An address comes here when').waitFor();
    expect(posts()).toEqual([expect.stringMatching(/^POST \/api\/v1\/mail-suppressions\/[0-9a-f-]+\/lift$/)]);
  });
});

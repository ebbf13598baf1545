import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page as Tab } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Draft } from '../../api/contracts/drafts.ts';
import type { Item } from '../../api/contracts/items.ts';
import { pathTo } from '../../web/src/pages/routes.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SITE = 'matrix-methods';
const ITEM = 'f1a0e7a4-0000-4000-8000-000000000001';
const KEEP = 'PUT /api/v1/sites/:site/items/:item/draft';
const lee = { id: '0198c5de-0000-7000-8000-0000000000a2', name: 'Lee Sandoval' };

describe.skipIf(chromium === undefined)('an edit', { timeout: 90_000 }, () => {
  const studio = useStudioTab('test/web/harness');
  const { visit, focused, press } = studio;
  const path = pathTo('item', { site: SITE, item: ITEM });
  const draft = (): Draft | undefined => studio.api.drafts.drafts.get(`${SITE}/${ITEM}`);
  const item = (): Item => studio.api.world.items.get(ITEM) as Item;
  const puts = (): number => studio.api.asked.filter((asked) => asked.startsWith('PUT') && asked.includes('/draft')).length;
  const field = (name: string, tab: Tab = studio.tab): Locator => tab.getByLabel(name, { exact: true });
  const button = (name: string | RegExp, tab: Tab = studio.tab): Locator => tab.getByRole('button', { name, exact: typeof name === 'string' });
  const kept = (tab: Tab = studio.tab): Locator => tab.getByText(/^Draft kept \d\d:\d\d$/);
  const away = (): unknown => studio.api.refusals.set(KEEP, { code: 'databaseUnavailable', message: 'The database cannot be reached.' });
  const savedByLee = (fields: Parameters<typeof studio.api.drafts.save>[2]): void => {
    studio.api.drafts.save(studio.api.world, ITEM, fields, lee);
    studio.api.tell({ kind: 'site', site: SITE, runId: null });
  };
  /** Opens the item, until its form may be typed in. */
  const openItem = async (tab: Tab = studio.tab): Promise<void> => {
    if (tab === studio.tab) await visit(path);
    else await tab.goto(`${studio.api.url}${path}`);
    await expect.poll(() => field('Title', tab).isEnabled()).toBe(true);
  };

/** A draft is kept a second after the last key: that, and what a busy machine takes. */
const SOON = { timeout: 10_000 };

  describe('kept as a draft', () => {
    test('is sent soon after the last key, said with its time, and gone on with after a reload', async () => {
      await openItem();
      await field('Description').fill('Half a sentence');
      await kept().waitFor();
      expect(draft()).toMatchObject({ counter: 1, revision: 4, fields: { metadata: { description: 'Half a sentence' } } });
      expect(Object.keys(draft()?.fields ?? {})).toEqual(['metadata']);
      await visit(path);
      await button('Go on with your draft of today').waitFor();
      expect(await field('Title').isDisabled()).toBe(true);
      await button('Go on with your draft of today').click();
      await expect.poll(() => field('Description').inputValue()).toBe('Half a sentence');
      await field('Description').fill('Half a sentence more');
      await expect.poll(() => draft()?.fields.metadata?.['description'], SOON).toBe('Half a sentence more');
      expect(item().revision).toBe(4);
    });

    test('is put away after a question', async () => {
      await openItem();
      await field('Description').fill('Not so');
      await kept().waitFor();
      await visit(path);
      await button('Discard').click();
      await expect.poll(focused).toBe('Leave it');
      await studio.tab.keyboard.press('Shift+Tab');
      await studio.tab.keyboard.press('Enter');
      await expect.poll(draft).toBeUndefined();
      await expect.poll(() => studio.tab.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
      expect(await field('Description').inputValue()).toBe('What the course is about');
    });

    test('is sent while somebody goes on typing, and not with every key', async () => {
      await studio.tab.clock.install();
      await openItem();
      await field('Description').focus();
      for (let turn = 0; turn < 24; turn += 1) {
        await studio.tab.keyboard.type('x');
        await studio.tab.clock.runFor(500);
      }
      await expect.poll(puts).toBe(1);
      await studio.tab.clock.runFor(1_500);
      await expect.poll(puts).toBe(2);
      await expect.poll(() => draft()?.fields.metadata?.['description'], SOON).toBe(`What the course is about${'x'.repeat(24)}`);
    });

    test('is sent when the page goes away before it was', async () => {
      await openItem();
      await field('Description').fill('Typed and gone');
      await studio.tab.goto(`${studio.api.url}/runs`);
      await expect.poll(() => draft()?.fields.metadata?.['description'], SOON).toBe('Typed and gone');
    });

    test('is what another tab is told of, which may keep its own instead', async () => {
      await openItem();
      const other = await studio.tab.context().newPage();
      await openItem(other);
      await field('Description', other).fill('In the other tab');
      await kept(other).waitFor();
      await field('Description').fill('In this tab');
      await studio.tab.getByRole('alert').filter({ hasText: 'You edit this in another tab, too' }).waitFor();
      expect(draft()?.fields.metadata?.['description']).toBe('In the other tab');
      await button('Keep the draft of this tab instead').click();
      await kept().waitFor();
      expect(draft()?.fields.metadata?.['description']).toBe('In this tab');
      await field('Description', other).fill('In the other tab, again');
      await other.getByRole('alert').filter({ hasText: 'You edit this in another tab, too' }).waitFor();
      expect(draft()?.fields.metadata?.['description']).toBe('In this tab');
    });

    test('ends with the save, of which nothing comes back', async () => {
      await openItem();
      await field('Description').fill('Whole sentence.');
      await kept().waitFor();
      await button('Save').click();
      await studio.tab.getByText('Revision 5').waitFor();
      expect([draft(), item().metadata['description']]).toEqual([undefined, 'Whole sentence.']);
      expect(await studio.tab.getByText('Draft kept').count()).toBe(0);
      await field('Description').fill('Next.');
      await kept().waitFor();
      expect(draft()).toMatchObject({ counter: 1, revision: 5, fields: { metadata: { description: 'Next.' } } });
    });

    test('of before the item was saved is brought together with it', async () => {
      await openItem();
      await field('Description').fill('My description');
      await kept().waitFor();
      savedByLee({ title: 'Syllabus and calendar' });
      await visit(path);
      await studio.tab.getByText('The item was saved since then', { exact: false }).waitFor();
      await button('Go on with your draft of today').click();
      await studio.tab.getByRole('heading', { name: 'Lee Sandoval saved this while you wrote' }).waitFor();
      await button('Save what was merged').click();
      await studio.tab.getByText('Revision 6').waitFor();
      expect([item().title, item().metadata['description'], draft()]).toEqual(['Syllabus and calendar', 'My description', undefined]);
    });

    test('that says what the item says is not offered', async () => {
      studio.api.drafts.drafts.set(`${SITE}/${ITEM}`, { edit: '0198c5de-0000-4000-8000-0000000000ff', counter: 1, revision: 3, fields: { metadata: { description: 'What the course is about' } }, keptAt: new Date().toISOString() });
      await openItem();
      await expect.poll(draft).toBeUndefined();
      expect(await button(/^Go on/).count()).toBe(0);
    });
  });

  describe('that cannot be kept', () => {
    test('stays in this tab, is said in words, and is sent as soon as it can be', async () => {
      await openItem();
      away();
      await field('Description').fill('Nobody hears this');
      const notice = studio.tab.getByRole('alert').filter({ hasText: 'No draft is kept' });
      await notice.getByText('The database cannot be reached. What you write is kept in this tab until you close it.').waitFor();
      studio.api.refusals.delete(KEEP);
      await button('Try now').click();
      await kept().waitFor();
      expect(draft()?.fields.metadata?.['description']).toBe('Nobody hears this');
    });

    test.each(['tooManyRequests', 'forbidden', 'archived', 'tooLarge'] as const)('for %s is as safe', async (code) => {
      await openItem();
      studio.api.refusals.set(KEEP, { code, message: 'This is why.' });
      await field('Description').fill('Kept here');
      await studio.tab.getByText('This is why. What you write is kept in this tab until you close it.').waitFor();
      expect(await studio.tab.evaluate(() => Object.values(sessionStorage).some((value) => String(value).includes('Kept here')))).toBe(true);
      studio.api.refusals.delete(KEEP);
      await field('Description').fill('Kept there');
      await button('Try now').or(kept()).first().waitFor();
      if (await button('Try now').count() > 0) await button('Try now').click();
      await kept().waitFor();
      expect(draft()?.fields.metadata?.['description']).toBe('Kept there');
    });

    test('is there after a reload and after signing in again', async () => {
      await openItem();
      away();
      await field('Description').fill('Only here');
      await studio.tab.getByText('No draft is kept').waitFor();
      studio.tab.once('dialog', (dialog) => void dialog.accept());
      await visit(path);
      await studio.tab.getByText('in this tab, and only this tab has it', { exact: false }).waitFor();
      await button('Go on with your draft of today').click();
      await expect.poll(() => field('Description').inputValue()).toBe('Only here');
      studio.api.refusals.delete(KEEP);
      const { me } = studio.api.world;
      studio.api.world.me = null;
      await field('Description').fill('Only here, and more');
      await studio.tab.getByRole('heading', { name: 'Sign in' }).waitFor();
      studio.api.world.me = me;
      await visit(new URL(studio.tab.url()).searchParams.get('returnTo') ?? '');
      await button('Go on with your draft of today').click();
      await expect.poll(() => field('Description').inputValue()).toBe('Only here, and more');
      await kept().waitFor();
    });

    test('is nobody else’s who signs in at this tab', async () => {
      await openItem();
      away();
      await field('Description').fill('Only mine');
      await studio.tab.getByText('No draft is kept').waitFor();
      const { me } = studio.api.world;
      if (me !== null) studio.api.world.me = { ...me, id: lee.id, name: lee.name };
      studio.tab.once('dialog', (dialog) => void dialog.accept());
      await openItem();
      expect(await button(/^Go on/).count()).toBe(0);
    });

    test('of an admin who acts as somebody stays theirs', async () => {
      const { me } = studio.api.world;
      if (me !== null) studio.api.world.me = { ...me, actedBy: { ...lee, until: new Date(Date.now() + 3_500_000).toISOString() } };
      await openItem();
      await field('Description').fill('In her name');
      await studio.tab.getByText('No draft is kept for who acts as somebody else. What you write is kept in this tab until you close it.').waitFor();
      expect(puts()).toBe(0);
    });
  });

  describe('that is left', () => {
    test('with a kept draft goes without a question', async () => {
      await openItem();
      await field('Description').fill('Kept');
      await kept().waitFor();
      await studio.tab.getByRole('link', { name: 'Runs' }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    });

    test('before it was sent is sent, and asks nothing', async () => {
      await openItem();
      await field('Description').fill('On its way');
      await studio.tab.getByRole('link', { name: 'Runs' }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      await expect.poll(() => draft()?.fields.metadata?.['description'], SOON).toBe('On its way');
    });

    test('without one is asked for: by a link, by Back, and by the browser', async () => {
      await visit('/runs');
      await studio.tab.getByRole('link', { name: 'Site' }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Site' }).waitFor();
      await studio.tab.evaluate((to) => {
        const link = document.createElement('a');
        link.href = to;
        link.textContent = 'Item';
        document.querySelector('nav')?.append(link);
      }, path);
      await studio.tab.getByRole('link', { name: 'Item' }).click();
      await expect.poll(() => field('Title').isEnabled()).toBe(true);
      away();
      await field('Description').fill('Nowhere');
      await studio.tab.getByText('No draft is kept').waitFor();

      await studio.tab.getByRole('link', { name: 'Runs' }).click();
      await expect.poll(focused).toBe('Stay here');
      await studio.tab.keyboard.press('Escape');
      await expect.poll(() => studio.tab.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
      expect(await field('Description').inputValue()).toBe('Nowhere');

      await studio.tab.evaluate(() => history.back());
      await expect.poll(focused).toBe('Stay here');
      await expect.poll(() => new URL(studio.tab.url()).pathname).toBe(path);
      await studio.tab.keyboard.press('Enter');
      expect(await field('Description').inputValue()).toBe('Nowhere');

      let asked = '';
      studio.tab.once('dialog', (dialog) => {
        asked = dialog.type();
        void dialog.dismiss();
      });
      await studio.tab.evaluate(() => location.reload());
      await expect.poll(() => asked).toBe('beforeunload');
      expect(await field('Description').inputValue()).toBe('Nowhere');

      await studio.tab.evaluate(() => history.back());
      await expect.poll(focused).toBe('Stay here');
      await button('Leave').click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Site' }).waitFor();
      await studio.tab.evaluate(() => history.back());
      await studio.tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    });
  });

  describe('beside others', () => {
    const ben = { id: '0198c5de-0000-7000-8000-0000000000b1', name: 'Ben', since: new Date(Date.now() - 60_000).toISOString(), actedBy: null };

    test('shows who they are as they come and go, and an admin as such', async () => {
      await openItem();
      await expect.poll(() => studio.api.openStreams).toBe(1);
      expect(await studio.tab.getByText('editing this').count()).toBe(0);
      studio.api.drafts.others = [ben];
      studio.api.tell({ kind: 'presence', site: SITE, runId: null });
      await studio.tab.locator('main').getByText(/^Ben is editing this, too \(since (?:\S+ )*\d\d:\d\d\)\.$/).waitFor();
      await expect.poll(() => studio.tab.locator('[data-announcer]').innerText()).toContain('Ben is editing this, too');
      studio.api.drafts.others = [ben, { ...ben, name: 'Olga Rivera', actedBy: 'Lee Sandoval' }];
      studio.api.tell({ kind: 'presence', site: SITE, runId: null });
      await studio.tab.locator('main').getByText('and Lee Sandoval (an admin, acting as Olga Rivera)', { exact: false }).waitFor();
      studio.api.drafts.others = [];
      studio.api.tell({ kind: 'presence', site: SITE, runId: null });
      await expect.poll(() => studio.tab.locator('main').getByText('editing this').count()).toBe(0);
    });

    test('is shown to them until one leaves', async () => {
      await openItem();
      await expect.poll(() => studio.api.drafts.present.size).toBe(1);
      await studio.tab.getByRole('link', { name: 'Runs' }).click();
      await expect.poll(() => studio.api.drafts.present.size).toBe(0);
      await openItem();
      await expect.poll(() => studio.api.drafts.present.size).toBe(1);
      await studio.tab.goto('about:blank');
      await expect.poll(() => studio.api.drafts.present.size).toBe(0);
    });

    test('hears at once that one of them saved, and loses nothing of what is typed', async () => {
      await openItem();
      await expect.poll(() => studio.api.openStreams).toBe(1);
      await field('Title').fill('My title');
      savedByLee({ title: 'Lee’s title' });
      await studio.tab.getByRole('alert').filter({ hasText: /Lee Sandoval saved this at \d\d:\d\d/ }).waitFor();
      expect(await field('Title').inputValue()).toBe('My title');
      await button('See what changed').click();
      await studio.tab.getByRole('group', { name: 'Title' }).waitFor();
      await button('Back to my version').click();
      expect(await field('Title').inputValue()).toBe('My title');
    });

    test('takes over what they saved where nothing was typed', async () => {
      await openItem();
      await expect.poll(() => studio.api.openStreams).toBe(1);
      savedByLee({ title: 'Lee’s title' });
      await button('See what changed').click();
      await expect.poll(() => field('Title').inputValue()).toBe('Lee’s title');
      expect(await studio.tab.getByText('saved this at').count()).toBe(0);
    });
  });

  describe('in conflict', () => {
    const begin = async (): Promise<void> => {
      await openItem();
      await field('Title').fill('My title');
      await field('Text').fill(`${item().markdown ?? ''}\nMy last paragraph.\n`);
      studio.api.events = 'silent';
      studio.api.drafts.save(studio.api.world, ITEM, { title: 'Lee’s title', markdown: (item().markdown ?? '').replace('## Course Meeting Times', '## Meeting times'), metadata: { learning_resource_types: ['Readings', 'Exams'] } }, lee);
      await press('Save');
      await expect.poll(focused).toBe('Lee Sandoval saved this while you wrote');
    };

    test('is decided by keyboard alone: what does not overlap merges, the rest is chosen', async () => {
      await begin();
      const title = studio.tab.getByRole('group', { name: 'Title' });
      expect(await title.innerText()).toContain('Lee’s title');
      await studio.tab.getByRole('status').filter({ hasText: '1 field to decide' }).waitFor();
      expect(await studio.tab.getByRole('group', { name: /^Text/ }).count()).toBe(0);
      // The button of a save that cannot be leads to what is missing.
      await press('Save what was merged');
      await expect.poll(() => studio.tab.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('yours');
      await studio.tab.keyboard.press('Space');
      await studio.tab.getByRole('status').filter({ hasText: 'Everything is decided.' }).waitFor();
      await press('Save what was merged');
      await studio.tab.getByText('Revision 6').waitFor();
      expect(item()).toMatchObject({ title: 'My title', markdown: '## Meeting times\n\nLectures: 2 sessions / week, 1.5 hours / session\n\nMy last paragraph.\n', metadata: { learning_resource_types: ['Readings', 'Exams'], description: 'What the course is about' } });
      expect(draft()).toBeUndefined();
    });

    test('that comes again while one decides keeps the decisions', async () => {
      await begin();
      await studio.tab.getByRole('group', { name: 'Title' }).getByLabel('Mine').check();
      studio.api.drafts.save(studio.api.world, ITEM, { markdown: `${item().markdown ?? ''}\nLee’s last paragraph.\n` }, lee);
      await button('Save what was merged').click();
      await studio.tab.getByRole('alert').filter({ hasText: 'Lee Sandoval saved once more in between' }).waitFor();
      expect(await studio.tab.getByRole('group', { name: 'Title' }).getByLabel('Mine').isChecked()).toBe(true);
      const text = studio.tab.getByRole('group', { name: 'Text' });
      await text.getByLabel('Both, mine first').check();
      await button('Save what was merged').click();
      await studio.tab.getByText('Revision 7').waitFor();
      expect([item().title, item().markdown]).toEqual(['My title', '## Meeting times\n\nLectures: 2 sessions / week, 1.5 hours / session\n\nMy last paragraph.\n\nLee’s last paragraph.\n']);
    });

    test('takes all of one side, and goes back into the form', async () => {
      await begin();
      await button('Take all of Lee Sandoval’s').click();
      await button('Put it into the form').click();
      await expect.poll(() => field('Title').inputValue()).toBe('Lee’s title');
      expect(await field('Text').inputValue()).toBe(item().markdown);
      await studio.tab.getByText('Revision 5').waitFor();
      await field('Title').fill('Ours');
      await button('Save').click();
      await studio.tab.getByText('Revision 6').waitFor();
      expect(item().title).toBe('Ours');
    });
  });

  describe('in any state', () => {
    const ben = { id: '0198c5de-0000-7000-8000-0000000000b1', name: 'Ben', since: new Date(Date.now() - 60_000).toISOString(), actedBy: null };
    /** Every panel of an edit, one state after the other. */
    async function states(look: (where: string) => Promise<void>): Promise<void> {
      studio.api.drafts.others = [ben];
      await openItem();
      await field('Title').fill('My title');
      await kept().waitFor();
      await look('kept');
      await visit(path);
      await button('Discard').click();
      await look('offer');
      await button('Leave it').click();
      await button('Go on with your draft of today').click();
      away();
      await field('Title').fill('My very long title that does not fit into any line of a phone at all');
      await studio.tab.getByText('The last draft was kept').waitFor();
      await studio.tab.getByRole('link', { name: 'Runs' }).click();
      await button('Stay here').waitFor();
      await look('away, and leaving');
      await button('Stay here').click();
      savedByLee({ title: 'Lee’s title', markdown: '## Meeting times\n' });
      await button('See what changed').click();
      await look('conflict');
      await button('Take all of mine').click();
      await look('decided');
      await button('Save what was merged').click();
      // Leaving before would end the save, and there would be no revision 6 to look at.
      await studio.tab.getByText('Revision 6').first().waitFor();
      studio.tab.once('dialog', (dialog) => void dialog.accept());
      await visit(pathTo('itemHistory', { site: SITE, item: ITEM }, { revision: '6', against: '4' }));
      await studio.tab.getByRole('heading', { name: 'Fields' }).waitFor();
      await look('history');
    }

    test.each(['light', 'dark'] as const)('has no serious fault for people with disabilities (%s)', async (colorScheme) => {
      await studio.open({ colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
      const found: string[] = [];
      await states(async (where) => {
        await studio.tab.evaluate(axe);
        const violations = await studio.tab.evaluate(async () => {
          const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
          return (await tool.run({ resultTypes: ['violations'] })).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
        });
        found.push(...violations.map((line) => `${where}: ${line}`));
      });
      expect(found).toEqual([]);
    });

    test('fits a phone', async () => {
      await studio.open({ viewport: { width: 390, height: 844 } });
      const wide: string[] = [];
      await states(async (where) => {
        const over = await studio.tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) wide.push(`${where} is ${over} px too wide`);
      });
      expect(wide).toEqual([]);
    });
  });

  describe('of before', () => {
    const history = pathTo('itemHistory', { site: SITE, item: ITEM });
    beforeEach(() => {
      studio.api.world.items.set(ITEM, { ...item(), revision: 75 });
    });

    test('is in the history, which is read further as one looks further', async () => {
      await visit(history);
      const rows = studio.tab.getByRole('list', { name: 'Revisions' }).getByRole('listitem');
      await expect.poll(() => rows.count()).toBe(30);
      await studio.tab.getByRole('button', { name: 'Show earlier revisions' }).scrollIntoViewIfNeeded();
      await expect.poll(() => rows.count()).toBeGreaterThan(59);
      await rows.last().scrollIntoViewIfNeeded();
      await studio.tab.keyboard.press('End');
      await expect.poll(() => rows.count()).toBe(75);
      expect(await rows.last().innerText()).toContain('Created by Lee Sandoval');
      expect(await rows.first().innerText()).toContain('Revision 75 (now)');
    });

    test('is compared field by field and word by word, at an address of its own', async () => {
      await visit(history);
      await studio.tab.getByRole('link', { name: 'Revision 70', exact: true }).click();
      await studio.tab.getByRole('heading', { name: 'From revision 69 to revision 70' }).waitFor();
      expect(new URL(studio.tab.url()).search).toBe('?revision=70&against=69');
      const section = studio.tab.getByRole('region', { name: 'From revision 69 to revision 70' });
      await section.getByRole('heading', { name: 'Text' }).waitFor();
      const words = async (mark: string): Promise<string[]> => (await section.locator(mark).allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      expect(await words('ins')).toEqual(['after: What the course was about, 70', '[added] 70']);
      expect(await words('del')).toEqual(['before: What the course was about, 69', '[removed] 69']);
      // What people wrote is text, whatever it looks like.
      expect(await section.getByText('grows').innerText()).toContain('<b>grows</b>');
      await section.getByLabel('From').selectOption('60');
      await studio.tab.getByRole('heading', { name: 'From revision 60 to revision 70' }).waitFor();
      expect(new URL(studio.tab.url()).search).toBe('?revision=70&against=60');
      await studio.tab.getByRole('link', { name: /^Compare with now\s*: revision 69$/ }).click();
      await studio.tab.getByRole('heading', { name: 'From revision 69 to revision 75' }).waitFor();
      await studio.tab.goBack();
      await studio.tab.getByRole('heading', { name: 'From revision 60 to revision 70' }).waitFor();
    });

    test('is restored after a question, and that is undone', async () => {
      await visit(pathTo('itemHistory', { site: SITE, item: ITEM }, { revision: '70' }));
      await button('Restore revision 70').click();
      await expect.poll(focused).toBe('Leave it');
      await button('Restore it').click();
      await studio.tab.getByText('Restored revision 70, as revision 76').waitFor();
      await expect.poll(focused).toBe('From revision 69 to revision 70');
      expect(item().metadata['description']).toBe('What the course was about, 70');
      await studio.tab.getByRole('link', { name: 'Revision 76 (now)' }).waitFor();
      await button('Undo').click();
      await studio.tab.getByRole('link', { name: 'Revision 77 (now)' }).waitFor();
      expect(item().metadata['description']).toBe('What the course is about');
      expect(await studio.tab.getByText('Restored revision').count()).toBe(0);
    });
  });
});

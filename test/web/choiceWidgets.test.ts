import { describe, expect, test } from 'vitest';
import { itemId } from './support/pickersFixture.ts';
import { chromium } from './support/studioTab.ts';
import { assertNothingRan, payloads, useWidgetPage } from './support/widgetPage.ts';

describe.skipIf(chromium === undefined)('widgets that choose', { timeout: 90_000 }, () => {
  const page = useWidgetPage();
  const { studio, open, field, options, rows, text, value, changes, said, keys, focusedName } = page;
  const button = (name: string) => studio.tab.getByRole('button', { name, exact: true });

  describe('a hierarchical select', () => {
    const topics = {
      widget: 'hierarchical-select',
      levels: [{ name: 'topic', label: 'Topic' }, { name: 'subtopic', label: 'Subtopic' }, { name: 'speciality', label: 'Speciality' }],
      options_map: { Engineering: { 'Computer Science': ['Algorithms', 'Graphics'], Mechanics: [] }, Mathematics: { Algebra: ['Linear Algebra'], [payloads[0] ?? '']: [] } },
      max: 3,
    };

    test('is chosen level by level, by keyboard alone, and sorted when the author changes it', async () => {
      await open(topics, [['Mathematics', 'Alchemy'], ['Engineering']]);
      await rows().filter({ hasText: 'Mathematics - Alchemy' }).getByText('The starter does not offer this any more; it is kept.').waitFor();
      expect(await changes()).toBe(0);
      expect(await studio.tab.getByLabel('Subtopic').isDisabled()).toBe(true);
      await studio.tab.getByLabel('Topic', { exact: true }).focus();
      await studio.tab.keyboard.type('Eng');
      await keys('Tab');
      await studio.tab.keyboard.type('Comp');
      await keys('Tab', 'Tab', 'Enter');
      await expect.poll(value).toEqual([['Engineering'], ['Engineering', 'Computer Science'], ['Mathematics', 'Alchemy']]);
      expect(await said()).toContain('‘Engineering - Computer Science’ is chosen.');
      await studio.tab.getByLabel('Topic', { exact: true }).selectOption('Mathematics');
      await button('Add').click();
      await text('No more entries fit. Remove one to add another.').waitFor();
      await button('Remove ‘Mathematics - Alchemy’').click();
      await expect.poll(value).toEqual([['Engineering'], ['Engineering', 'Computer Science']]);
      await expect.poll(focusedName).toBe('Remove ‘Engineering - Computer Science’');
      await studio.tab.getByLabel('Topic', { exact: true }).selectOption('Engineering');
      await button('Add').click();
      await text('‘Engineering’ is chosen already.').waitFor();
      expect(await changes()).toBe(2);
    });

    test('is searched over all its paths by any of their words', async () => {
      await open(topics);
      await field().click();
      await text('9 entries').waitFor();
      await field().fill('lin math');
      await text('1 entry fits ‘lin math’').waitFor();
      await keys('ArrowDown', 'Enter');
      await expect.poll(value).toEqual([['Mathematics', 'Algebra', 'Linear Algebra']]);
      await text('Nothing fits ‘lin math’.').waitFor();
      await assertNothingRan(studio);
    });

    test.each([null, '', [], [['Mathematics'], 'loose', ['Engineering']]].map((stored) => [stored]))('stored as %j is not touched until the author does', async (stored) => {
      await open(topics, stored);
      expect([await value(), await changes()]).toEqual([stored, 0]);
    });
  });

  describe('a website collection', () => {
    const collection = { widget: 'website-collection' };

    test('tells sites of one title apart, and is put in order', async () => {
      await open(collection, [{ id: 'courses/real-analysis', title: 'Analysis of old', note: 'kept' }, { id: 'courses/gone', title: 'Gone' }]);
      await rows().getByText('Real Analysis (18.100a)').waitFor();
      await rows().filter({ hasText: 'Gone' }).getByText('Readers do not see this site').waitFor();
      await field().click();
      await field().fill('algebra');
      await options().filter({ hasText: 'Algebra (18.702)' }).click();
      await expect.poll(value).toEqual([{ id: 'courses/real-analysis', title: 'Analysis of old', note: 'kept' }, { id: 'courses/gone', title: 'Gone' }, { id: 'courses/algebra-ii', title: 'Algebra' }]);
      await text('1 entry fits ‘algebra’').waitFor();
      await keys('Escape');
      await button('Move ‘Algebra (18.702)’').focus();
      await keys('Space', 'ArrowUp', 'ArrowUp', 'Space');
      await expect.poll(async () => ((await value()) as { id: string }[]).map(({ id }) => id)).toEqual(['courses/algebra-ii', 'courses/real-analysis', 'courses/gone']);
      await button('Remove ‘Gone’').click();
      await expect.poll(async () => ((await value()) as unknown[]).length).toBe(2);
    });

    test('shows titles as the text they are', async () => {
      const [site] = studio.api.pickers.sites;
      if (site !== undefined) site.title = payloads[0] ?? '';
      await open(collection, [{ id: 'courses/x', title: payloads[1] }]);
      await field().click();
      await options().filter({ hasText: payloads[0] ?? '' }).click();
      await rows().filter({ hasText: payloads[0] ?? '' }).waitFor();
      await rows().filter({ hasText: payloads[1] ?? '' }).waitFor();
      await assertNothingRan(studio);
    });
  });

  describe('a menu', () => {
    const menu = { widget: 'menu' };
    const stored = [
      { identifier: itemId(1), name: 'Syllabus', weight: 10, params: { icon: 'star' } },
      { identifier: itemId(2), name: 'Readings', weight: 20 },
      { identifier: itemId(3), name: 'Week 1', weight: 10, parent: itemId(2) },
      { identifier: 'external-1', name: 'Wiki', weight: 30, url: 'https://example.org/wiki' },
    ];
    const names = async (): Promise<string[]> => (await rows().locator('.label').allTextContents()).map((text) => text.trim());
    const changed = async (): Promise<unknown[]> => ((await value()) as unknown[]).filter((entry) => !stored.some((one) => JSON.stringify(one) === JSON.stringify(entry)));

    test('is moved, indented and outdented by keyboard alone, and nothing else of it changes', async () => {
      await open(menu, stored);
      await rows().getByText('https://example.org/wiki').waitFor();
      await button('Move ‘Wiki’').focus();
      await keys('Space', 'ArrowRight');
      expect(await said()).toContain('‘Wiki’ is 2 of 2 under ‘Readings’.');
      expect(await focusedName()).toBe('Move ‘Wiki’');
      await keys('Space');
      await expect.poll(changed).toEqual([{ identifier: 'external-1', name: 'Wiki', weight: 20, url: 'https://example.org/wiki', parent: itemId(2) }]);
      await keys('Space', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'Space');
      await expect.poll(names).toEqual(['Wiki', 'Syllabus', 'Readings', 'Week 1']);
      expect(await value()).toEqual([
        { identifier: itemId(1), name: 'Syllabus', weight: 20, params: { icon: 'star' } },
        { identifier: itemId(2), name: 'Readings', weight: 30 },
        { identifier: itemId(3), name: 'Week 1', weight: 10, parent: itemId(2) },
        { identifier: 'external-1', name: 'Wiki', weight: 10, url: 'https://example.org/wiki' },
      ]);
      await keys('Space', 'ArrowDown', 'Escape');
      await expect.poll(names).toEqual(['Wiki', 'Syllabus', 'Readings', 'Week 1']);
      expect(await changes()).toBe(2);
    });

    test('is dragged down and in', async () => {
      await open(menu, stored);
      await rows().getByText('Wiki', { exact: true }).waitFor();
      const handle = await button('Move ‘Syllabus’').boundingBox();
      const last = await rows().nth(3).boundingBox();
      if (handle === null || last === null) throw new Error('nothing is drawn');
      await studio.tab.mouse.move(handle.x + 8, handle.y + 8);
      await studio.tab.mouse.down();
      await studio.tab.mouse.move(handle.x + 45, last.y + last.height * 3, { steps: 20 });
      await studio.tab.mouse.up();
      await expect.poll(names).toEqual(['Readings', 'Week 1', 'Wiki', 'Syllabus']);
      expect(await changed()).toEqual([{ identifier: itemId(1), name: 'Syllabus', weight: 10, params: { icon: 'star' }, parent: 'external-1' }]);
    });

    test('takes a page, and an outside address that is known as the item it has', async () => {
      await open({ ...menu, collections: ['page'] }, stored);
      await field().click();
      await field().fill('lecture 0009');
      await options().filter({ hasText: 'Lecture 0009' }).click();
      await expect.poll(changed).toEqual([{ identifier: itemId(9), name: 'Lecture 0009', weight: 40 }]);
      await text('Nothing fits ‘lecture 0009’.').waitFor();
      await keys('Escape');
      expect(studio.api.pickers.questions.find(({ key }) => key === 'GET /api/v1/pickers/items')?.asked.query).toMatchObject({ pages: 'true', type: 'page', except: [1, 2, 3].map(itemId).join(',') });
      await button('Add an outside address').click();
      await expect.poll(focusedName).toBe('field-address');
      await studio.tab.keyboard.type('example.org');
      await keys('Enter');
      await text('This is no whole address.').waitFor();
      await studio.tab.getByLabel('Address', { exact: true }).fill('https://example.org/known');
      await keys('Enter');
      await text('Give the item a name.').waitFor();
      await studio.tab.getByLabel('Name in the menu').fill('Out there');
      studio.api.refusals.set('POST /api/v1/sites/:site/items', { code: 'databaseUnavailable', message: 'The database does not answer just now.' });
      await keys('Enter');
      await text('The database does not answer just now.').waitFor();
      expect(await studio.tab.getByLabel('Name in the menu').inputValue()).toBe('Out there');
      studio.api.refusals.clear();
      await keys('Enter');
      await expect.poll(changed).toEqual([{ identifier: itemId(9), name: 'Lecture 0009', weight: 40 }, { identifier: itemId(40_000), name: 'Out there', weight: 50 }]);
      await button('Add an outside address').click();
      await studio.tab.getByLabel('Address', { exact: true }).fill('https://example.org/known');
      await studio.tab.getByLabel('Name in the menu').fill('Again');
      await keys('Enter');
      await text('The menu has this address already.').waitFor();
    });

    test('items are renamed, removed with what is under them, and brought back', async () => {
      await open(menu, stored);
      await button('Rename ‘Syllabus’').focus();
      await keys('Enter');
      await expect.poll(focusedName).toBe('field-name');
      await studio.tab.keyboard.type('Start');
      await keys('Enter');
      await expect.poll(changed).toEqual([{ identifier: itemId(1), name: 'Start', weight: 10, params: { icon: 'star' } }]);
      await expect.poll(focusedName).toBe('Rename ‘Start’');
      await keys('Enter');
      await expect.poll(focusedName).toBe('field-name');
      await studio.tab.keyboard.type('Never');
      await keys('Escape');
      await expect.poll(focusedName).toBe('Rename ‘Start’');
      expect(await changes()).toBe(1);
      await button('Remove ‘Readings’').click();
      await text('‘Readings’ is removed, and with it the item under it.').waitFor();
      await expect.poll(names).toEqual(['Start', 'Wiki']);
      await expect.poll(focusedName).toBe('field-undo');
      await keys('Enter');
      await expect.poll(names).toEqual(['Start', 'Readings', 'Week 1', 'Wiki']);
      expect(await changed()).toHaveLength(1);
      expect(((await value()) as { identifier: string }[]).map(({ identifier }) => identifier)).toEqual(stored.map(({ identifier }) => identifier));
    });

    test('says what its items lead to no more, and shows names as the text they are', async () => {
      await open(menu, [{ identifier: itemId(99_999), name: payloads[0], weight: 10 }, { identifier: 'external-2', name: payloads[1], weight: 20 }]);
      await rows().filter({ hasText: payloads[0] ?? '' }).getByText('It is not there any more.').waitFor();
      await rows().filter({ hasText: payloads[1] ?? '' }).getByText('It leads nowhere: nothing has its identifier.').waitFor();
      await button(`Remove ‘${payloads[0] ?? ''}’`).click();
      await text(`‘${payloads[0] ?? ''}’ is removed.`).last().waitFor();
      await assertNothingRan(studio);
    });

    test('without items says what to do', async () => {
      await open(menu);
      await text('The menu is empty. Add a page or a resource below').waitFor();
    });
  });

  test.each(['light', 'dark'] as const)('have no violation of WCAG, %s, on a phone and a laptop', async (colorScheme) => {
    const long = 'A title that is far too long for a line of a phone and goes on and on without saying anything';
    for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
      await studio.open({ colorScheme, viewport, bypassCSP: true });
      const clean = async (): Promise<void> => {
        expect(await page.violations()).toEqual([]);
        expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      };
      await open({ widget: 'menu' }, [{ identifier: 'a', name: long, weight: 10 }, { identifier: 'b', name: long, weight: 10, parent: 'a' }]);
      await studio.tab.getByRole('button', { name: /^Move/ }).nth(1).click();
      await clean();
      await keys('Escape');
      await studio.tab.getByRole('button', { name: /^Rename/ }).first().click();
      await button('Add an outside address').click();
      await clean();
      await studio.tab.getByRole('button', { name: /^Remove/ }).first().click();
      await clean();
      await open({ widget: 'hierarchical-select', levels: [{ name: 'a', label: 'First' }, { name: 'b', label: 'Second' }], options_map: { [long]: [long] }, max: 1 }, [[long, 'gone']]);
      await field().click();
      await options().first().waitFor();
      await clean();
      await open({ widget: 'website-collection' }, [{ id: 'courses/gone', title: long }, { id: 'courses/algebra-i', title: 'Algebra' }]);
      await field().click();
      await options().first().waitFor();
      await clean();
    }
  });
});

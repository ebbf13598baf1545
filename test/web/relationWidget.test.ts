import { describe, expect, test } from 'vitest';
import { itemId } from './support/pickersFixture.ts';
import { chromium } from './support/studioTab.ts';
import { assertNothingRan, payloads, useWidgetPage } from './support/widgetPage.ts';

const several = { widget: 'relation', display_field: 'title', collection: 'page', multiple: true };
const sorted = { ...several, sortable: true };

describe.skipIf(chromium === undefined)('a relation', { timeout: 90_000 }, () => {
  const page = useWidgetPage();
  const { studio, open, field, options, rows, text, value, changes, said, keys, focusedName } = page;
  const questions = (key: string) => studio.api.pickers.questions.filter((one) => one.key === key).map(({ asked }) => asked);
  const searches = () => questions('GET /api/v1/pickers/items').map(({ query }) => query['search'] ?? '');

  test('is searched and chosen from by keyboard alone, one after the other with the search kept', async () => {
    await open(several);
    await keys('Tab');
    expect(await focusedName()).toBe('field');
    await studio.tab.keyboard.type('lecture 000');
    await text('10 entries fit ‘lecture 000’').waitFor();
    expect(searches()).toEqual(['', 'lecture 000']);
    await keys('ArrowDown', 'ArrowDown', 'Enter');
    await expect.poll(value).toEqual({ content: [itemId(1)], website: 'matrix-methods' });
    await text('9 entries fit ‘lecture 000’').waitFor();
    expect(await options().filter({ hasText: 'Lecture 0001' }).count()).toBe(0);
    expect(await field().inputValue()).toBe('lecture 000');
    await keys('Enter');
    await expect.poll(value).toEqual({ content: [itemId(1), itemId(2)], website: 'matrix-methods' });
    await keys('Escape');
    await expect.poll(() => field().getAttribute('aria-expanded')).toBe('false');
    expect(await focusedName()).toBe('field');
    expect(await studio.tab.evaluate(() => document.body.dataset['submitted'])).toBeUndefined();
    await keys('Shift+Tab');
    expect(await focusedName()).toBe('Remove ‘Lecture 0002’');
    await keys('Enter');
    await expect.poll(value).toEqual({ content: [itemId(1)], website: 'matrix-methods' });
    expect(await focusedName()).toBe('Remove ‘Lecture 0001’');
    await keys('Enter');
    await expect.poll(value).toEqual({ content: [], website: 'matrix-methods' });
    await expect.poll(focusedName).toBe('field');
    expect(await said()).toEqual(expect.arrayContaining(['10 entries fit ‘lecture 000’', '‘Lecture 0001’ is chosen.', '‘Lecture 0001’ is removed.']));
  });

  test('of one entry takes another in its place, and closes', async () => {
    await open({ ...several, multiple: false }, { content: itemId(5), website: 'matrix-methods', note: 'kept' });
    await rows().getByText('Lecture 0005').waitFor();
    await field().click();
    await options().filter({ hasText: 'Lecture 0003' }).click();
    await expect.poll(value).toEqual({ content: itemId(3), website: 'matrix-methods', note: 'kept' });
    expect(await field().getAttribute('aria-expanded')).toBe('false');
    await rows().getByRole('button', { name: 'Remove ‘Lecture 0003’', exact: true }).click();
    await expect.poll(value).toEqual({ content: '', website: 'matrix-methods', note: 'kept' });
  });

  test('shows and finds its entries by the field the starter says', async () => {
    const first = studio.api.pickers.items.findIndex(({ textId }) => textId === itemId(1));
    studio.api.pickers.items[first] = { site: 'matrix-methods', textId: itemId(1), type: 'page', title: 'Lecture 0001', metadata: { nickname: 'The chain rule' } };
    await open({ ...several, display_field: 'nickname' }, { content: [itemId(1)], website: 'matrix-methods' });
    await rows().getByText('The chain rule').waitFor();
    await rows().getByRole('button', { name: 'Remove ‘The chain rule’', exact: true }).click();
    await field().fill('chain');
    await options().filter({ hasText: 'The chain rule' }).click();
    await expect.poll(value).toEqual({ content: [itemId(1)], website: 'matrix-methods' });
    await rows().getByText('The chain rule').waitFor();
    expect(questions('POST /api/v1/pickers/titles').map(({ body }) => (body as { display?: string }).display)).toEqual(['nickname']);
  });

  test('of 5,000 draws what is in sight, knows all of them, and reads the end without what lies before', async () => {
    await open(several);
    await field().click();
    await text('5,000 entries').waitFor();
    expect(await options().first().getAttribute('aria-setsize')).toBe('5000');
    const list = studio.tab.getByRole('listbox');
    await list.evaluate((element) => void (element.scrollTop = element.scrollHeight));
    await options().filter({ hasText: 'Lecture 4999' }).waitFor();
    expect(await options().count()).toBeLessThan(40);
    expect(questions('GET /api/v1/pickers/items').map(({ query }) => query['offset'])).toEqual([0, 4_950]);
    // From one end to the other by the keys, too.
    await keys('ArrowUp');
    expect(await options().filter({ hasText: 'Lecture 4999' }).getAttribute('aria-selected')).toBe('true');
    await keys('Enter');
    await expect.poll(value).toEqual({ content: [itemId(4_999)], website: 'matrix-methods' });
  });

  test('scrolls through 5,000 and never draws more than what is near', async () => {
    await open(several);
    await field().click();
    await text('5,000 entries').waitFor();
    const most = await studio.tab.getByRole('listbox').evaluate(async (element) => {
      let drawn = 0;
      for (let top = 0; top < element.scrollHeight; top += 2_000) {
        element.scrollTop = top;
        await new Promise((next) => requestAnimationFrame(next));
        drawn = Math.max(drawn, element.querySelectorAll('[role="option"]').length);
      }
      return drawn;
    });
    expect(most).toBeLessThan(40);
    await options().filter({ hasText: 'Lecture 4999' }).waitFor();
  });

  test('shows the answer to what was typed last, whatever comes later', async () => {
    await open(several);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await studio.tab.route(/search=lecture\+1(&|$)/, async (route) => {
      await held;
      await route.continue();
    });
    await field().click();
    const early = studio.tab.waitForRequest(/search=lecture\+1(&|$)/);
    await field().fill('lecture 1');
    await early;
    await field().fill('lecture 42');
    await text('entries fit ‘lecture 42’').waitFor();
    const answered = studio.tab.waitForResponse(/search=lecture\+1(&|$)/);
    letGo();
    await answered;
    await keys('ArrowDown');
    expect(await options().first().textContent()).toContain('Lecture 42');
    expect(await text('‘lecture 42’').isVisible()).toBe(true);
    expect(await text('‘lecture 1’').count()).toBe(0);
  });

  test('says when its list cannot be loaded, loses nothing, and tries again', async () => {
    await open(several, { content: [itemId(1)], website: 'matrix-methods' });
    await rows().getByText('Lecture 0001').waitFor();
    await field().click();
    await text('4,999 entries').waitFor();
    studio.api.refusals.set('GET /api/v1/pickers/items', { code: 'databaseUnavailable', message: 'The database does not answer just now.' });
    await field().fill('lecture 007');
    await text('The list could not be loaded. The database does not answer just now.').waitFor();
    expect(await said()).toContain('The list could not be loaded.');
    // What was found for another text is no answer to this one.
    expect(await options().count()).toBe(0);
    studio.api.refusals.clear();
    await studio.tab.getByRole('button', { name: 'Try again', exact: true }).click();
    await text('10 entries fit ‘lecture 007’').waitFor();
    expect(await focusedName()).toBe('field');
    expect(await field().inputValue()).toBe('lecture 007');
    expect(await value()).toEqual({ content: [itemId(1)], website: 'matrix-methods' });
  });

  test('asks the server for what its filter says, and for what is not chosen', async () => {
    await open({ ...several, collection: 'resource', filter: { field: 'resourcetype', filter_type: 'equals', value: 'Image' } }, [itemId(10_000)]);
    await field().click();
    await text('29 entries').waitFor();
    expect(questions('GET /api/v1/pickers/items')[0]?.query).toMatchObject({ site: 'matrix-methods', type: 'resource', field: 'resourcetype', equals: 'Image', except: itemId(10_000), published: 'false' });
  });

  test('of a pinned site is chosen from that one, as its readers know it', async () => {
    await open({ ...several, collection: 'instructor', website: 'ocw-www' }, { content: [itemId(20_001)], website: 'ocw-www' });
    await rows().getByText('Emmy Noether').waitFor();
    await field().click();
    await options().filter({ hasText: 'Ada Lovelace' }).click();
    await expect.poll(value).toEqual({ content: [itemId(20_001), itemId(20_000)], website: 'ocw-www' });
    expect(questions('GET /api/v1/pickers/items')[0]?.query).toMatchObject({ site: 'ocw-www', published: 'true' });
  });

  test('across sites is chosen in two steps, and written as pairs', async () => {
    await open({ ...several, collection: 'resource', cross_site: true }, { content: [[itemId(30_000), 'courses/real-analysis'], [itemId(10_000), null], [itemId(7), 'courses/secret']], website: 'matrix-methods' });
    await rows().filter({ hasText: 'Problem set' }).getByText('Real Analysis').waitFor();
    await rows().getByText('It is not there, or not for you to see.').waitFor();
    await field().click();
    await studio.tab.keyboard.type('18.100');
    await text('1 entry fits ‘18.100’').waitFor();
    await keys('ArrowDown', 'Enter');
    await text('From Real Analysis (18.100a)').waitFor();
    await expect.poll(focusedName).toBe('field');
    await keys('ArrowDown');
    await options().filter({ hasText: 'Reading' }).waitFor();
    expect(await options().filter({ hasText: 'Problem set' }).count()).toBe(0);
    await keys('ArrowDown', 'Enter');
    await expect.poll(value).toEqual({ content: [[itemId(30_000), 'courses/real-analysis'], [itemId(10_000), null], [itemId(7), 'courses/secret'], [itemId(30_001), 'courses/real-analysis']], website: 'matrix-methods' });
    expect(questions('GET /api/v1/pickers/items').every(({ query }) => query['published'] === 'true')).toBe(true);
    await keys('Escape');
    await studio.tab.getByRole('button', { name: 'Choose another site', exact: true }).click();
    await studio.tab.getByPlaceholder('Find the site first').waitFor();
  });

  test.each([{ content: '', website: 'matrix-methods' }, [], null, '', 'x', ['x', 'y'], { content: ['x', ['y', null]] }, [{ file: '/courses/x/a.vtt', language: 'en' }]].map((stored) => [stored]))('stored as %j is shown and not touched until the author does', async (stored) => {
    await open(sorted, stored);
    await field().click();
    await options().first().waitFor();
    await keys('Escape');
    expect([await value(), await changes()]).toEqual([stored, 0]);
  });

  test('asks for all titles in one request, and keeps what is gone', async () => {
    const gone = studio.api.pickers.items.find(({ textId }) => textId === itemId(2));
    if (gone !== undefined) gone.isDeleted = true;
    await open(several, { content: [itemId(1), itemId(2), 'never-there'], website: 'matrix-methods' });
    await rows().nth(1).getByText('It was deleted. Bring it back, or remove it here.').waitFor();
    await rows().filter({ hasText: 'never-there' }).getByText('It is not there any more.').waitFor();
    expect(questions('POST /api/v1/pickers/titles')).toHaveLength(1);
    await field().click();
    await options().filter({ hasText: 'Lecture 0003' }).click();
    await expect.poll(value).toEqual({ content: [itemId(1), itemId(2), 'never-there', itemId(3)], website: 'matrix-methods' });
    expect(questions('POST /api/v1/pickers/titles')).toHaveLength(1);
  });

  test('without its titles can be worked with, and asks for them again', async () => {
    studio.api.refusals.set('POST /api/v1/pickers/titles', { code: 'databaseUnavailable', message: 'The database does not answer just now.' });
    await open(several, [itemId(1)]);
    await text('The titles could not be loaded.').waitFor();
    await rows().getByText(itemId(1)).waitFor();
    studio.api.refusals.clear();
    await studio.tab.getByRole('button', { name: 'Try again', exact: true }).click();
    await rows().getByText('Lecture 0001').waitFor();
  });

  test('says how many it takes, and takes no more', async () => {
    await open({ ...several, min: 1, max: 2 }, [itemId(1)]);
    await text('Choose 1 to 2 entries. 1 is chosen.').waitFor();
    await field().click();
    await options().filter({ hasText: 'Lecture 0002' }).click();
    await text('Choose 1 to 2 entries. 2 are chosen.').waitFor();
    await options().filter({ hasText: 'Lecture 0003' }).click();
    await text('No more entries fit. Remove one to choose another.').waitFor();
    expect(await value()).toEqual({ content: [itemId(1), itemId(2)], website: 'matrix-methods' });
  });

  const three = { content: [itemId(1), itemId(2), itemId(3)], website: 'matrix-methods' };
  const order = async (): Promise<string[]> => (await rows().locator('.label').allTextContents()).map((text) => text.trim());

  test('is put in order by keyboard alone: lifted, moved, dropped, or put back', async () => {
    await open(sorted, three);
    await rows().getByText('Lecture 0003').waitFor();
    await keys('Tab');
    expect(await focusedName()).toBe('Move ‘Lecture 0001’');
    await keys('Space', 'ArrowDown', 'ArrowDown', 'ArrowDown');
    expect(await order()).toEqual(['Lecture 0002', 'Lecture 0003', 'Lecture 0001']);
    expect(await focusedName()).toBe('Move ‘Lecture 0001’');
    expect(await changes()).toBe(0);
    await keys('Escape');
    expect(await order()).toEqual(['Lecture 0001', 'Lecture 0002', 'Lecture 0003']);
    expect([await focusedName(), await changes()]).toEqual(['Move ‘Lecture 0001’', 0]);
    await keys('Space', 'ArrowDown', 'Space');
    await expect.poll(value).toEqual({ content: [itemId(2), itemId(1), itemId(3)], website: 'matrix-methods' });
    expect([await focusedName(), await changes()]).toEqual(['Move ‘Lecture 0001’', 1]);
    expect(await said()).toEqual(
      expect.arrayContaining([
        '‘Lecture 0001’ is lifted. It is 1 of 3. Arrow keys move it, Space drops it, Escape puts it back.',
        '‘Lecture 0001’ is 3 of 3.',
        '‘Lecture 0001’ can go no further that way.',
        '‘Lecture 0001’ is back: 1 of 3.',
        '‘Lecture 0001’ is dropped. It is 2 of 3.',
      ]),
    );
  });

  test('is put in order by dragging, and by single presses', async () => {
    await open(sorted, three);
    await rows().getByText('Lecture 0003').waitFor();
    const handle = await studio.tab.getByRole('button', { name: 'Move ‘Lecture 0001’', exact: true }).boundingBox();
    const last = await rows().nth(2).boundingBox();
    if (handle === null || last === null) throw new Error('nothing is drawn');
    await studio.tab.mouse.move(handle.x + 8, handle.y + 8);
    await studio.tab.mouse.down();
    await studio.tab.mouse.move(handle.x + 8, handle.y + 30, { steps: 4 });
    await studio.tab.mouse.move(handle.x + 8, last.y + last.height * 2, { steps: 12 });
    await expect.poll(order).toEqual(['Lecture 0002', 'Lecture 0003', 'Lecture 0001']);
    await studio.tab.keyboard.press('Escape');
    await expect.poll(order).toEqual(['Lecture 0001', 'Lecture 0002', 'Lecture 0003']);
    await studio.tab.mouse.up();
    expect(await changes()).toBe(0);
    await studio.tab.mouse.move(handle.x + 8, handle.y + 8);
    await studio.tab.mouse.down();
    await studio.tab.mouse.move(handle.x + 8, last.y + last.height * 2, { steps: 16 });
    await studio.tab.mouse.up();
    await expect.poll(value).toEqual({ content: [itemId(2), itemId(3), itemId(1)], website: 'matrix-methods' });
    await expect.poll(() => rows().getByRole('button', { name: 'Put it here', exact: true }).count()).toBe(0);
    // Without a drag, too.
    await studio.tab.getByRole('button', { name: 'Move ‘Lecture 0001’', exact: true }).click();
    await studio.tab.getByRole('button', { name: 'Up', exact: true }).click();
    await studio.tab.getByRole('button', { name: 'Up', exact: true }).click();
    await studio.tab.getByRole('button', { name: 'Put it here', exact: true }).click();
    await expect.poll(value).toEqual(three);
  });

  test('drops what is lifted when the author goes on elsewhere', async () => {
    await open(sorted, three);
    await rows().getByText('Lecture 0003').waitFor();
    await keys('Tab', 'Space', 'ArrowDown');
    await studio.tab.locator('#after').focus();
    await expect.poll(value).toEqual({ content: [itemId(2), itemId(1), itemId(3)], website: 'matrix-methods' });
  });

  test('that is not sortable has no handles', async () => {
    await open(several, three);
    await rows().getByText('Lecture 0003').waitFor();
    expect(await studio.tab.getByRole('button', { name: /^Move/ }).count()).toBe(0);
  });

  test('that may not be changed shows what is chosen, and changes nothing', async () => {
    await open(sorted, three, { disabled: '' });
    await rows().getByText('Lecture 0003').waitFor();
    expect(await field().isDisabled()).toBe(true);
    for (const button of await studio.tab.locator('form button').all()) expect(await button.isDisabled()).toBe(true);
  });

  test('shows titles as the text they are', async () => {
    payloads.forEach((title, index) => {
      const item = studio.api.pickers.items[index];
      if (item !== undefined) item.title = title;
    });
    await open(sorted, payloads.slice(0, 4).map((_, index) => itemId(index)));
    await rows().getByText(payloads[0] ?? '', { exact: true }).waitFor();
    await field().click();
    await field().fill('b');
    await options().first().waitFor();
    expect(await options().filter({ hasText: payloads[5] ?? '' }).count()).toBe(1);
    await options().filter({ hasText: payloads[5] ?? '' }).click();
    await rows().getByText(payloads[5] ?? '', { exact: true }).waitFor();
    await assertNothingRan(studio);
  });

  test.each(['light', 'dark'] as const)('has no violation of WCAG, %s, on a phone and a laptop', async (colorScheme) => {
    for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
      await studio.open({ colorScheme, viewport, bypassCSP: true });
      await open({ ...sorted, min: 1, max: 9 }, { content: [itemId(1), 'a-very-long-identifier-that-no-line-can-hold-because-it-has-no-space-in-it-anywhere', itemId(3)], website: 'matrix-methods' });
      await rows().getByText('It is not there any more.').waitFor();
      expect(await page.violations()).toEqual([]);
      await keys('Tab', 'Space');
      expect(await page.violations()).toEqual([]);
      await keys('Escape');
      await field().click();
      await options().first().waitFor();
      expect(await page.violations()).toEqual([]);
      expect(await studio.tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    }
  });
});

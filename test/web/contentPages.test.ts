import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { ContentFixture } from './support/contentFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const site = 'matrix-methods';
const SYLLABUS = 'f1a0e7a4-0000-4000-8000-000000000001';

describe.skipIf(chromium === undefined)('content', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused } = studio;
  let content: ContentFixture;

  beforeEach(() => {
    ({ content } = studio.api);
  });

  const listPath = (kind: string, query = {}): string => pathTo('content', { site, kind }, query);
  const itemPath = (item: string): string => pathTo('item', { site, item });
  const rows = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true }).locator(':scope > li');
  const button = (name: string): Locator => studio.tab.getByRole('button', { name, exact: true });
  const label = (name: string): Locator => studio.tab.getByLabel(name, { exact: true });
  /** What saves sent, but for which draft each of them ends. */
  const sent = (): unknown[] => content.bodies.map(({ body }) => Object.fromEntries(Object.entries(body as object).filter(([name]) => name !== 'draft')));
  const bar = (): Locator => studio.tab.locator('[data-save]');
  const addPages = (): void => {
    content.add({ type: 'page', title: 'Readings', metadata: { draft: true } });
    content.add({ type: 'page', title: 'Assignments' });
  };

  describe('lists', () => {
    test('are found from the counts of the site, searched as one types, and narrowed by their addresses', async () => {
      addPages();
      await visit(pathTo('site', { site }));
      await studio.tab.getByRole('navigation', { name: 'Content of the site' }).getByRole('link', { name: /^Pages/ }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
      await expect.poll(() => rows('Pages').count()).toBe(3);
      await studio.tab.getByRole('searchbox').fill('read');
      await expect.poll(() => rows('Pages').count()).toBe(1);
      expect(studio.tab.url()).toContain('search=read');
      await studio.tab.getByRole('searchbox').fill('');
      await expect.poll(() => rows('Pages').count()).toBe(3);
      await studio.tab.getByRole('link', { name: 'Drafts', exact: true }).click();
      await expect.poll(() => rows('Pages').count()).toBe(1);
      await studio.tab.getByRole('link', { name: 'Title', exact: true }).click();
      await studio.tab.getByRole('link', { name: 'All', exact: true }).click();
      await expect.poll(() => rows('Pages').count()).toBe(3);
      expect(await rows('Pages').first().innerText()).toContain('Assignments');
      await studio.tab.goBack();
      await expect.poll(() => rows('Pages').count()).toBe(1);
    });

    test('of resources are narrowed by their type', async () => {
      content.add({ type: 'resource', title: 'Figure', metadata: { resourcetype: 'Image' } });
      content.add({ type: 'resource', title: 'Lecture', metadata: { resourcetype: 'Video' } });
      await visit(listPath('resource'));
      await expect.poll(() => rows('Resources').count()).toBe(2);
      await studio.tab.getByRole('link', { name: 'Videos', exact: true }).first().click();
      await expect.poll(() => rows('Resources').allInnerTexts()).toEqual([expect.stringContaining('Lecture') as unknown]);
    });

    test('are gone through by keyboard alone', async () => {
      addPages();
      await visit(listPath('page', { sort: 'title' }));
      await rows('Pages').first().waitFor();
      await studio.tab.keyboard.press('j');
      await expect.poll(focused).toBe('Assignments');
      await studio.tab.keyboard.press('j');
      await expect.poll(focused).toBe('Readings');
      await studio.tab.keyboard.press('k');
      await expect.poll(focused).toBe('Assignments');
      await studio.tab.keyboard.press('Enter');
      await studio.tab.getByRole('heading', { level: 1, name: 'Assignments' }).waitFor();
      await studio.tab.goBack();
      await rows('Pages').first().waitFor();
      await studio.tab.keyboard.press('n');
      await studio.tab.getByRole('heading', { level: 1, name: 'New page' }).waitFor();
      await expect.poll(focused).toBe('New page');
    });

    test('say what they are for while they are empty, and why nothing fits', async () => {
      await visit(listPath('video_gallery'));
      await studio.tab.getByRole('heading', { name: 'There is nothing here yet' }).waitFor();
      await studio.tab.getByRole('link', { name: 'Add the first video gallery' }).waitFor();
      await visit(listPath('video_gallery', { search: 'x' }));
      await studio.tab.getByRole('heading', { name: 'Nothing fits' }).waitFor();
      await visit(listPath('video_gallery', { state: 'deleted' }));
      await studio.tab.getByRole('heading', { name: 'Nothing is deleted here' }).waitFor();
      content.closed.add('video_gallery');
      await visit(listPath('video_gallery'));
      await studio.tab.getByRole('heading', { name: 'There is nothing here yet' }).waitFor();
      expect(await studio.tab.getByRole('link', { name: /^Add/ }).count()).toBe(0);
    });

    test('let an item be deleted after a question, and that be undone', async () => {
      const page = content.add({ type: 'page', title: 'Readings' });
      content.namedBy.set(page.textId, []);
      await visit(listPath('page'));
      await button('Delete … Readings').click();
      await expect.poll(focused).toBe('Leave it');
      await studio.tab.keyboard.press('Escape');
      await expect.poll(focused).toBe('Delete …Readings');
      await button('Delete … Readings').click();
      await button('Delete it').click();
      await studio.tab.getByText('‘Readings’ is deleted').first().waitFor();
      await expect.poll(() => rows('Pages').count()).toBe(1);
      await button('Undo').click();
      await expect.poll(() => rows('Pages').count()).toBe(2);
      expect(content.bodies.map(({ key }) => key.split('/').pop())).toEqual([':item', 'undelete']);
    });

    test('keep the focus while they are read anew after a deletion, and leave it with who went on meanwhile', async () => {
      const page = content.add({ type: 'page', title: 'Readings' });
      content.namedBy.set(page.textId, []);
      await visit(listPath('page'));
      await button('Delete … Readings').press('Enter');
      await expect.poll(focused).toBe('Leave it');
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      await studio.tab.route(/\/items\?/, (route) => held.then(() => route.fallback()));
      await button('Delete it').press('Enter');
      await expect.poll(focused).toBe('Pages in the list');
      expect(await rows('Pages').count()).toBe(2);
      await button('Undo').focus();
      goOn();
      await expect.poll(() => rows('Pages').count()).toBe(1);
      await studio.tab.evaluate(() => new Promise(requestAnimationFrame));
      expect(await focused()).toBe('Undo');
      await studio.tab.unroute(/\/items\?/);
    });

    test('say why an item cannot be deleted, with links to what names it', async () => {
      const page = content.add({ type: 'page', title: 'Readings' });
      content.namedBy.set(page.textId, [{ site, textId: SYLLABUS, type: 'page', title: 'Syllabus', field: 'markdown' }]);
      await visit(listPath('page'));
      await button('Delete … Readings').click();
      const why = studio.tab.getByRole('group', { name: 'Why Readings cannot be deleted' });
      await why.getByText('One place names it. Take it out there first:').waitFor();
      await why.getByRole('link', { name: 'Syllabus' }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Syllabus' }).waitFor();
      expect(content.bodies).toEqual([]);
      const theirs = content.add({ type: 'page', title: 'Of another', can: { edit: true, delete: false } });
      content.namedBy.set(theirs.textId, []);
      await visit(listPath('page'));
      await button('Delete … Of another').click();
      await studio.tab.getByText('an editor may delete only what they added themselves').waitFor();
    });

    test('show what is deleted, and bring it back', async () => {
      content.add({ type: 'page', title: 'Gone', deletedAt: new Date().toISOString() });
      await visit(listPath('page', { state: 'deleted' }));
      await button('Bring back Gone').click();
      await studio.tab.getByRole('heading', { name: 'Nothing is deleted here' }).waitFor();
    });
  });

  describe('an item', () => {
    test('opens as a form, sends only what was changed, and says what it did', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Title').waitFor();
      expect(await label('Description').inputValue()).toBe('What the course is about');
      expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
      await label('Description').fill('What it is about, in short');
      await bar().getByText('Not saved yet').waitFor();
      await studio.tab.keyboard.press('Control+s');
      await bar().getByText('Saved as revision 5').waitFor();
      await label('Description').fill('What it is about');
      await button('Save').click();
      await bar().getByText('Saved as revision 6').waitFor();
      expect(sent()).toEqual([{ revision: 4, metadata: { description: 'What it is about, in short' } }, { revision: 5, metadata: { description: 'What it is about' } }]);
    });

    test('shows odd values as they are and changes them only when they are touched', async () => {
      const page = content.add({ type: 'page', title: 'Odd', metadata: { draft: '', description: 7, learning_resource_types: 'Readings', audience: ['Robots'], license: 'gone', parent_uid: 'u-1' } });
      await visit(itemPath(page.textId));
      await studio.tab.getByText('Not answered yet, which counts as No.').waitFor();
      await studio.tab.getByText('Robots (no longer an option)').waitFor();
      expect(await label('License').inputValue()).toBe('gone');
      await studio.tab.getByText('The file holds', { exact: false }).first().waitFor();
      expect(await label('Description').inputValue()).toBe('7');
      await studio.tab.getByRole('region', { name: 'Other fields' }).getByText('parent_uid').waitFor();
      await label('Title').fill('Odder');
      await button('Save').click();
      await bar().getByText('Saved as revision 2').waitFor();
      expect(sent()).toEqual([{ revision: 1, title: 'Odder' }]);
    });

    test('is filled in by keyboard alone: answers, one of many, several of many', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Yes').first().focus();
      await studio.tab.keyboard.press('Space');
      const types = studio.tab.getByRole('combobox', { name: 'Learning Resource Types' });
      await types.focus();
      await studio.tab.keyboard.type('lect vid');
      await studio.tab.getByRole('option', { name: 'Lecture Videos' }).waitFor();
      expect(await studio.tab.getByRole('listbox').getByRole('option').count()).toBe(1);
      await studio.tab.keyboard.press('Enter');
      await studio.tab.keyboard.press('Escape');
      await studio.tab.getByRole('button', { name: 'Take out Readings' }).press('Enter');
      await label('Learners').focus();
      await studio.tab.keyboard.press('Space');
      await studio.tab.keyboard.press('Control+s');
      await bar().getByText('Saved as revision 5').waitFor();
      expect(sent()).toEqual([{ revision: 4, metadata: { draft: true, learning_resource_types: ['Lecture Videos'], audience: ['Learners'] } }]);
    });

    test('says what is wrong at its field once that is left, and leads to the first at a save', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Title').fill('');
      expect(await studio.tab.getByText('‘Title’ is required.').count()).toBe(0);
      await label('Description').focus();
      await studio.tab.getByText('‘Title’ is required.').waitFor();
      await label('Description').fill('');
      await button('Save').click();
      const summary = studio.tab.getByRole('alert').filter({ hasText: 'Nothing was saved: 2 things are to be mended first' });
      await summary.waitFor();
      await expect.poll(() => label('Title').evaluate((element) => element === document.activeElement)).toBe(true);
      await summary.getByRole('link', { name: '‘Description’ is required.' }).click();
      expect(await label('Description').evaluate((element) => element === document.activeElement)).toBe(true);
      expect(sent()).toEqual([]);
      await label('Title').fill('Syllabus');
      await label('Description').fill('Text');
      expect(await summary.count()).toBe(0);
    });

    test('has the server’s refusals at its fields, with everything still written', async () => {
      await visit(itemPath(SYLLABUS));
      studio.api.refusals.set('PATCH /api/v1/sites/:site/items/:item', { code: 'invalidFields', message: 'Nothing was saved.', issues: [{ path: 'metadata.description', message: 'It names the item x, which was deleted.' }] });
      await label('Description').fill('New words');
      await button('Save').click();
      await studio.tab.locator('#field-metadata_description-problem').getByText('It names the item x, which was deleted.').waitFor();
      expect(await label('Description').inputValue()).toBe('New words');
      studio.api.refusals.clear();
      await button('Save').click();
      await bar().getByText('Saved as revision 5').waitFor();
    });

    test('shows a group only while its condition holds, and keeps what is in it', async () => {
      const picture = content.add({ type: 'resource', title: 'Figure', metadata: { resourcetype: 'Image', image_metadata: { caption: 'A graph' } } });
      await visit(itemPath(picture.textId));
      expect(await label('Caption').inputValue()).toBe('A graph');
      await label('Resource Type').selectOption('Document');
      await expect.poll(() => label('Caption').count()).toBe(0);
      await label('Resource Type').selectOption('Image');
      await label('ALT text').fill('Two lines that cross');
      expect(await label('Caption').inputValue()).toBe('A graph');
      await button('Save').click();
      await bar().getByText('Saved as revision 2').waitFor();
      // A group goes whole, with what is in it and was not touched as it was.
      expect(sent()).toEqual([{ revision: 1, metadata: { image_metadata: { caption: 'A graph', 'image-alt': 'Two lines that cross' } } }]);
    });

    test('that somebody else saved meanwhile is brought together in place, and saved on top', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Description').fill('Mine');
      studio.api.events = 'silent';
      studio.api.drafts.save(studio.api.world, SYLLABUS, { title: 'Their title', metadata: { description: 'Theirs' } }, { id: '0198c5de-0000-7000-8000-0000000000a2', name: 'Lee Sandoval' });
      await button('Save').click();
      await expect.poll(focused).toBe('Lee Sandoval saved this while you wrote');
      await studio.tab.getByRole('group', { name: 'Description' }).getByLabel('Mine').check();
      await button('Save what was merged').click();
      await bar().getByText('Saved as revision 6').waitFor();
      expect(sent().at(-1)).toEqual({ revision: 5, metadata: { description: 'Mine' } });
      expect([await label('Title').inputValue(), await label('Description').inputValue()]).toEqual(['Their title', 'Mine']);
    });

    test('that is left is kept as a draft and gone on with; one that cannot be kept is asked about', async () => {
      await visit(listPath('page'));
      await studio.tab.getByRole('link', { name: 'Syllabus' }).click();
      await label('Description').fill('Not saved');
      await bar().getByText(/^Draft kept/).waitFor();
      await studio.tab.goBack();
      await studio.tab.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
      await studio.tab.goForward();
      await button('Go on with your draft of today').click();
      expect(await label('Description').inputValue()).toBe('Not saved');
      studio.api.refusals.set('PUT /api/v1/sites/:site/items/:item/draft', { code: 'validation', message: 'The draft is too large.' });
      await label('Description').fill('Not kept');
      await bar().getByText('The draft is too large.').waitFor();
      await studio.tab.getByRole('link', { name: /^Resources/ }).click();
      await button('Stay here').click();
      expect(await label('Description').inputValue()).toBe('Not kept');
      await studio.tab.goBack();
      await button('Leave').click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
      expect(sent()).toEqual([]);
    });

    test('keeps the form when the session ended, and goes on once somebody signed in beside it', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Description').fill('Long work');
      const { me } = studio.api.world;
      studio.api.world.me = null;
      await button('Save').click();
      const notice = studio.tab.getByRole('alert').filter({ hasText: 'You are signed out' });
      await notice.waitFor();
      // What else the page asks for meanwhile is refused too, and takes nothing away.
      studio.api.tell({ kind: 'site', site, runId: null });
      await expect.poll(() => studio.api.asked.filter((asked) => asked.startsWith('GET') && asked.endsWith(SYLLABUS)).length).toBeGreaterThan(1);
      expect(await notice.getByRole('link', { name: /^Sign in/ }).getAttribute('target')).toBe('_blank');
      expect(await label('Description').inputValue()).toBe('Long work');
      studio.api.world.me = me;
      await notice.getByRole('button', { name: 'I am signed in again' }).click();
      await expect.poll(() => notice.count()).toBe(0);
      await button('Save').click();
      await bar().getByText('Saved as revision 5').waitFor();
    });

    test('of a live site keeps its address under a new title unless that is asked for', async () => {
      await visit(itemPath(SYLLABUS));
      await label('Title').fill('Course syllabus');
      await label('Also make the page’s address follow its new title. The old one leads readers on.').check();
      await button('Save').click();
      await bar().getByText('Saved as revision 5').waitFor();
      await label('Title').fill('The syllabus');
      await button('Save').click();
      await bar().getByText('Saved as revision 6').waitFor();
      expect(sent()).toEqual([{ revision: 4, title: 'Course syllabus', rename: true }, { revision: 5, title: 'The syllabus' }]);
    });

    test('loses its file by a button of its own, which takes another as before', async () => {
      const { textId } = content.add({ type: 'resource', title: 'Notes', file: 'courses/x/0123456789abcdef0123456789abcdef_notes.pdf', metadata: { resourcetype: 'Document' } });
      await visit(itemPath(textId));
      await studio.tab.getByRole('button', { name: /^Take the file out ?: notes\.pdf$/ }).press('Enter');
      await studio.tab.getByText('Choose a file').waitFor();
      expect(await studio.tab.evaluate(() => (document.activeElement as HTMLInputElement | null)?.type)).toBe('file');
      expect(await studio.tab.getByRole('button', { name: /^Take the file out ?: notes\.pdf$/ }).count()).toBe(0);
      await button('Save').click();
      await bar().getByText('Saved as revision 2').waitFor();
      expect(sent()).toEqual([{ revision: 1, file: null }]);
    });

    test('that the caller may only read cannot be changed, and one that is deleted can be brought back', async () => {
      const closed = content.add({ type: 'page', title: 'Closed', can: { edit: false, delete: false } });
      await visit(itemPath(closed.textId));
      await studio.tab.getByText('You may read this, and not change it.').waitFor();
      expect(await label('Title').isDisabled()).toBe(true);
      expect(await button('Save').count()).toBe(0);
      const gone = content.add({ type: 'page', title: 'Gone', deletedAt: new Date().toISOString(), can: { edit: false, delete: false } });
      await visit(itemPath(gone.textId));
      await button('Bring it back').click();
      await button('Save').waitFor();
    });

    test('of a kind the starter has no more can be read', async () => {
      const old = content.add({ type: 'poem', title: 'Ode', markdown: 'To a nightingale', metadata: { draft: false } });
      await visit(itemPath(old.textId));
      await studio.tab.getByText('The starter has no kind of content named ‘poem’ any more').waitFor();
      await studio.tab.getByText('To a nightingale').waitFor();
      studio.api.refusals.set('GET /api/v1/sites/:site/kinds', { code: 'starterMissing', message: 'Nothing says which content the site has. Ask an engineer to read the starters.' });
      await visit(itemPath(SYLLABUS));
      await studio.tab.getByText('Ask an engineer to read the starters.').waitFor();
      await studio.tab.getByText('Lectures: 2 sessions / week').waitFor();
    });
  });

  describe('a new item', () => {
    test('has the starter’s defaults, and is made from what was written', async () => {
      await visit(listPath('page'));
      await studio.tab.getByRole('link', { name: 'Add page' }).click();
      await studio.tab.getByRole('heading', { level: 1, name: 'New page' }).waitFor();
      expect(await label('License').inputValue()).toBe('by');
      expect(await label('No').isChecked()).toBe(true);
      await button('Add page').click({ force: true });
      await label('Title').fill('Exams');
      await label('Description').fill('When they are');
      await button('Add page').click();
      await studio.tab.getByRole('heading', { level: 1, name: 'Exams' }).waitFor();
      expect(studio.tab.url()).toContain('/items/');
      expect(sent()).toEqual([{ type: 'page', title: 'Exams', metadata: { description: 'When they are' } }]);
      await studio.tab.goBack();
      await studio.tab.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
    });

    test('of an address that has one already leads to that instead', async () => {
      const standing = content.add({ type: 'external-resource', title: 'Two New Sciences', metadata: { external_url: 'https://example.edu/galileo' } });
      content.standing = standing;
      await visit(pathTo('newItem', { site, kind: 'external-resource' }));
      await label('Title').fill('Galileo');
      await label('URL').fill('https://example.edu/galileo');
      await button('Add external resource').click();
      const notice = studio.tab.getByRole('alert').filter({ hasText: 'This address has an item already' });
      expect(await notice.getByRole('link', { name: 'Two New Sciences' }).getAttribute('href')).toBe(itemPath(standing.textId));
      expect(await label('Title').inputValue()).toBe('Galileo');
    });

    test('of what stands once is made by the first save, and shown from then on', async () => {
      await visit(listPath('metadata'));
      await studio.tab.getByText('Nothing is written here yet.').waitFor();
      await label('Course title').fill('Matrix Methods');
      await studio.tab.keyboard.press('Control+s');
      await expect.poll(() => studio.tab.url()).toContain('/items/metadata');
      expect(sent()).toEqual([{ type: 'metadata', metadata: { course_title: 'Matrix Methods' } }]);
      await visit(listPath('metadata'));
      await label('Course title').waitFor();
      expect(studio.tab.url()).toContain('/items/metadata');
    });
  });

  test.each(['light', 'dark'] as const)('no state of a form has a fault for people with disabilities (%s)', async (colorScheme) => {
    await studio.open({ colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
    const { tab } = studio;
    const faults = async (): Promise<string[]> => {
      await tab.evaluate(axe);
      return tab.evaluate(async () => {
        const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
        return (await tool.run({ resultTypes: ['violations'] })).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
      });
    };
    await visit(itemPath(SYLLABUS));
    await label('Title').fill('');
    await label('Description').fill('');
    await button('Save').click();
    await tab.getByRole('combobox', { name: 'Learning Resource Types' }).click();
    await tab.getByRole('option').first().waitFor();
    expect(await faults()).toEqual([]);
    const picture = content.add({ type: 'resource', title: 'Figure', file: 'courses/x/0123456789abcdef0123456789abcdef_figure.pdf', metadata: { resourcetype: 'Image' } });
    await label('Title').fill('Syllabus');
    await label('Description').fill('What the course is about');
    await visit(itemPath(picture.textId));
    await label('ALT text').waitFor();
    expect(await faults()).toEqual([]);
    await visit(listPath('resource'));
    await button('Delete … Figure').click();
    await tab.getByText('One place names it.').waitFor();
    expect(await faults()).toEqual([]);
    for (const path of [listPath('video_gallery'), listPath('navmenu'), pathTo('newItem', { site, kind: 'page' }), pathTo('newItem', { site, kind: 'resource' })]) {
      await visit(path);
      expect([path, await faults()]).toEqual([path, []]);
    }
  });

  test('a form and its menu of sections fit a phone', async () => {
    await studio.open({ viewport: { width: 390, height: 844 } });
    const { tab } = studio;
    await visit(itemPath(SYLLABUS));
    await tab.getByText('Pages', { exact: true }).first().click();
    await tab.getByRole('navigation', { name: 'Content of the site' }).getByRole('link', { name: /^Resources/ }).waitFor();
    expect(await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await tab.getByRole('navigation', { name: 'Content of the site' }).getByRole('link', { name: /^Resources/ }).click();
    await tab.getByRole('heading', { level: 1, name: 'Resources' }).waitFor();
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { ContentListPage } from '#test/support/pages/contentListPage.ts';
import { granted, noBrowser, useJourneys, ways } from '#test/support/pages/useJourneys.ts';
import { SignInPage } from '#test/support/pages/signInPage.ts';
import { SitesPage } from '#test/support/pages/sitesPage.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { until } from '#test/support/until.ts';

const PICTURE = join(ROOT, 'local', 'sample', 'media', 'sample-course', 'suspension-bridge-at-dusk.png');
const SITE = 'How Bridges Stand';
const TITLE = 'Why cables sag';

interface Stored {
  readonly text_id: string;
  readonly title: string;
  readonly markdown: string | null;
  readonly file: string | null;
  readonly metadata: Record<string, unknown>;
  readonly revision: number;
  readonly deleted_at: Date | null;
}

describe.skipIf(noBrowser !== undefined)(`an author in a browser${noBrowser ?? ''}`, { timeout: 600_000 }, () => {
  const sites = new Map<string, SampleSite>();
  const journeys = useJourneys(async (studio) => {
    for (const way of ways) {
      const site = await importSample(studio, `by-${way}`);
      sites.set(way, site);
      await granted(studio, 'ed@example.edu', 'editor', site.name);
      await granted(studio, 'olga@example.edu', 'owner', site.name);
    }
  });

  it.each(ways)('writes a page by %s from its first word to its readers, beside somebody else', async (way) => {
    const { studio } = journeys;
    const site = sites.get(way);
    if (site === undefined) throw new Error(`There is no site for ${way}`);
    const stored = async (title: string): Promise<Stored | undefined> =>
      (await studio.query<Stored>('select text_id, title, markdown, file, metadata, revision::int as revision, deleted_at from content_items where site_id = $1 and title = $2', [site.id, title]))[0];
    const draftOf = async (item: string): Promise<string> => JSON.stringify((await studio.query<{ fields: unknown }>('select d.fields from item_drafts d join content_items i on i.id = d.item_id where i.text_id = $1', [item]))[0]?.fields ?? null);

    const hand = await journeys.open(way);
    const { tab } = hand;
    await new SignInPage(hand).as('ed');
    const list = new SitesPage(hand);
    await list.search(site.name);
    const home = await list.openOnly();

    // A picture first, with words for those who do not see it.
    const picture = `A bridge at dusk, ${way}`;
    const resource = await (await home.content('Resources')).add('resource');
    await resource.upload(PICTURE);
    await resource.describePicture('A suspension bridge in front of the evening sky');
    await resource.fill('Title', picture);
    await resource.add('resource', picture);
    const pictureItem = await stored(picture);
    expect(pictureItem?.metadata).toMatchObject({ resourcetype: 'Image', image_metadata: { 'image-alt': 'A suspension bridge in front of the evening sky' } });
    expect([...(await studio.objects(studio.stack.buckets.storage, pictureItem?.file ?? 'none')).keys()]).toEqual([pictureItem?.file]);

    // The page itself.
    await resource.leaveFor('Pages');
    const pages = new ContentListPage(hand);
    const page = await pages.add('page');
    await page.fill('Title', TITLE);
    await page.fill('Description', 'What a cable does under a load.');
    await page.add('page', TITLE);
    const made = await stored(TITLE);
    const item = made?.text_id ?? '';
    expect(made).toMatchObject({ revision: 1, metadata: { description: 'What a cable does under a load.' } });

    await page.write('');
    await page.slash('heading 2', 'Heading 2');
    await tab.keyboard.type('Loads on a cable\n\n');
    await page.slash('bullet', 'Bulleted list');
    await tab.keyboard.type('its own weight\nthe deck\n\n\n');
    await tab.keyboard.type('Every cable sags');
    await page.formatLastWord('Bold');
    await tab.keyboard.type(' a little.\n\n');
    await page.showPicture(picture);
    await page.tick('Learners');
    await page.draftIsKept();
    await until('the draft has what was written', async () => (await draftOf(item)).includes('Loads on a cable') && (await draftOf(item)).includes(pictureItem?.text_id ?? ''));
    expect(await stored(TITLE)).toMatchObject({ revision: 1 });

    // The real theme shows it before anything is saved.
    const frame = await page.preview();
    await frame.getByRole('heading', { level: 2, name: 'Loads on a cable' }).waitFor();
    await frame.locator('strong', { hasText: 'sags' }).waitFor();
    await frame.getByRole('img', { name: 'A suspension bridge in front of the evening sky' }).waitFor();
    await page.hidePreview();
    await page.save(2);
    const saved = await stored(TITLE);
    expect(saved?.markdown).toMatch(/^## Loads on a cable\n\n[-*] its own weight\n[-*] the deck\n\nEvery cable \*\*sags\*\* a little\.\n\n\{\{< resource /);
    expect(saved?.markdown).toContain(pictureItem?.text_id);
    expect(saved?.metadata['audience']).toEqual(['Learners']);

    // The studio asks before what it could not keep is left behind.
    await tab.route('**/draft', (route) => route.abort());
    await page.write('\n\nNobody keeps this.');
    await tab.getByText('No draft is kept').waitFor();
    await page.leaveFor('Pages');
    await page.stay();
    await tab.unroute('**/draft');
    expect(await page.field('Body').innerText()).toContain('Nobody keeps this.');
    await page.field('Body').waitFor();
    await hand.enter(page.field('Body'));
    await page.saveByKeys(3);

    // Back to what it was before.
    const history = await page.history();
    await (await history.show(3)).getByText('Nobody keeps this.').waitFor();
    await history.show(2);
    await history.restore(2);
    expect(await stored(TITLE)).toMatchObject({ revision: 4, markdown: saved?.markdown });
    await history.back(TITLE);

    // Out to Staging; Production is for others.
    await page.home(SITE);
    await home.changed(TITLE).getByText('New', { exact: true }).waitFor();
    expect(await home.panel('Production').getByRole('button', { name: /^Publish/ }).count()).toBe(0);
    await home.publish('Staging');
    const { draft } = await studio.call('GET /api/v1/sites/:site', { params: { site: site.name } });
    expect(draft).toMatchObject({ state: 'published', hasUnpublishedChanges: false });
    const published = await home.openPublished('Staging');
    const { pageUrl } = await studio.call('GET /api/v1/sites/:site/items/:item', { params: { site: site.name, item } });
    await published.goto(`${(draft.url ?? '').replace(/\/$/, '')}${pageUrl ?? ''}`);
    await published.getByRole('heading', { level: 2, name: 'Loads on a cable' }).waitFor();
    await published.close();
    const written = [...(await studio.objects(studio.stack.buckets.preview, `${site.urlPath}/pages/`))].filter(([, { body }]) => body.toString('utf8').includes('Loads on a cable'));
    expect(written.map(([key]) => key)).toContain(`${site.urlPath}/pages/why-cables-sag/index.html`);

    // Somebody else saves the same page meanwhile.
    await (await home.content('Pages')).open(TITLE);
    await page.write('\n\nMine is the last line.');
    await page.fill('Description', 'What a cable does, as Ed says.');
    const olga = await studio.signIn('olga');
    await olga('PATCH /api/v1/sites/:site/items/:item', { params: { site: site.name, item }, body: { revision: 4, metadata: { description: 'What a cable does, as Olga says.' }, markdown: `Olga begins.\n\n${saved?.markdown ?? ''}` } });
    const conflict = await page.saveIntoConflict('Olga Owner');
    const sides = conflict.sides('Description');
    await sides.getByText('What a cable does under a load.', { exact: true }).waitFor();
    for (const name of [/\bEd\b/, /\bOlga\b/]) await sides.getByRole('insertion').filter({ hasText: name }).waitFor();
    await conflict.takeTheirs('Description');
    await conflict.save();
    await page.isSaved(6);
    const merged = await stored(TITLE);
    expect(merged).toMatchObject({ revision: 6, metadata: { description: 'What a cable does, as Olga says.' } });
    expect(merged?.markdown).toMatch(/^Olga begins\.\n\n## Loads on a cable[\s\S]*Mine is the last line\./);

    // What is unpublished, line by line.
    await page.home(SITE);
    await home.changed(TITLE).getByText('Changed', { exact: true }).waitFor();
    const difference = await home.differences(TITLE);
    await difference.getByText('Mine is the last line.').waitFor();
    await difference.getByText('Olga begins.').waitFor();

    // A deletion by mistake.
    const again = await home.content('Pages');
    await again.delete(TITLE);
    expect((await stored(TITLE))?.deleted_at).not.toBeNull();
    await again.undo(TITLE);
    await until('the page is there again', async () => (await stored(TITLE))?.deleted_at === null);
    journeys.expectNoFaults(hand);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { PreviewFixture } from './support/previewFixture.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

/** What the preview’s own host puts into each page, as far as the studio hears of it. */
const page = (text: string, studio: string): string => `<!doctype html><html lang="en"><title>${text}</title><body style="height:4000px"><h1>${text}</h1><a href="../sibling/">Sibling</a><script>
addEventListener('scroll', () => parent.postMessage({ kind: 'studio-preview:scrolled', y: scrollY }, ${JSON.stringify(studio)}));
addEventListener('message', (event) => { if (event.data.kind === 'studio-preview:scroll') scrollTo(0, event.data.y); });
addEventListener('load', () => parent.postMessage({ kind: 'studio-preview:shown', path: location.pathname, title: document.title }, ${JSON.stringify(studio)}));
</script></body></html>`;

describe.skipIf(chromium === undefined)('the preview beside an item', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  let preview: PreviewFixture;
  let item: string;
  /** What the page says now. */
  let text = 'First';

  beforeEach(async () => {
    preview = studio.api.preview;
    item = [...studio.api.world.items.values()].find(({ pageUrl }) => pageUrl !== null)?.textId ?? '';
    text = 'First';
    await studio.answerHost(new URL(preview.home).host, (path) => page(path.includes('sibling') ? 'Sibling page' : text, studio.api.url));
  });

  const open = async (): Promise<void> => {
    await studio.visit(pathTo('item', { site: 'matrix-methods', item }));
    await studio.tab.getByRole('button', { name: 'Show the preview' }).press('Enter');
  };
  const ready = (builds: number): void => void (preview.state = { ...preview.state, state: 'ready', doing: '', instance: 'one', builds, revision: 3 });
  const frame = () => studio.tab.frameLocator('iframe[title="Preview of the page"]');

  test('says how far it is, shows the page, and keeps its place when the page changes', async () => {
    await open();
    const pane = studio.tab.getByRole('region', { name: 'Preview' });
    await pane.getByRole('status').getByText('Writing the pages, 1,210 files …').waitFor();
    ready(1);
    await frame().getByRole('heading', { name: 'First' }).waitFor();
    await pane.getByRole('status').getByText('Up to date').waitFor();
    await frame().locator('body').evaluate(() => scrollTo(0, 700));
    text = 'Second';
    ready(2);
    // Whoever goes on after a pause asks at once.
    await pane.getByRole('button', { name: 'Pause' }).click();
    await pane.getByRole('status').getByText('Paused').waitFor();
    await pane.getByRole('button', { name: 'Go on' }).click();
    await frame().getByRole('heading', { name: 'Second' }).waitFor();
    expect(await frame().locator('body').evaluate(() => scrollY)).toBe(700);
    // A link leads on inside, and a new tab shows what is shown here.
    await frame().getByRole('link', { name: 'Sibling' }).evaluate((link) => (link as HTMLAnchorElement).click());
    await frame().getByRole('heading', { name: 'Sibling page' }).waitFor();
    await expect.poll(() => pane.getByRole('link', { name: 'Open in a new tab' }).getAttribute('href')).toBe('http://v1.preview.localhost:9/courses/a/pages/sibling/');
    await pane.getByRole('radio', { name: 'Phone' }).check();
    await expect.poll(() => frame().locator('body').evaluate(() => innerWidth)).toBe(390);
  });

  test('says what cannot be shown and why, keeps the last page, and names who else writes', async () => {
    ready(1);
    await open();
    await frame().getByRole('heading', { name: 'First' }).waitFor();
    preview.state = { ...preview.state, fault: { message: 'there is no shortcode “wrong”', file: 'content/pages/a.md', line: 7 }, others: [{ name: 'Lee', textId: 'x', title: 'Syllabus' }] };
    const pane = studio.tab.getByRole('region', { name: 'Preview' });
    await pane.getByRole('button', { name: 'Pause' }).click();
    await pane.getByRole('button', { name: 'Go on' }).click();
    await pane.getByText('There is no shortcode “wrong”. In content/pages/a.md, line 7.').waitFor();
    await pane.getByText('Lee in ‘Syllabus’').waitFor();
    await frame().getByRole('heading', { name: 'First' }).waitFor();
    preview.state = { ...preview.state, state: 'ended', doing: 'Nobody looked at it for a while.', fault: null, others: [] };
    await pane.getByRole('button', { name: 'Pause' }).click();
    await pane.getByRole('button', { name: 'Go on' }).click();
    await pane.getByText('Nobody looked at it for a while.').waitFor();
    ready(2);
    await pane.getByRole('button', { name: 'Show it again' }).click();
    await pane.getByRole('status').getByText('Up to date').waitFor();
  });
});

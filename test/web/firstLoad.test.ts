import { describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { bytesOf, editorAssets, recordAssets } from './support/recordAssets.ts';

/** Of compressed script; the goal of `npm run bench:web`, too. */
const MOST_BYTES = 120_000;

describe.skipIf(chromium === undefined)('what the browser loads', { timeout: 90_000 }, () => {
  const studio = useStudioTab();

  test('for the dashboard is little script, and nothing of the editor, which comes with the first item', async () => {
    const dashboard = recordAssets(studio.tab);
    await studio.visit('/');
    await studio.tab.getByRole('link', { name: 'Matrix Methods' }).first().waitFor();
    const first = await dashboard();
    expect(bytesOf(first, 'script', 'gzip')).toBeGreaterThan(10_000);
    expect(bytesOf(first, 'script', 'gzip')).toBeLessThan(MOST_BYTES);
    expect(editorAssets(first)).toEqual([]);

    const page = studio.api.content.add({ type: 'page', title: 'Readings', markdown: 'Read $$x^2$$ and \\\\(y\\\\).\n' });
    const item = recordAssets(studio.tab);
    await studio.visit(pathTo('item', { site: 'matrix-methods', item: page.textId }));
    await studio.tab.locator('.cm-content').waitFor();
    expect(editorAssets(await item())).not.toEqual([]);
  });
});

import { type Locator, type Page as Tab } from 'playwright-core';
import { expect } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { ContentListPage } from './contentListPage.ts';
import { PageObject } from './pageObject.ts';

const steps = publishSiteProcess.phases.map(({ title }) => title);
/** A publish has a machine of two cores to itself only when nothing else is tested, milliseconds. */
const PUBLISH_MS = 240_000;

export type Place = 'Staging' | 'Production';

/** The home of a site: what changed, what keeps it from readers, and its publishes. */
export class HomePage extends PageObject {
  /** Opens what the site has of a kind. */
  async content(kind: string): Promise<ContentListPage> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('navigation', { name: 'Content of the site' }).getByRole('link', { name: new RegExp(`^${kind}\\b`) }));
    await tab.getByRole('heading', { level: 1, name: kind }).waitFor();
    return new ContentListPage(this.hand);
  }

  /** What became of an item since the publish. */
  changed(title: string): Locator {
    return this.hand.tab.getByRole('list', { name: /^Changes since the last publish/ }).getByRole('listitem').filter({ has: this.hand.tab.getByRole('link', { name: title, exact: true }) });
  }

  /** Shows what changed in the text of an item. */
  async differences(title: string): Promise<Locator> {
    const row = this.changed(title);
    await this.hand.press(row.getByRole('button', { name: 'What changed' }));
    return row.getByRole('group', { name: 'What changed in the text' });
  }

  /** Publishes, and watches the steps to the end. */
  async publish(place: Place): Promise<void> {
    const panel = this.panel(place);
    await this.hand.press(panel.getByRole('button', { name: `Publish to ${place}`, exact: true }));
    if (place === 'Production') await this.hand.press(panel.getByRole('button', { name: 'Publish to Production now' }));
    const listed = panel.getByRole('list', { name: `Steps of the run to ${place}` }).getByRole('listitem');
    await expect.poll(async () => (await listed.allInnerTexts()).filter((text) => /\b(?:Done|Skipped)\b/.test(text)).length, { timeout: PUBLISH_MS }).toBe(steps.length);
    expect((await listed.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual(steps);
    await panel.getByText('Last run').waitFor();
  }

  /** The site as readers of that place meet it, in a tab of its own. */
  async openPublished(place: Place): Promise<Tab> {
    const [published] = await Promise.all([this.hand.tab.waitForEvent('popup'), this.hand.press(this.panel(place).getByRole('link', { name: /opens in a new tab/ }).first())]);
    await published.waitForLoadState();
    return published;
  }

  panel(place: Place): Locator {
    return this.hand.tab.getByRole('region', { name: new RegExp(`^${place} `) });
  }
}

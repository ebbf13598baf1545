import type { Locator, Page as Tab } from 'playwright-core';
import { type Hand, hasCursor, replaceText, whenReady } from './hand.ts';

/** A person with a mouse, who types where they clicked. */
export class Pointer implements Hand {
  readonly way = 'pointer';
  readonly tab: Tab;
  readonly faults: readonly string[] = [];

  constructor(tab: Tab) {
    this.tab = tab;
  }

  async press(control: Locator): Promise<void> {
    await whenReady(control);
    await control.click();
  }

  async enter(field: Locator): Promise<void> {
    await whenReady(field);
    await field.click();
    await hasCursor(field);
    await this.tab.keyboard.press('Control+End');
  }

  async write(field: Locator, text: string): Promise<void> {
    await this.enter(field);
    await replaceText(this.tab, text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await whenReady(list);
    await list.selectOption({ label: option });
  }

  async give(field: Locator, path: string): Promise<void> {
    // The field itself is hidden in the label that looks like a button.
    const [chooser] = await Promise.all([this.tab.waitForEvent('filechooser'), field.locator('xpath=ancestor::label').click()]);
    await chooser.setFiles(path);
  }
}

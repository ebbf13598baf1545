import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Hand } from './hand.ts';
import { PageObject } from './pageObject.ts';

/** The form of an item, one that is there or one that is being made. */
export class ItemEditorPage extends PageObject {
  field(label: string): Locator {
    return this.hand.tab.getByRole('textbox', { name: label, exact: true });
  }

  async fill(label: string, text: string): Promise<void> {
    await this.hand.write(this.field(label), text);
  }

  async tick(choice: string): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('checkbox', { name: choice, exact: true }));
  }

  /** Goes on writing at the end of the text. */
  async write(text: string): Promise<void> {
    await this.hand.enter(this.field('Body'));
    await this.hand.tab.keyboard.type(text);
  }

  /** Chooses from what a slash at the beginning of a line offers. */
  async slash(typed: string, offer: string): Promise<void> {
    const { tab } = this.hand;
    await tab.keyboard.type(`/${typed}`);
    const option = tab.getByRole('option', { name: new RegExp(`^${offer}`) });
    await option.waitFor();
    if (this.hand.way === 'pointer') await option.click();
    else {
      await expect.poll(() => option.getAttribute('aria-selected')).toBe('true');
      await tab.keyboard.press('Enter');
    }
    await option.waitFor({ state: 'hidden' });
  }

  /** Marks the word before the cursor, and gives it the format of a tool. */
  async formatLastWord(tool: string): Promise<void> {
    await this.hand.tab.keyboard.press('Control+Shift+ArrowLeft');
    await this.tool(tool);
    await this.hand.tab.keyboard.press('Control+End');
  }

  async tool(name: string): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name, exact: true }));
  }

  /** Shows a picture of the site in the text, found by its title. */
  async showPicture(title: string): Promise<void> {
    const { tab } = this.hand;
    await this.tool('Show a resource');
    const panel = tab.getByRole('region', { name: 'Show a resource' });
    await this.hand.press(panel.getByRole('tab', { name: 'Images' }));
    if (this.hand.way === 'keyboard') await expect.poll(() => panel.getByRole('tab', { name: 'Images' }).getAttribute('aria-selected')).toBe('true');
    await this.hand.write(panel.getByRole('searchbox', { name: 'Search by title or file name' }), title);
    await panel.getByText('1 item found').waitFor();
    await this.hand.press(panel.getByRole('button', { name: new RegExp(`^${title}`) }));
    await panel.waitFor({ state: 'hidden' });
  }

  /** Sends a file straight to where the site keeps its files. */
  async upload(path: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.give(tab.getByLabel('Choose a file'), path);
    await tab.getByText('is uploaded, and becomes the item’s when you save.').waitFor();
  }

  /** Writes what the studio asks for beside a picture. */
  async describePicture(words: string): Promise<void> {
    const { tab } = this.hand;
    const alt = this.field('Text for those who do not see the image');
    await this.hand.press(tab.getByRole('button', { name: 'Write the Text for those who do not see the image' }));
    await expect.poll(() => alt.evaluate((field) => field === document.activeElement)).toBe(true);
    await tab.keyboard.type(words);
    await tab.getByText('Say what the picture shows').waitFor({ state: 'hidden' });
  }

  /** Makes the item, and waits for its own page. */
  async add(what: string, title: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('button', { name: `Add ${what}` }));
    await tab.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  }

  /** Saves by the button, and waits until it is this revision. */
  async save(revision: number): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('button', { name: 'Save', exact: true }));
    await this.isSaved(revision);
  }

  /** Saves by the keys that everybody knows. */
  async saveByKeys(revision: number): Promise<void> {
    await this.hand.tab.keyboard.press('Control+S');
    await this.isSaved(revision);
  }

  async isSaved(revision: number): Promise<void> {
    await this.hand.tab.getByText(`Saved as revision ${revision}`).first().waitFor();
  }

  async draftIsKept(): Promise<void> {
    await this.hand.tab.getByText(/^Draft kept \d\d:\d\d$/).waitFor();
  }

  /** The page as readers will have it, with what is not saved. */
  async preview(): Promise<FrameLocator> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('button', { name: 'Show the preview' }));
    return tab.frameLocator('iframe[title="Preview of the page"]');
  }

  async hidePreview(): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('button', { name: 'Hide the preview' }));
  }

  /** Goes to the list of a kind, whether or not that is let happen. */
  async leaveFor(kind: string): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('navigation', { name: 'Content of the site' }).getByRole('link', { name: new RegExp(`^${kind}\\b`) }));
  }

  /** Stays when asked whether to leave. */
  async stay(): Promise<void> {
    const { tab } = this.hand;
    const question = tab.getByRole('alertdialog', { name: 'Leave without saving?' });
    await question.waitFor();
    await this.hand.press(question.getByRole('button', { name: 'Stay here' }));
    await question.waitFor({ state: 'hidden' });
  }

  async history(): Promise<HistoryPage> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('main').getByRole('link', { name: 'History', exact: true }));
    await tab.getByRole('heading', { level: 1, name: /^History of / }).waitFor();
    return new HistoryPage(this.hand);
  }

  /** Tries to save while somebody else has saved: what has to be decided. */
  async saveIntoConflict(who: string): Promise<ConflictView> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('button', { name: 'Save', exact: true }));
    await tab.getByRole('heading', { name: `${who} saved this while you wrote` }).waitFor();
    return new ConflictView(this.hand, who);
  }

  async home(site: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('main').getByRole('link', { name: site, exact: true }).first());
    await tab.getByRole('heading', { level: 1, name: site }).waitFor();
  }
}

/** The revisions of an item, and what differs between two. */
export class HistoryPage extends PageObject {
  async show(revision: number): Promise<Locator> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('list', { name: 'Revisions' }).getByRole('link', { name: new RegExp(`^Revision ${revision}\\b`) }));
    return tab.getByRole('region', { name: new RegExp(`to revision ${revision}$|^Revision ${revision}$`) });
  }

  async restore(revision: number): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('button', { name: `Restore revision ${revision}` }));
    await this.hand.press(tab.getByRole('button', { name: 'Restore it' }));
    await tab.getByText(`Restored revision ${revision}, as revision`).waitFor();
  }

  async back(title: string): Promise<ItemEditorPage> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('main').getByRole('link', { name: title, exact: true }));
    await tab.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    return new ItemEditorPage(this.hand);
  }
}

/** Two people’s edits of one item side by side, with what it said before both. */
export class ConflictView extends PageObject {
  private readonly who: string;

  constructor(hand: Hand, who: string) {
    super(hand);
    this.who = who;
  }

  /** What both changed of a field: what it said, what I wrote and what the other wrote. */
  sides(field: string): Locator {
    return this.hand.tab.getByRole('group', { name: field, exact: true });
  }

  async takeMine(field: string): Promise<void> {
    await this.hand.press(this.sides(field).getByRole('radio', { name: 'Mine', exact: true }));
  }

  async takeTheirs(field: string): Promise<void> {
    await this.hand.press(this.sides(field).getByRole('radio', { name: `${this.who}’s`, exact: true }));
  }

  async save(): Promise<void> {
    const { tab } = this.hand;
    await tab.getByText('Everything is decided.').waitFor();
    await this.hand.press(tab.getByRole('button', { name: 'Save what was merged' }));
  }
}

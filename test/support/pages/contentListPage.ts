import type { Locator } from 'playwright-core';
import { ItemEditorPage } from './itemEditorPage.ts';
import { PageObject } from './pageObject.ts';

/** What a site has of one kind. */
export class ContentListPage extends PageObject {
  /** Begins a new item; `what` is one of the kind, such as "page". */
  async add(what: string): Promise<ItemEditorPage> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('link', { name: `Add ${what}` }));
    await tab.getByRole('heading', { level: 1, name: `New ${what}` }).waitFor();
    return new ItemEditorPage(this.hand);
  }

  async open(title: string): Promise<ItemEditorPage> {
    const { tab } = this.hand;
    await this.hand.press(this.row(title).getByRole('link', { name: title, exact: true }));
    await tab.getByRole('heading', { level: 1, name: title }).waitFor();
    return new ItemEditorPage(this.hand);
  }

  async delete(title: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(this.row(title).getByRole('button', { name: `Delete … ${title}` }));
    await this.hand.press(this.row(title).getByRole('button', { name: 'Delete it' }));
    await tab.getByText(`‘${title}’ is deleted`).first().waitFor();
  }

  /** Takes the last deletion back. */
  async undo(title: string): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('button', { name: 'Undo', exact: true }));
    await this.row(title).waitFor();
  }

  row(title: string): Locator {
    const { tab } = this.hand;
    return tab.getByRole('main').getByRole('listitem').filter({ has: tab.getByRole('link', { name: title, exact: true }) });
  }
}

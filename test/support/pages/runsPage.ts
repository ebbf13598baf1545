import type { Locator } from 'playwright-core';
import { ItemEditorPage } from './itemEditorPage.ts';
import { PageObject } from './pageObject.ts';

/** Everything the studio did and does. */
export class RunsPage extends PageObject {
  /** From wherever one is. */
  async visit(): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('navigation', { name: 'Studio' }).getByRole('link', { name: 'Runs' }));
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  }

  /** Only the runs of a site. */
  async ofSite(name: string): Promise<void> {
    const { tab } = this.hand;
    const form = tab.getByRole('search', { name: 'Runs' });
    await this.hand.write(form.getByRole('textbox', { name: 'Site (its name)' }), name);
    await this.hand.press(form.getByRole('button', { name: 'Show' }));
    await tab.getByRole('link', { name: 'Show all runs' }).waitFor();
  }

  /** Only the runs in a state, such as "Failed". */
  async inState(state: string): Promise<void> {
    const { tab } = this.hand;
    const choice = tab.getByRole('navigation', { name: 'State' }).getByRole('link', { name: new RegExp(`^${state}\\b`) });
    await this.hand.press(choice);
    await choice.and(tab.locator('[aria-current="true"]')).waitFor();
  }

  async openOnly(): Promise<RunPage> {
    const { tab } = this.hand;
    const rows = tab.getByRole('list', { name: 'Runs', exact: true }).and(tab.locator(':not([aria-busy="true"])'));
    await this.hand.press(rows.getByRole('link', { name: /Publish/ }).and(tab.locator('[data-row]')));
    await tab.getByRole('heading', { name: 'Steps' }).waitFor();
    return new RunPage(this.hand);
  }
}

/** One run: its steps, why it failed, and what one may do about it. */
export class RunPage extends PageObject {
  /** What is wrong, each with its place. */
  problems(): Locator {
    return this.hand.tab.getByRole('list', { name: 'What is wrong' }).getByRole('listitem');
  }

  /** Where Temporal shows it, and by which id. */
  async inTemporal(): Promise<{ address: string; workflowId: string }> {
    const aside = this.hand.tab.getByRole('complementary', { name: 'About this run' });
    const address = (await aside.getByRole('link', { name: /See it in Temporal/ }).getAttribute('href')) ?? '';
    const workflowId = (await aside.getByText(/^Workflow /).innerText()).replace(/^Workflow /, '');
    return { address, workflowId };
  }

  /** Goes to what has to be mended. */
  async openItem(title: string): Promise<ItemEditorPage> {
    const { tab } = this.hand;
    await this.hand.press(this.problems().getByRole('link', { name: `‘${title}’` }).first());
    await tab.getByRole('heading', { level: 1, name: title }).waitFor();
    return new ItemEditorPage(this.hand);
  }

  /** Has the failed step tried once more. */
  async retry(): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('button', { name: 'Retry', exact: true }));
  }
}

import type { Locator } from 'playwright-core';
import type { Hand } from './hand.ts';
import { PageObject } from './pageObject.ts';

/** Goes to one of the pages of administration, from wherever one is. */
async function visit(hand: Hand, name: string): Promise<void> {
  const { tab } = hand;
  const others = tab.getByRole('navigation', { name: 'Administration' });
  if (!(await others.isVisible())) {
    await hand.press(tab.getByRole('navigation', { name: 'Studio' }).getByRole('link', { name: 'Admin' }));
    await others.waitFor();
  }
  await hand.press(others.getByRole('link', { name, exact: true }));
  await tab.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

/** Publishing many sites as one action. */
export class MassPublishPage extends PageObject {
  visit(): Promise<void> {
    return visit(this.hand, 'Mass publish');
  }

  /** Asks which sites it would be, before anything happens. */
  async look(names: readonly string[]): Promise<Locator> {
    const { tab } = this.hand;
    await this.hand.write(tab.getByRole('textbox', { name: 'Names' }), names.join(' '));
    await this.hand.press(tab.getByRole('button', { name: 'See which sites it would be' }));
    return tab.getByRole('group', { name: /^Publish \d+ sites?$/ });
  }

  /** Begins what was looked at, and follows it to its end. */
  async begin(): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('button', { name: /^Publish \d+ sites?$/ }));
    await this.hand.press(tab.getByRole('link', { name: 'See how it goes' }));
    await tab.getByRole('list', { name: 'Sites' }).getByText('Done', { exact: true }).first().waitFor({ timeout: 240_000 });
    await tab.getByRole('button', { name: 'Undo', exact: true }).waitFor({ timeout: 240_000 });
  }
}

/** What the studio does again and again by itself. */
export class RecurringPage extends PageObject {
  visit(): Promise<void> {
    return visit(this.hand, 'Recurring work');
  }

  row(title: string): Locator {
    return this.hand.tab.getByRole('listitem', { name: title, exact: true });
  }

  async pause(title: string, why: string): Promise<void> {
    const row = this.row(title);
    await this.hand.press(row.getByRole('button', { name: `Pause … ${title}` }));
    await this.hand.write(row.getByRole('textbox', { name: 'Why does it rest?' }), why);
    await this.hand.press(row.getByRole('button', { name: 'Pause it' }));
    await row.getByText(why).waitFor();
  }

  async resume(title: string): Promise<void> {
    const row = this.row(title);
    await this.hand.press(row.getByRole('button', { name: `Resume ${title}` }));
    await row.getByRole('button', { name: `Pause … ${title}` }).waitFor();
  }
}

/** Whether everything is well, and where it is. */
export class SystemPage extends PageObject {
  visit(): Promise<void> {
    return visit(this.hand, 'System');
  }

  async lookAgain(): Promise<void> {
    await this.hand.press(this.hand.tab.getByRole('button', { name: 'Look again' }));
  }

  /** The parts of the installation, each with how it is. */
  parts(): Locator {
    return this.hand.tab.getByRole('region', { name: 'Health' }).getByRole('listitem');
  }
}

/** What anybody did that matters. */
export class AuditPage extends PageObject {
  visit(): Promise<void> {
    return visit(this.hand, 'Audit log');
  }

  async ofSite(name: string): Promise<void> {
    const { tab } = this.hand;
    const form = tab.getByRole('main').getByRole('search');
    await this.hand.write(form.getByRole('textbox', { name: /^Site\b/ }), name);
    await this.hand.press(form.getByRole('button', { name: 'Show' }));
  }

  entries(): Locator {
    return this.hand.tab.getByRole('list', { name: 'Entries' }).getByRole('listitem');
  }
}

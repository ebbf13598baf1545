import type { Locator } from 'playwright-core';
import { PageObject } from './pageObject.ts';

/** Making a site from a starter, and watching what it gets appear. */
export class NewSitePage extends PageObject {
  async visit(): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('link', { name: 'New site', exact: true }));
    await tab.getByRole('heading', { level: 1, name: 'New site' }).waitFor();
  }

  async create(title: string, shortId: string, starter: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.write(tab.getByRole('textbox', { name: 'Title', exact: true }), title);
    await this.hand.write(tab.getByRole('textbox', { name: 'Short id' }), shortId);
    await this.hand.choose(tab.getByRole('combobox', { name: 'Starter' }), starter);
    await this.hand.press(tab.getByRole('button', { name: 'Create the site' }));
    await tab.getByRole('list', { name: 'What the site gets' }).waitFor();
  }

  /** What the site gets, by its name, once it is there. */
  async appears(what: string): Promise<void> {
    const row = this.hand.tab.getByRole('list', { name: 'What the site gets' }).getByRole('listitem').filter({ hasText: what });
    await row.getByText('There', { exact: true }).waitFor({ timeout: 180_000 });
  }

  async goHome(title: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('link', { name: 'Go to the site’s home' }));
    await tab.getByRole('heading', { level: 1, name: title }).waitFor();
  }
}

/** Who works on a site. */
export class SitePeoplePage extends PageObject {
  /** From the home of the site. */
  async visit(): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('navigation', { name: 'More of the site' }).getByRole('link', { name: 'People' }));
    await tab.getByRole('heading', { level: 1, name: /^People of / }).waitFor();
  }

  person(email: string): Locator {
    return this.hand.tab.getByRole('list', { name: 'People', exact: true }).getByRole('listitem').filter({ hasText: email });
  }

  async invite(email: string, role: 'Editor' | 'Admin'): Promise<void> {
    const { tab } = this.hand;
    await this.hand.write(tab.getByRole('textbox', { name: 'E-mail address' }), email);
    await this.hand.choose(tab.getByRole('combobox', { name: 'As', exact: true }), role);
    await this.hand.press(tab.getByRole('button', { name: 'Invite', exact: true }));
    await this.person(email).waitFor();
  }

  async changeRole(email: string, role: 'Editor' | 'Admin'): Promise<void> {
    await this.hand.choose(this.person(email).getByRole('combobox', { name: /^Role of / }), role);
  }

  async remove(email: string): Promise<void> {
    const row = this.person(email);
    await this.hand.press(row.getByRole('button', { name: /^Remove / }));
    await this.hand.press(row.getByRole('button', { name: /^Remove / }).first());
    await row.waitFor({ state: 'detached' });
  }
}

/** What a publish would change, before it does. */
export class ReviewPage extends PageObject {
  /** Asks for one from the home of the site, and waits until it can be decided. */
  async ask(): Promise<void> {
    const { tab } = this.hand;
    const panel = tab.getByRole('region', { name: /^Production / });
    await this.hand.press(panel.getByRole('button', { name: 'Review changes' }));
    await this.hand.press(panel.getByRole('list', { name: 'Reviews for Production' }).getByRole('link', { name: /^Review\b/ }));
    await this.decision().waitFor({ timeout: 240_000 });
  }

  decision(): Locator {
    return this.hand.tab.getByRole('group', { name: 'Your decision' });
  }

  /** Sets a time, as one writes it in the United States. */
  async schedule(month: string, day: string, year: string, time: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(this.decision().getByRole('button', { name: 'Schedule …' }));
    const field = tab.getByLabel('Publish this on');
    if (this.hand.way === 'pointer') await field.fill(`${year}-${month}-${day}T${time}`);
    else {
      // The form gives the field the focus; each part goes on to the next by itself, but for the year.
      await field.and(tab.locator(':focus')).waitFor();
      await tab.keyboard.type(`${month}${day}${year}`);
      await tab.keyboard.press('ArrowRight');
      await tab.keyboard.type(`${time.replace(':', '')}AM`);
    }
    await this.hand.press(tab.getByRole('button', { name: 'Set the time' }));
    await this.decision().getByRole('button', { name: 'Take the schedule back' }).waitFor();
  }

  async unschedule(): Promise<void> {
    await this.hand.press(this.decision().getByRole('button', { name: 'Take the schedule back' }));
    await this.decision().getByRole('button', { name: 'Schedule …' }).waitFor();
  }

  /** Publishes what is shown, and waits until it is out. */
  async publish(): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(this.decision().getByRole('button', { name: 'Publish this', exact: true }));
    await this.hand.press(tab.getByRole('button', { name: 'Publish this now' }));
    await tab.getByRole('main').getByText('Published', { exact: true }).first().waitFor({ timeout: 240_000 });
  }

  async goHome(title: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('main').getByRole('link', { name: title, exact: true }).first());
    await tab.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  }
}

/** What takes a site away: from readers on its home, from everybody in its settings. */
export class LeavingPages extends PageObject {
  async unpublish(shortId: string): Promise<void> {
    const { tab } = this.hand;
    const card = tab.getByRole('region', { name: 'Unpublish', exact: true });
    await this.hand.press(card.getByRole('button', { name: 'Unpublish …' }));
    await this.hand.write(card.getByRole('textbox'), shortId);
    await this.hand.press(card.getByRole('button', { name: 'Unpublish now' }));
    await tab.getByRole('region', { name: 'Unpublished', exact: true }).getByText(/Readers, lists and catalogues do not have it any more/).waitFor({ timeout: 240_000 });
  }

  /** From the home of the site. */
  async archive(why: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.press(tab.getByRole('navigation', { name: 'More of the site' }).getByRole('link', { name: 'Settings' }));
    const card = tab.getByRole('region', { name: 'Archive', exact: true });
    await this.hand.press(card.getByRole('button', { name: 'Archive …' }));
    await this.hand.write(card.getByRole('textbox', { name: 'Why (others read it)' }), why);
    await this.hand.press(card.getByRole('button', { name: 'Archive the site' }));
    await card.getByText('This site is archived').waitFor();
  }
}

import { HomePage } from './homePage.ts';
import { PageObject } from './pageObject.ts';

/** The list of sites, where everybody begins. */
export class SitesPage extends PageObject {
  /** Finds a site by a part of its name, as one types. */
  async search(text: string): Promise<void> {
    const { tab } = this.hand;
    await this.hand.write(tab.getByRole('searchbox', { name: 'Search sites by title, name or short id' }), text);
    await tab.getByText('1 site found').waitFor();
  }

  /** Opens the only site of the list. */
  async openOnly(): Promise<HomePage> {
    const { tab } = this.hand;
    const link = tab.getByRole('list', { name: 'Sites', exact: true }).getByRole('link');
    const title = await link.innerText();
    await this.hand.press(link);
    await tab.getByRole('heading', { level: 1, name: title }).waitFor();
    return new HomePage(this.hand);
  }
}

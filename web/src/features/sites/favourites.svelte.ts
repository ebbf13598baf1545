import type { ListedSite } from '#api/contracts/sites.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The stars of a list of sites: shown at once, and taken back when the server refuses. */
export class Stars extends OneAtATime<'star'> {
  /** What was asked for and is not in the list yet, by the site's name. */
  private asked = $state.raw<Readonly<Record<string, boolean>>>({});

  isOn(site: Pick<ListedSite, 'name' | 'isFavourite'>): boolean {
    return this.asked[site.name] ?? site.isFavourite;
  }

  /** Stars a site or takes the star off; resolves to whether it was done. */
  async turn(site: Pick<ListedSite, 'name' | 'isFavourite'>): Promise<boolean> {
    if (this.isBusy) return false;
    const isOn = !this.isOn(site);
    this.asked = { ...this.asked, [site.name]: isOn };
    const params = { site: site.name };
    const answer = await this.once('star', () => (isOn ? call('PUT /api/v1/sites/:site/favourite', { params }) : call('DELETE /api/v1/sites/:site/favourite', { params })));
    if (answer === undefined) this.forget(site.name);
    return answer !== undefined;
  }

  /** Goes by the list again, once it has been read anew. */
  forget(name: string): void {
    this.asked = Object.fromEntries(Object.entries(this.asked).filter(([other]) => other !== name));
  }
}

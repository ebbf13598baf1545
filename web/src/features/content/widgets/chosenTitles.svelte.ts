import { SvelteMap } from 'svelte/reactivity';
import type { ChosenItem, ChosenSite } from '#api/contracts/pickers.ts';
import { ApiProblem } from '../../../lib/apiClient.ts';
import { call } from '../../../lib/session.svelte.ts';

interface Named {
  readonly textId: string;
  readonly site: string | null;
}

/** What the API takes in one request; a name that is longer is none of an item. */
const MAX_TITLES = 1_000;
const MAX_NAME = 512;

const nameOf = ({ textId, site }: Named): string => JSON.stringify([textId, site]);

/** What became of what was chosen before: asked in one request, kept while the form is open. */
export class ChosenTitles {
  problem = $state.raw<ApiProblem | undefined>();
  private readonly items = new SvelteMap<string, ChosenItem>();
  private readonly sites = new SvelteMap<string, ChosenSite>();
  private wanted: { site: string; items: readonly Named[]; sites: readonly string[] } | undefined;
  private turn = 0;
  private readonly display: () => string | undefined;

  /** @param display The field of an item that it is shown by; its title where there is none. */
  constructor(display: () => string | undefined = () => undefined) {
    this.display = display;
  }

  item(named: Named): ChosenItem | undefined {
    return this.items.get(nameOf(named));
  }

  site(urlPath: string): ChosenSite | undefined {
    return this.sites.get(urlPath);
  }

  /** Notes what a picker told of something just chosen, so that it need not be asked for. */
  note(item: ChosenItem): void {
    this.items.set(nameOf(item), item);
  }

  noteSite(site: ChosenSite): void {
    this.sites.set(site.urlPath, site);
  }

  /** Asks for what is not known yet; `site` is the one whose content names them. */
  async want(site: string, items: readonly Named[], sites: readonly string[] = []): Promise<void> {
    this.wanted = { site, items, sites };
    const unknown = items.filter((one) => !this.items.has(nameOf(one)) && one.textId.length <= MAX_NAME && (one.site?.length ?? 0) <= MAX_NAME).slice(0, MAX_TITLES);
    const unknownSites = sites.filter((one) => !this.sites.has(one) && one.length <= MAX_NAME).slice(0, MAX_TITLES);
    if (unknown.length === 0 && unknownSites.length === 0) return;
    this.turn += 1;
    const { turn } = this;
    const display = this.display();
    this.problem = undefined;
    try {
      const answer = await call('POST /api/v1/pickers/titles', { body: { site, items: unknown.map(({ textId, site: of }) => ({ textId, site: of })), sites: unknownSites, ...(display === undefined ? {} : { display }) } });
      for (const one of answer.items) this.items.set(nameOf(one), one);
      for (const one of answer.sites) this.sites.set(one.urlPath, one);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (turn === this.turn) this.problem = error;
    }
  }

  retry(): void {
    if (this.wanted !== undefined) void this.want(this.wanted.site, this.wanted.items, this.wanted.sites);
  }
}

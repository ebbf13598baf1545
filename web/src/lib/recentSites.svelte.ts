import { session } from './session.svelte.ts';

const KEPT = 'studio.recentSites';
/** More than a person goes back and forth between in a day. */
const MOST = 8;

export interface RecentSite {
  readonly name: string;
  readonly title: string;
  readonly shortId: string;
}

/** The sites a person opened last in this browser, the latest first; each person's own. */
class RecentSites {
  private all = $state.raw<Readonly<Record<string, readonly RecentSite[]>>>(read());

  get list(): readonly RecentSite[] {
    return this.all[session.me?.id ?? ''] ?? [];
  }

  /** Puts a site in front; one that has another title by now gets it. */
  note({ name, title, shortId }: RecentSite): void {
    const who = session.me?.id;
    const [first] = this.list;
    if (who === undefined || (first?.name === name && first.title === title)) return;
    this.all = { ...this.all, [who]: [{ name, title, shortId }, ...this.list.filter((site) => site.name !== name)].slice(0, MOST) };
    localStorage.setItem(KEPT, JSON.stringify(this.all));
  }
}

/** What another version of the studio or somebody by hand left there is not believed. */
function read(): Record<string, readonly RecentSite[]> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    const isSite = (site: unknown): site is RecentSite => typeof site === 'object' && site !== null && ['name', 'title', 'shortId'].every((key) => typeof (site as Record<string, unknown>)[key] === 'string');
    return Object.fromEntries(Object.entries(kept).map(([who, sites]) => [who, Array.isArray(sites) ? sites.filter(isSite) : []]));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export const recentSites = new RecentSites();

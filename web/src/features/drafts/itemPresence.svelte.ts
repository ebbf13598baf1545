import type { Output } from '#api/contracts/client.ts';
import type { Present } from '#api/contracts/drafts.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { liveEvents } from '../../lib/liveEvents.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** How often one says that one is still there, milliseconds; who is not heard of for a minute is gone. */
const BEAT_MS = 20_000;

type Newest = Output<'POST /api/v1/sites/:site/items/:item/presence'>['item'];

/** Who else edits an item, and whether somebody saved it since it was opened. */
export class ItemPresence {
  others = $state.raw<readonly Present[]>([]);
  /** The newest state of the item, as far as it was heard of. */
  newest = $state.raw<Newest | undefined>();
  /** One tab’s stay at the item; drafts count by edits of their own. */
  private readonly stay = crypto.randomUUID();
  private readonly site: string;
  private readonly item: string;
  private isOver = false;

  constructor(site: string, item: string) {
    this.site = site;
    this.item = item;
  }

  /** Tells the others until the returned function is called. */
  start(): () => void {
    const off = new AbortController();
    this.isOver = false;
    void this.beat();
    const beating = setInterval(() => void this.beat(), BEAT_MS);
    // A page that the browser keeps in memory may come back.
    window.addEventListener('pagehide', () => this.leave(), { signal: off.signal });
    window.addEventListener('pageshow', (event) => void (event.persisted && this.beat()), { signal: off.signal });
    const stop = liveEvents.watch({ wants: (change) => change.site === this.site, hearsPresence: true, refresh: () => this.beat() });
    return () => {
      off.abort();
      clearInterval(beating);
      stop();
      this.isOver = true;
      this.leave();
    };
  }

  /** Says that one is here, and hears who else is. @returns false: that somebody went silently says nothing of the event stream. */
  private async beat(): Promise<boolean> {
    try {
      const { others, item } = await call('POST /api/v1/sites/:site/items/:item/presence', { params: { site: this.site, item: this.item }, body: { edit: this.stay } });
      if (this.isOver) return false;
      this.others = others;
      this.newest = item;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // Who else is there is not known then, and nobody is told something that may be wrong.
      this.others = [];
    }
    return false;
  }

  /** Outlives a page that goes away. */
  private leave(): void {
    const path = `/api/v1/sites/${encodeURIComponent(this.site)}/items/${encodeURIComponent(this.item)}/presence`;
    fetch(path, { method: 'POST', keepalive: true, credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ edit: this.stay, isOver: true }) }).catch((error: unknown) => {
      // Unheard, one is gone for the others within a minute.
      if (!(error instanceof TypeError)) throw error;
    });
  }
}

/** Presence at an item for the life of the component that asks. */
export function useItemPresence(site: string, item: string): ItemPresence {
  const presence = new ItemPresence(site, item);
  $effect(() => presence.start());
  return presence;
}

import type { Output } from '#api/contracts/client.ts';
import type { Item } from '#api/contracts/items.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

const PAGE = 30;

export type Revision = Output<'GET /api/v1/sites/:site/items/:item/revisions'>['revisions'][number];

/** The revisions of an item, the newest first, read further as somebody looks further. */
export class RevisionList {
  revisions = $state.raw<readonly Revision[]>([]);
  total = $state<number | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  isReading = $state(false);
  /** Somebody saved while it was read. */
  private isWanted = false;
  private readonly site: string;
  private readonly item: string;

  constructor(site: string, item: string) {
    this.site = site;
    this.item = item;
  }

  get hasMore(): boolean {
    return this.total !== undefined && this.revisions.length < this.total;
  }

  /** Reads what comes after what is there. */
  async more(): Promise<void> {
    await this.read(this.revisions.length);
  }

  /** Reads the newest; what was read before stays behind them. */
  async renew(): Promise<void> {
    await this.read(0);
  }

  private async read(offset: number): Promise<void> {
    if (this.isReading) {
      this.isWanted ||= offset === 0;
      return;
    }
    this.isReading = true;
    this.problem = undefined;
    try {
      const { total, revisions } = await call('GET /api/v1/sites/:site/items/:item/revisions', { params: { site: this.site, item: this.item }, query: { limit: PAGE, offset } });
      // By their numbers: somebody may have saved meanwhile, which moves every place by one.
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- of one call, which nothing is drawn from
      const known = new Map([...this.revisions, ...revisions].map((one) => [one.revision, one]));
      const all = [...known.values()].sort((a, b) => b.revision - a.revision);
      const isWhole = all.every((one, index) => index === 0 || all[index - 1]?.revision === one.revision + 1);
      this.revisions = isWhole ? all : revisions;
      this.total = total;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    } finally {
      this.isReading = false;
    }
    if (!this.isWanted) return;
    this.isWanted = false;
    await this.read(0);
  }
}

/** Gives an item the content of an earlier revision, and takes that back. */
export class Restoring extends ConfirmedAsk<'restore' | 'undo'> {
  /** What was restored last: the revision, and the one before to go back to. */
  done = $state.raw<{ readonly to: number; readonly from: number; readonly made: number } | undefined>();

  async restore(site: string, item: string, revision: number, to: number): Promise<Item | undefined> {
    const saved = await this.confirmed('restore', () => call('POST /api/v1/sites/:site/items/:item/restore', { params: { site, item }, body: { revision, to } }));
    if (saved !== undefined) this.done = { to, from: revision, made: saved.revision };
    return saved;
  }

  async undo(site: string, item: string): Promise<Item | undefined> {
    const { done } = this;
    if (done === undefined) return undefined;
    const saved = await this.once('undo', () => call('POST /api/v1/sites/:site/items/:item/restore', { params: { site, item }, body: { revision: done.made, to: done.from } }));
    if (saved !== undefined) this.done = undefined;
    return saved;
  }
}

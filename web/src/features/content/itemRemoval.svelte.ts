import type { Item, Referenced, Referrer } from '#api/contracts/items.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Deletes an item once a person is sure, or says why it cannot be deleted. */
export class ItemRemoval extends ConfirmedAsk<'look' | 'delete'> {
  /** The item as it was when somebody asked. */
  item = $state.raw<Item | undefined>();
  /** What names it; it cannot be deleted while something does. */
  namedBy = $state.raw<readonly Referrer[]>([]);

  /** Looks whether it can be deleted, and asks. */
  async look(site: string, textId: string): Promise<void> {
    const params = { site, item: textId };
    const answers = await this.once('look', () => Promise.all([call('GET /api/v1/sites/:site/items/:item', { params }), call('GET /api/v1/sites/:site/items/:item/references', { params })]));
    if (answers === undefined) return;
    const [item, { namedBy }] = answers;
    this.item = item;
    this.namedBy = namedBy;
    this.isConfirming = true;
  }

  /** @returns the item as it is deleted; undefined when it was not. */
  async delete(site: string): Promise<Item | undefined> {
    const { item } = this;
    if (item === undefined) return undefined;
    const deleted = await this.confirmed('delete', () => call('DELETE /api/v1/sites/:site/items/:item', { params: { site, item: item.textId }, query: { revision: item.revision } }));
    // Somebody may have named it just now.
    if (this.problem?.code === 'referenced' && 'referrers' in this.problem.details) this.namedBy = (this.problem.details as Referenced).referrers;
    return deleted;
  }
}

/** Brings a deleted item back. */
export class ItemReturn extends OneAtATime<'back'> {
  async bring(site: string, textId: string): Promise<Item | undefined> {
    return this.once('back', () => call('POST /api/v1/sites/:site/items/:item/undelete', { params: { site, item: textId } }));
  }
}

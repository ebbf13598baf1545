import type { Item, Referenced } from '#api/contracts/items.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Deletes an item and brings it back. */
export class ItemDeletion extends ConfirmedAsk<'delete' | 'back'> {
  /** What names the item, where that is why it was not deleted. */
  get referrers(): Referenced | undefined {
    return this.problem?.code === 'referenced' ? (this.problem.details as unknown as Referenced) : undefined;
  }

  async delete(site: string, item: Pick<Item, 'textId' | 'revision'>): Promise<Item | undefined> {
    return this.confirmed('delete', () => call('DELETE /api/v1/sites/:site/items/:item', { params: { site, item: item.textId }, query: { revision: item.revision } }));
  }

  async bringBack(site: string, textId: string): Promise<Item | undefined> {
    return this.once('back', () => call('POST /api/v1/sites/:site/items/:item/undelete', { params: { site, item: textId } }));
  }
}

interface Deleted {
  readonly site: string;
  readonly textId: string;
  readonly name: string;
}

/** What was deleted last, for the page one comes to next. */
class LastDeleted {
  item = $state.raw<Deleted | undefined>();
}

export const lastDeleted = new LastDeleted();

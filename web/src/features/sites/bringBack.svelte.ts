import type { DeletedItem } from '#api/contracts/deletions.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Brings something deleted back, with its file where it went with one. */
export class BringingBack extends OneAtATime<'back'> {
  /** @returns whether it was asked for. */
  async perform(row: DeletedItem): Promise<boolean> {
    const { back, deletion, item, site } = row;
    const answer = await this.once('back', async () => {
      if (back === 'undo' && deletion !== null) await call('POST /api/v1/sites/:site/deletions/undo', { params: { site: site.name }, body: { ids: [deletion.id] } });
      else if (item !== null) await call('POST /api/v1/sites/:site/items/:item/undelete', { params: { site: site.name, item: item.textId } });
      return true;
    });
    return answer === true;
  }
}

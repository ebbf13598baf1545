import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that declares this database to belong here. */
export class Adoption extends ConfirmedAsk<'adopt'> {
  /** Adopts the installation; true when it was done, else `problem` says why not. */
  async adopt(): Promise<boolean> {
    return (await this.confirmed('adopt', () => call('POST /api/v1/system/adopt', {}))) !== undefined;
  }
}

import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that declares this database to belong here. */
export class Adoption extends OneAtATime<'adopt'> {
  isConfirming = $state(false);

  /** Adopts the installation; true when it was done, else `problem` says why not. */
  async adopt(): Promise<boolean> {
    const isDone = await this.once('adopt', async () => {
      try {
        await call('POST /api/v1/system/adopt', {});
        return true;
      } finally {
        this.isConfirming = false;
      }
    });
    return isDone === true;
  }
}

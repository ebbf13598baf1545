import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that declares this database to belong here. */
export class Adoption {
  isConfirming = $state(false);
  isAsking = $state(false);
  problem = $state.raw<ApiProblem | undefined>();

  /** Adopts the installation; true when it was done, else `problem` says why not. */
  async adopt(): Promise<boolean> {
    if (this.isAsking) return false;
    this.isAsking = true;
    this.problem = undefined;
    try {
      await call('POST /api/v1/system/adopt', {});
      return true;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return false;
    } finally {
      this.isAsking = false;
      this.isConfirming = false;
    }
  }
}

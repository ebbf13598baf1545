import type { Output } from '#api/contracts/client.ts';
import type { Builder } from '#api/contracts/common.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** Handing a site to another builder: being sure, asking, and what the API said. */
export class BuilderChoice {
  isConfirming = $state(false);
  isAsking = $state(false);
  problem = $state.raw<ApiProblem | undefined>();

  /** Hands the site over; resolves to what was done, or undefined with `problem` set. */
  async choose(site: string, builder: Builder): Promise<Output<'PUT /api/v1/sites/:site/builder'> | undefined> {
    if (this.isAsking) return undefined;
    this.isAsking = true;
    this.problem = undefined;
    try {
      return await call('PUT /api/v1/sites/:site/builder', { params: { site }, body: { builder } });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return undefined;
    } finally {
      this.isAsking = false;
      this.isConfirming = false;
    }
  }
}

import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** The publish button of one version: asking, sure or not, and what the API said. */
export class PublishButton {
  isAsking = $state(false);
  isConfirming = $state(false);
  problem = $state.raw<ApiProblem | undefined>();

  /** Asks for a publish; resolves to the request, or undefined with `problem` set. */
  async ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    if (this.isAsking) return undefined;
    this.isAsking = true;
    this.problem = undefined;
    try {
      return await call('POST /api/v1/sites/:site/publishes', { params: { site }, body: { version } });
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

import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that builds the downloads of one version: asking, and what the API said. */
export class OfflineButton {
  isAsking = $state(false);
  problem = $state.raw<ApiProblem | undefined>();

  /** Asks for a build; resolves to the request, or undefined with `problem` set. */
  async ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    if (this.isAsking) return undefined;
    this.isAsking = true;
    this.problem = undefined;
    try {
      return await call('POST /api/v1/sites/:site/offline-builds', { params: { site }, body: { version } });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return undefined;
    } finally {
      this.isAsking = false;
    }
  }
}

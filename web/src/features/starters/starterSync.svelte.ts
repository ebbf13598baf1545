import type { RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that reads the starters again, and what became of the request. */
export class StarterSync {
  isAsking = $state(false);
  request = $state.raw<RunRequest | undefined>();
  problem = $state.raw<ApiProblem | undefined>();

  /** Asks for it. */
  async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.problem = undefined;
    await this.take(() => call('POST /api/v1/starters/sync', {}));
    this.isAsking = false;
  }

  /** Looks what became of it, while nothing has. */
  async look(): Promise<void> {
    const { request } = this;
    if (request === undefined || request.runId !== null) return;
    await this.take(() => call('GET /api/v1/requests/:request', { params: { request: request.id } }));
  }

  private async take(load: () => Promise<RunRequest>): Promise<void> {
    try {
      this.request = await load();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    }
  }
}

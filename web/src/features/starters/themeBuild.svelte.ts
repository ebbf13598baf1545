import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that builds the themes' assets, and the newest build. */
export class ThemeBuild {
  isAsking = $state(false);
  request = $state.raw<RunRequest | undefined>();
  problem = $state.raw<ApiProblem | undefined>();

  /** The newest build; undefined when there was none. */
  async newest(): Promise<Run | undefined> {
    if (this.request !== undefined && this.request.runId === null) await this.take(async () => void (this.request = await call('GET /api/v1/requests/:request', { params: { request: this.request?.id ?? '' } })));
    return (await call('GET /api/v1/runs', { query: { process: 'build-theme-assets', limit: 1 } })).runs[0];
  }

  /** Asks for a build. */
  async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.problem = undefined;
    await this.take(async () => void (this.request = await call('POST /api/v1/theme-builds', { body: {} })));
    this.isAsking = false;
  }

  private async take(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    }
  }
}

import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** A button for a process of the whole studio: asking, what became of the request, and the newest run. */
export class AskedRun {
  isAsking = $state(false);
  request = $state.raw<RunRequest | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  private readonly process: string;
  private readonly send: () => Promise<RunRequest>;

  constructor(process: string, send: () => Promise<RunRequest>) {
    this.process = process;
    this.send = send;
  }

  /** Asks for a run. */
  async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.problem = undefined;
    await this.take(this.send);
    this.isAsking = false;
  }

  /** Looks what became of the request, while nothing has. */
  async look(): Promise<void> {
    const { request } = this;
    if (request === undefined || request.runId !== null) return;
    await this.take(() => call('GET /api/v1/requests/:request', { params: { request: request.id } }));
  }

  /** The newest run; undefined when there was none. */
  async newest(): Promise<Run | undefined> {
    await this.look();
    return (await call('GET /api/v1/runs', { query: { process: this.process, limit: 1 } })).runs[0];
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

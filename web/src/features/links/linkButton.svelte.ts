import type { RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';

/** A button that asks for something to be done with a site's links: asking, what became of it, and what the API said. */
export class LinkButton {
  isAsking = $state(false);
  request = $state.raw<RunRequest | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  private readonly send: () => Promise<RunRequest>;

  constructor(send: () => Promise<RunRequest>) {
    this.send = send;
  }

  async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.problem = undefined;
    try {
      this.request = await this.send();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    } finally {
      this.isAsking = false;
    }
  }
}

import type { UnpublishPreview } from '#api/contracts/unpublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** Taking a site offline: looking at what names it, being sure, asking. */
export class Unpublishing {
  isBusy = $state(false);
  /** What names the site; set while a person decides. */
  preview = $state.raw<UnpublishPreview | undefined>();
  /** What the person typed to be sure. */
  typed = $state('');
  problem = $state.raw<ApiProblem | undefined>();

  /** Looks at what names the site, so that a person can decide. */
  async look(site: string): Promise<void> {
    this.typed = '';
    this.preview = await this.#asking(() => call('GET /api/v1/sites/:site/unpublish', { params: { site } }));
  }

  /** Asks for it; resolves to the request, or undefined with `problem` set. */
  async ask(site: string): Promise<RunRequest | undefined> {
    const request = await this.#asking(() => call('POST /api/v1/sites/:site/unpublish', { params: { site } }));
    if (request !== undefined) this.preview = undefined;
    return request;
  }

  letBe(): void {
    this.preview = undefined;
    this.problem = undefined;
  }

  async #asking<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.isBusy) return undefined;
    this.isBusy = true;
    this.problem = undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }
}

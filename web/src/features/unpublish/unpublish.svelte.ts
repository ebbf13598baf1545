import type { UnpublishPreview } from '#api/contracts/unpublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Taking a site offline: looking at what names it, being sure, asking. */
export class Unpublishing extends OneAtATime<'look' | 'ask'> {
  /** What names the site; set while a person decides. */
  preview = $state.raw<UnpublishPreview | undefined>();
  /** What the person typed to be sure. */
  typed = $state('');

  /** Looks at what names the site, so that a person can decide. */
  async look(site: string): Promise<void> {
    this.typed = '';
    this.preview = await this.once('look', () => call('GET /api/v1/sites/:site/unpublish', { params: { site } }));
  }

  /** Asks for it; resolves to the request, or undefined with `problem` set. */
  async ask(site: string): Promise<RunRequest | undefined> {
    const request = await this.once('ask', () => call('POST /api/v1/sites/:site/unpublish', { params: { site } }));
    if (request !== undefined) this.preview = undefined;
    return request;
  }

  letBe(): void {
    this.preview = undefined;
    this.problem = undefined;
  }
}

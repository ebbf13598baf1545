import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The publish button of one version: asking, sure or not, and what the API said. */
export class PublishButton extends OneAtATime<'publish'> {
  isConfirming = $state(false);

  /** Asks for a publish; resolves to the request, or undefined with `problem` set. */
  ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    return this.once('publish', () =>
      call('POST /api/v1/sites/:site/publishes', { params: { site }, body: { version } }).finally(() => {
        this.isConfirming = false;
      }),
    );
  }
}

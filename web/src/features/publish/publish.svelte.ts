import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The publish button of one version: asking, sure or not, and what the API said. */
export class PublishButton extends ConfirmedAsk<'publish'> {
  /** Asks for a publish; resolves to the request, or undefined with `problem` set. */
  ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    return this.confirmed('publish', () => call('POST /api/v1/sites/:site/publishes', { params: { site }, body: { version } }));
  }
}

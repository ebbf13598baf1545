import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The button that builds the downloads of one version: asking, and what the API said. */
export class OfflineButton extends OneAtATime<'build'> {
  /** Asks for a build; resolves to the request, or undefined with `problem` set. */
  ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    return this.once('build', () => call('POST /api/v1/sites/:site/offline-builds', { params: { site }, body: { version } }));
  }
}

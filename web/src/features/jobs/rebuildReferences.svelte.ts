import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Has the references of a site made anew, which is done with the answer. */
export class ReferenceRebuild extends OneAtATime<'ask'> {
  /** How many there are now; undefined before it was done. */
  references = $state<number | undefined>();

  async ask(site: string): Promise<void> {
    const answer = await this.once('ask', () => call('POST /api/v1/sites/:site/references/rebuild', { params: { site } }));
    if (answer !== undefined) this.references = answer.references;
  }
}

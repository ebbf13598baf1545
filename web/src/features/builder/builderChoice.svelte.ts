import type { Output } from '#api/contracts/client.ts';
import type { Builder } from '#domain/builderOf.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Handing a site to another builder: being sure, asking, and what the API said. */
export class BuilderChoice extends ConfirmedAsk<'choose'> {
  /** Hands the site over; resolves to what was done, or undefined with `problem` set. */
  choose(site: string, builder: Builder): Promise<Output<'PUT /api/v1/sites/:site/builder'> | undefined> {
    return this.confirmed('choose', () => call('PUT /api/v1/sites/:site/builder', { params: { site }, body: { builder } }));
  }
}

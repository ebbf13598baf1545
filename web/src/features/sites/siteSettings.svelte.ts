import type { Input, Output } from '#api/contracts/client.ts';
import type { SiteSettings } from '#api/contracts/adminSites.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

type Change = Input<'PATCH /api/v1/sites/:site/settings'>['body'];
export type Fit = Output<'GET /api/v1/sites/:site/starter-fit'>;

/** What an admin writes into the form of a site’s settings, and what came of saving it. */
export class SiteSettingsForm extends OneAtATime<'save' | 'look'> {
  /** What happened because of the last save. */
  consequences = $state.raw<readonly string[] | undefined>();
  fit = $state.raw<Fit | undefined>();

  /** Looks what would not fit another starter. */
  async look(site: string, starter: string): Promise<void> {
    this.fit = undefined;
    this.fit = await this.once('look', () => call('GET /api/v1/sites/:site/starter-fit', { params: { site }, query: { starter } }));
  }

  async save(site: string, change: Change): Promise<SiteSettings | undefined> {
    this.consequences = undefined;
    const answer = await this.once('save', () => call('PATCH /api/v1/sites/:site/settings', { params: { site }, body: change }));
    if (answer === undefined) return undefined;
    this.consequences = answer.consequences;
    this.fit = undefined;
    return answer.settings;
  }
}

/** Puts a site away and brings it back. */
export class Archiving extends ConfirmedAsk<'archive' | 'unarchive'> {
  asked = $state.raw<Output<'POST /api/v1/sites/:site/archive'> | undefined>();

  async archive(site: string, reason: string): Promise<void> {
    this.asked = await this.confirmed('archive', () => call('POST /api/v1/sites/:site/archive', { params: { site }, body: { reason } }));
  }

  async unarchive(site: string): Promise<void> {
    this.asked = await this.confirmed('unarchive', () => call('POST /api/v1/sites/:site/unarchive', { params: { site } }));
  }
}

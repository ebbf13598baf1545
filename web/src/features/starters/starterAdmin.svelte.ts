import type { Input } from '#api/contracts/client.ts';
import type { StarterDetail, StarterValidation } from '#api/contracts/starters.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** What an admin does with a starter: its name and status, and an edit of its configuration that is tried out. */
export class StarterAdmin extends OneAtATime<'change' | 'check' | 'keep'> {
  checked = $state.raw<StarterValidation | undefined>();

  async change(starter: string, body: Input<'PATCH /api/v1/starters/:starter'>['body']): Promise<boolean> {
    return (await this.once('change', () => call('PATCH /api/v1/starters/:starter', { params: { starter }, body }))) !== undefined;
  }

  async check(starter: string, text: string): Promise<void> {
    this.checked = undefined;
    this.checked = await this.once('check', () => call('POST /api/v1/starters/:starter/validation', { params: { starter }, body: { text } }));
  }

  /** Keeps the edit, or (null) throws it away. */
  async keep(starter: string, text: string | null): Promise<StarterDetail | undefined> {
    return this.once('keep', () => call('PUT /api/v1/starters/:starter/draft', { params: { starter }, body: { text } }));
  }
}

import type { Input } from '#api/contracts/client.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** A site's sync with Google Drive: asking for it, and for one file. */
export class DriveSync extends OneAtATime<'sync' | 'retry'> {
  /** What became of asking. */
  request = $state.raw<RunRequest | undefined>();

  async ask(site: string): Promise<void> {
    this.request = await this.once('sync', () => call('POST /api/v1/sites/:site/drive/syncs', { params: { site } }));
  }

  async retry(site: string, file: string): Promise<void> {
    this.request = await this.once('retry', () => call('POST /api/v1/sites/:site/drive/files/:file/retry', { params: { site, file } }));
  }
}

/** A person's word about many files that are missing. */
export class DriveRemoval extends ConfirmedAsk<'confirm' | 'refuse'> {
  /** @returns whether it was taken. */
  async decide(run: string, decision: 'confirm' | 'refuse'): Promise<boolean> {
    const answer = await this.confirmed(decision, () => (decision === 'confirm' ? call('POST /api/v1/drive-syncs/:run/confirm-removal', { params: { run } }) : call('POST /api/v1/drive-syncs/:run/refuse-removal', { params: { run } })));
    return answer !== undefined;
  }
}

/** Some deletions by their ids, or all that were asked for at once. */
export type ChosenDeletions = Input<'POST /api/v1/sites/:site/deletions/undo'>['body'];

/** What a person may do with deletions: undo them, or have them done at once. */
export class DeletionButtons extends ConfirmedAsk<'undo' | 'now'> {
  /** @returns whether it was taken. */
  async perform(site: string, chosen: ChosenDeletions, what: 'undo' | 'now'): Promise<boolean> {
    const input = { params: { site }, body: chosen };
    const answer = await this.confirmed(what, () => (what === 'undo' ? call('POST /api/v1/sites/:site/deletions/undo', input) : call('POST /api/v1/sites/:site/deletions/now', input)));
    return answer !== undefined;
  }
}

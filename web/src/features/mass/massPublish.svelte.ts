import type { Input, Output } from '#api/contracts/client.ts';
import type { MassPublish } from '#api/contracts/massPublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

export type Choice = Input<'POST /api/v1/mass-publishes'>['body'];
export type Preview = Output<'POST /api/v1/mass-publishes/preview'>;

/** A mass publish before it begins: which sites it would be, then the asking for it. */
export class NewMassPublish extends OneAtATime<'look' | 'ask'> {
  /** What was looked at; the very same is asked for. */
  choice = $state.raw<Choice | undefined>();
  preview = $state.raw<Preview | undefined>();
  request = $state.raw<RunRequest | undefined>();

  /** Counts the sites of a choice. */
  async look(choice: Choice): Promise<void> {
    await this.once('look', async () => {
      this.preview = await call('POST /api/v1/mass-publishes/preview', { body: choice });
      this.choice = choice;
    });
  }

  /** Asks for what was looked at. */
  async ask(): Promise<void> {
    const { choice } = this;
    if (choice === undefined) return;
    await this.once('ask', async () => {
      this.request = await call('POST /api/v1/mass-publishes', { body: choice });
      this.forget();
    });
  }

  /** Looks what became of the request, while nothing has. */
  async follow(): Promise<void> {
    const { request } = this;
    if (request === undefined || request.runId !== null) return;
    this.request = await call('GET /api/v1/requests/:request', { params: { request: request.id } });
  }

  forget(): void {
    this.choice = undefined;
    this.preview = undefined;
  }
}

export type MassAction = 'pause' | 'resume' | 'cancel' | 'retryFailed' | 'undo';

/** The buttons of one mass publish: one at a time, each with its answer or why not. */
export class MassButtons extends OneAtATime<MassAction | 'window'> {
  /** The undo that was asked for. */
  undo = $state.raw<RunRequest | undefined>();

  /** Asks for the action; resolves to the mass publish as it is then, or undefined where there is none or with `problem` set. */
  perform(id: string, action: MassAction): Promise<MassPublish | undefined> {
    const input = { params: { run: id } };
    return this.once(action, async () => {
      switch (action) {
        case 'pause':
          return call('POST /api/v1/mass-publishes/:run/pause', input);
        case 'resume':
          return call('POST /api/v1/mass-publishes/:run/resume', input);
        case 'cancel':
          return call('POST /api/v1/mass-publishes/:run/cancel', input);
        case 'retryFailed':
          return call('POST /api/v1/mass-publishes/:run/retry-failed', input);
        case 'undo':
          this.undo = await call('POST /api/v1/mass-publishes/:run/undo', input);
          return undefined;
      }
    });
  }

  /** Changes how many sites are published at once. */
  changeWindow(id: string, window: number): Promise<MassPublish | undefined> {
    return this.once('window', () => call('POST /api/v1/mass-publishes/:run/window', { params: { run: id }, body: { window } }));
  }
}

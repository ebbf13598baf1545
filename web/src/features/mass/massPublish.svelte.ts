import type { Input, Output } from '#api/contracts/client.ts';
import type { MassPublish } from '#api/contracts/massPublishes.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

export type Choice = Input<'POST /api/v1/mass-publishes'>['body'];
export type Preview = Output<'POST /api/v1/mass-publishes/preview'>;

/** A mass publish before it begins: which sites it would be, then the asking for it. */
export class NewMassPublish {
  busy = $state<'look' | 'ask' | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  /** What was looked at; the very same is asked for. */
  choice = $state.raw<Choice | undefined>();
  preview = $state.raw<Preview | undefined>();
  request = $state.raw<RunRequest | undefined>();

  /** Counts the sites of a choice. */
  async look(choice: Choice): Promise<void> {
    await this.perform('look', async () => {
      this.preview = await call('POST /api/v1/mass-publishes/preview', { body: choice });
      this.choice = choice;
    });
  }

  /** Asks for what was looked at. */
  async ask(): Promise<void> {
    const { choice } = this;
    if (choice === undefined) return;
    await this.perform('ask', async () => {
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

  private async perform(busy: 'look' | 'ask', work: () => Promise<void>): Promise<void> {
    if (this.busy !== undefined) return;
    this.busy = busy;
    this.problem = undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    } finally {
      this.busy = undefined;
    }
  }
}

export type MassAction = 'pause' | 'resume' | 'cancel' | 'retryFailed' | 'undo';

/** The buttons of one mass publish: one at a time, each with its answer or why not. */
export class MassButtons {
  busy = $state<MassAction | 'window' | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
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

  private async once(busy: MassAction | 'window', work: () => Promise<MassPublish | undefined>): Promise<MassPublish | undefined> {
    if (this.busy !== undefined) return undefined;
    this.busy = busy;
    this.problem = undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return undefined;
    } finally {
      this.busy = undefined;
    }
  }
}

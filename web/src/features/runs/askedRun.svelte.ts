import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { useResource } from '../../lib/resource.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** A button for a process: asking, and what became of the request. */
export class AskedRun extends OneAtATime<'ask'> {
  request = $state.raw<RunRequest | undefined>();
  private readonly send: () => Promise<RunRequest>;

  constructor(send: () => Promise<RunRequest>) {
    super();
    this.send = send;
  }

  /** Asks for a run. */
  async ask(): Promise<void> {
    const request = await this.once('ask', this.send);
    if (request !== undefined) this.request = request;
  }

  /** Looks what became of the request, while nothing has. */
  async look(): Promise<void> {
    const { request } = this;
    if (request === undefined || request.runId !== null) return;
    try {
      this.request = await call('GET /api/v1/requests/:request', { params: { request: request.id } });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    }
  }
}

/** Such a button for a process of the whole studio, or of one site, with the newest run of it (`value.run`; undefined when there was none), which is read again after each ask. */
export function useAskedRun(process: string, send: () => Promise<RunRequest>, site?: string) {
  const asked = new AskedRun(send);
  const newest = useResource(() => ({
    key: `newest ${process} ${site ?? ''}`,
    load: async (): Promise<{ run: Run | undefined }> => {
      await asked.look();
      return { run: (await call('GET /api/v1/runs', { query: { process, limit: 1, ...(site === undefined ? {} : { site }) } })).runs[0] };
    },
    wants: (change) => change.site === (site ?? null),
  }));
  async function ask(): Promise<void> {
    await asked.ask();
    await newest.refresh();
  }
  return { asked, newest, ask };
}

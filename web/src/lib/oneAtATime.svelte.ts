import { ApiProblem } from './apiClient.ts';

/** Things a person may ask of the API, one at a time: which is under way, and why the last one was refused. */
export class OneAtATime<Kind extends string> {
  busy = $state<Kind | undefined>();
  problem = $state.raw<ApiProblem | undefined>();

  get isBusy(): boolean {
    return this.busy !== undefined;
  }

  /** Does what is asked for; resolves to its answer, or undefined with `problem` set, or at once while something is under way. */
  protected async once<T>(kind: Kind, work: () => Promise<T>): Promise<T | undefined> {
    if (this.busy !== undefined) return undefined;
    this.busy = kind;
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

import { tick } from 'svelte';
import { OneAtATime } from './oneAtATime.svelte.ts';

/** What is asked of the API only once a person said that they are sure. */
export class ConfirmedAsk<Kind extends string> extends OneAtATime<Kind> {
  isConfirming = $state(false);

  /** Asks nothing after all. The focus goes back to what opened the question, once that stands there again. */
  async letBe(opener: () => HTMLElement | undefined): Promise<void> {
    this.isConfirming = false;
    await tick();
    opener()?.focus();
  }

  /** As `once`; whatever comes of it, the next ask needs to be confirmed again. */
  protected confirmed<T>(kind: Kind, work: () => Promise<T>): Promise<T | undefined> {
    return this.once(kind, () =>
      work().finally(() => {
        this.isConfirming = false;
      }),
    );
  }
}

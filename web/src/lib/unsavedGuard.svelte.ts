import { router } from './router.svelte.ts';

/** Something on the page that would be lost with it. */
export interface Holder {
  /** Whether there is anything to lose now. */
  readonly isDirty: () => boolean;
  /** Keeps it; resolves to whether that worked. */
  readonly save: () => Promise<boolean>;
}

/** Asks before what somebody wrote is left behind: by a link, by Back, or by closing the tab. */
class UnsavedGuard {
  /** Where somebody wants to go who has not been answered. */
  wish = $state.raw<(() => void) | undefined>();
  private readonly holders = new Set<Holder>();

  get isHeld(): boolean {
    return [...this.holders].some((holder) => holder.isDirty());
  }

  /** Watches over something until the returned function is called. */
  hold(holder: Holder): () => void {
    this.holders.add(holder);
    if (this.holders.size === 1) {
      router.guard = (go) => this.asks(go);
      window.addEventListener('beforeunload', this.unloads);
    }
    return () => {
      this.holders.delete(holder);
      if (this.holders.size > 0) return;
      router.guard = undefined;
      this.wish = undefined;
      window.removeEventListener('beforeunload', this.unloads);
    };
  }

  /** Stays on the page. */
  stay(): void {
    this.wish = undefined;
  }

  /** Leaves without what is not saved. */
  leave(): void {
    const go = this.wish;
    this.wish = undefined;
    go?.();
  }

  /** Saves first; stays where that does not work. */
  async saveAndLeave(): Promise<void> {
    const go = this.wish;
    for (const holder of [...this.holders]) {
      if (holder.isDirty() && !(await holder.save())) {
        this.wish = undefined;
        return;
      }
    }
    this.wish = undefined;
    go?.();
  }

  private asks(go: () => void): boolean {
    if (!this.isHeld) return false;
    this.wish = go;
    return true;
  }

  private readonly unloads = (event: BeforeUnloadEvent): void => {
    if (this.isHeld) event.preventDefault();
  };
}

export const unsavedGuard = new UnsavedGuard();

/** Holds the page for the life of the component that asks, while there is something to lose. */
export function useUnsavedGuard(holder: Holder): void {
  $effect(() => unsavedGuard.hold(holder));
}

import { untrack } from 'svelte';
import type { ChangeEvent } from '#api/contracts/events.ts';
import { ApiProblem } from './apiClient.ts';
import { liveEvents } from './liveEvents.svelte.ts';

/** Nothing turns or fades in before this, milliseconds: most answers are there by then. */
const PATIENCE_MS = 300;
const MAX_KEPT = 60;

/** Answers by key, so that Back shows at once what was there; each is corrected by the server right after. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a store of past answers; what is drawn is Resource.value
const kept = new Map<string, unknown>();

/** Forgets every kept answer, for the next person at this browser. */
export function forgetAnswers(): void {
  kept.clear();
}

export interface Wanted<T> {
  /** Names what is shown; another key is another thing. */
  readonly key: string;
  readonly load: () => Promise<T>;
  /** Changes after which it is read again; none without. */
  readonly wants?: (change: ChangeEvent) => boolean;
  /** Whether the old answer stays while another key is read: for searches, so that the list does not jump. */
  readonly keepsPrevious?: boolean;
}

/** Something read from the server that stays true while it is on the page. */
export class Resource<T> {
  value = $state.raw<T | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  /** Nothing to show yet, and long enough that the page should say so. */
  isSlow = $state(false);
  /** What is shown belongs to the key before. */
  isStale = $state(false);
  private wanted: Wanted<T> | undefined;
  private running: Promise<boolean> | undefined;
  private again = false;

  /** Shows another thing; the returned function lets go of it. */
  show(wanted: Wanted<T>): () => void {
    this.wanted = wanted;
    this.running = undefined;
    this.again = false;
    this.problem = undefined;
    const known = kept.get(wanted.key) as T | undefined;
    if (known !== undefined || wanted.keepsPrevious !== true) this.value = known;
    this.isStale = known === undefined && this.value !== undefined;
    const patience = setTimeout(() => {
      this.isSlow = this.value === undefined && this.problem === undefined;
    }, PATIENCE_MS);
    void this.refresh();
    const stop = liveEvents.watch({ wants: wanted.wants ?? (() => false), refresh: () => this.refresh() });
    return () => {
      stop();
      clearTimeout(patience);
      this.isSlow = false;
      this.wanted = undefined;
    };
  }

  /** Reads it again; resolves to whether it had changed. A wish during a look is one more look. */
  async refresh(): Promise<boolean> {
    if (this.running !== undefined) {
      this.again = true;
      return this.running;
    }
    const looking = this.look();
    this.running = looking;
    const hasChanged = await looking;
    if (this.running !== looking) return hasChanged;
    this.running = undefined;
    if (!this.again) return hasChanged;
    this.again = false;
    return (await this.refresh()) || hasChanged;
  }

  /** Takes an answer that came by another way, such as that of a button. */
  put(value: T): void {
    if (this.wanted !== undefined) this.accept(this.wanted, value);
  }

  private async look(): Promise<boolean> {
    const { wanted } = this;
    if (wanted === undefined) return false;
    try {
      const value = await wanted.load();
      return wanted === this.wanted && this.accept(wanted, value);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (wanted !== this.wanted) return false;
      this.problem = error;
      this.isSlow = false;
      // What one may no longer see, or what is gone, does not stay on the page; who has to sign in again may see it right after.
      if (error.code !== 'unauthenticated' && error.code !== 'unreachable' && error.code !== 'databaseUnavailable' && error.status < 500) this.value = undefined;
      return false;
    }
  }

  private accept(wanted: Wanted<T>, value: T): boolean {
    const hasChanged = this.value === undefined || this.isStale || JSON.stringify(value) !== JSON.stringify(this.value);
    const isCorrection = this.value !== undefined && !this.isStale;
    this.problem = undefined;
    this.isSlow = false;
    this.isStale = false;
    if (hasChanged) this.value = value;
    kept.delete(wanted.key);
    kept.set(wanted.key, value);
    for (const key of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(key);
    }
    return hasChanged && isCorrection;
  }
}

/** A resource that follows what `wanted` names, for the life of the component that asks. */
export function useResource<T>(wanted: () => Wanted<T>): Resource<T> {
  const resource = new Resource<T>();
  const key = $derived(wanted().key);
  // Before the first drawing, so that a kept answer is there at once.
  $effect.pre(() => {
    void key;
    return untrack(() => resource.show(wanted()));
  });
  return resource;
}

import { SvelteMap } from 'svelte/reactivity';
import { ApiProblem } from '../../../lib/apiClient.ts';

/** How long after the last key a search is asked for, milliseconds. */
const DEBOUNCE_MS = 200;
/** Entries of one answer. */
const PAGE = 50;

export interface PickerPage<T> {
  readonly total: number;
  readonly entries: readonly T[];
}

/** What a picker asks for; `limit` from `offset` of what the text finds. */
export type PickerLoad<T> = (ask: { readonly search: string; readonly limit: number; readonly offset: number }) => Promise<PickerPage<T>>;

/**
 * A search of a long list as one types. Pages are read as they come into sight, wherever in the list that is; an answer to
 * a question that is no longer asked is dropped. What was found stays in sight until something newer is there.
 */
export class PickerSearch<T> {
  text = $state('');
  /** How many the newest answered text finds; undefined before the first answer. */
  total = $state<number | undefined>();
  /** The text that `total` and the entries belong to. */
  answeredText = $state('');
  problem = $state.raw<ApiProblem | undefined>();
  isAsking = $state(false);
  private readonly pages = new SvelteMap<number, readonly T[]>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- pages that were asked for are not drawn; those that are there are
  private readonly asked = new Set<number>();
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOpen = false;
  private readonly load: PickerLoad<T>;
  private readonly delayMs: number;

  /** @param isLocal Whether nothing is asked of the server, so that there is nothing to wait for. */
  constructor(load: PickerLoad<T>, isLocal = false) {
    this.load = load;
    this.delayMs = isLocal ? 0 : DEBOUNCE_MS;
  }

  /** The entry at a place of the list; undefined while its page is not there. */
  at(index: number): T | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Begins to read the list when its reader opens it; one that was closed is read anew. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.begin();
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.timer);
  }

  type(text: string): void {
    this.text = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), this.delayMs);
  }

  /** Forgets what was typed and found: what comes next is another list. */
  reset(): void {
    this.close();
    this.turn += 1;
    this.text = '';
    this.answeredText = '';
    this.total = undefined;
    this.problem = undefined;
    this.isAsking = false;
    this.pages.clear();
    this.asked.clear();
  }

  /** Reads the list anew, because something else is to be left out of it, say. */
  again(): void {
    if (this.isOpen) this.begin();
    else this.total = undefined;
  }

  /** Asks again for what could not be read. */
  retry(): void {
    this.problem = undefined;
    if (this.total === undefined || this.answeredText !== this.text.trim()) this.begin();
    else for (const page of [...this.asked]) if (!this.pages.has(page)) void this.read(page, this.turn);
  }

  /** Sees to it that these places are read. */
  need(from: number, to: number): void {
    if (this.total === undefined || this.problem !== undefined) return;
    for (let page = Math.floor(Math.max(0, from) / PAGE); page * PAGE < Math.min(to, this.total); page += 1) {
      if (this.asked.has(page)) continue;
      this.asked.add(page);
      void this.read(page, this.turn);
    }
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.turn += 1;
    this.problem = undefined;
    void this.read(0, this.turn);
  }

  private async read(page: number, turn: number): Promise<void> {
    const search = page === 0 ? this.text.trim() : this.answeredText;
    this.isAsking = true;
    try {
      const { total, entries } = await this.load({ search, limit: PAGE, offset: page * PAGE });
      if (turn !== this.turn) return;
      if (page === 0) {
        this.pages.clear();
        this.asked.clear();
        this.asked.add(0);
        this.answeredText = search;
      }
      this.total = total;
      this.pages.set(page, entries);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (turn === this.turn) this.problem = error;
    } finally {
      if (turn === this.turn) this.isAsking = false;
    }
  }
}

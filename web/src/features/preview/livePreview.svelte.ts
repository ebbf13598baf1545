import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';

/** What somebody writes in an item and has not saved. */
export interface UnsavedFields {
  readonly title?: string;
  readonly markdown?: string | null;
  readonly file?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A pause in the typing, milliseconds, after which it is shown. */
const DEBOUNCE_MS = 150;
/** Between two looks while it starts, milliseconds. */
const START_LOOK_MS = 700;
/** Between two words that somebody looks, milliseconds. */
const KEEP_MS = 20_000;
/** After these milliseconds something that was saved is built, too. */
const SAVED_LOOKS_MS = [1_200, 3_000];

/** One item’s preview beside its editor: opened, kept open, and told of what is written, one change at a time and always the newest. */
export class LivePreview {
  state = $state.raw<SitePreview | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  isPaused = $state(false);
  /** Something written is on its way into the preview. */
  isUpdating = $state(false);

  readonly site: string;
  readonly item: string;
  /** What is to be shown: null for what is saved. */
  private wanted: string | null = null;
  /** What the preview was sent last, and which worker got it. */
  private sent: { readonly text: string | null; readonly instance: string | null } = { text: null, instance: null };
  private timers: readonly ReturnType<typeof setTimeout>[] = [];
  private debounce: ReturnType<typeof setTimeout> | undefined;
  private isAsking = false;
  private isClosed = false;

  constructor(site: string, item: string) {
    this.site = site;
    this.item = item;
  }

  /** Opens it, or goes on after a pause, an end or a fault. */
  open(): void {
    this.isPaused = false;
    this.problem = undefined;
    void this.look();
  }

  pause(): void {
    this.isPaused = true;
    this.clearTimers();
  }

  /** Shows what is written from now on; null when all of it is saved. */
  show(fields: UnsavedFields | null): void {
    const text = fields === null ? null : JSON.stringify(fields);
    if (text === this.wanted) return;
    this.wanted = text;
    clearTimeout(this.debounce);
    this.debounce = setTimeout(() => void this.pump(), DEBOUNCE_MS);
  }

  /** Something of the site was saved: the preview follows by itself, and is looked at when it has. */
  saved(): void {
    for (const ms of SAVED_LOOKS_MS) this.later(ms);
  }

  /** Leaves: what was not saved is not shown any more. */
  close(): void {
    this.isClosed = true;
    this.clearTimers();
    clearTimeout(this.debounce);
    if (this.sent.text === null) return;
    // Nobody is there any more to be told of a fault; the worker forgets by itself after a while.
    call('DELETE /api/v1/sites/:site/preview/items/:item', { params: this.params }).catch((error: unknown) => {
      if (!(error instanceof ApiProblem)) throw error;
    });
  }

  private get params(): { site: string; item: string } {
    return { site: this.site, item: this.item };
  }

  private clearTimers(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  private later(ms: number): void {
    if (this.isClosed || this.isPaused) return;
    const timer = setTimeout(() => {
      this.timers = this.timers.filter((each) => each !== timer);
      void this.look();
    }, ms);
    this.timers = [...this.timers, timer];
  }

  /** Asks how it stands, which also keeps it open. */
  private async look(): Promise<void> {
    if (this.isClosed || this.isPaused) return;
    await this.ask(() => call('POST /api/v1/sites/:site/preview', { params: { site: this.site }, body: { item: this.item } }));
    const state = this.state?.state;
    if (this.timers.length === 0 && (state === 'starting' || state === 'ready' || this.problem?.code === 'unreachable')) this.later(state === 'starting' ? START_LOOK_MS : KEEP_MS);
    await this.pump();
  }

  /** Sends what is wanted, if it is another thing than what was sent, and goes on until it is not. */
  private async pump(): Promise<void> {
    if (this.isAsking || this.isClosed || this.isPaused || this.state?.state !== 'ready') return;
    const { instance } = this.state;
    const known = this.sent.instance === instance ? this.sent.text : null;
    const text = this.wanted;
    if (text === known) return;
    this.isUpdating = true;
    this.sent = { text, instance };
    const isTold = await this.ask(() =>
      text === null ? call('DELETE /api/v1/sites/:site/preview/items/:item', { params: this.params }) : call('PUT /api/v1/sites/:site/preview/items/:item', { params: this.params, body: JSON.parse(text) as UnsavedFields }),
    );
    this.isUpdating = false;
    if (isTold) await this.pump();
    else this.sent = { text: known, instance };
  }

  private async ask(work: () => Promise<SitePreview>): Promise<boolean> {
    if (this.isAsking) return false;
    this.isAsking = true;
    try {
      const state = await work();
      if (this.isClosed) return false;
      const isNews = state.state !== this.state?.state;
      this.state = state;
      this.problem = undefined;
      if (isNews && state.state === 'starting') this.later(START_LOOK_MS);
      return state.state === 'ready';
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      return false;
    } finally {
      this.isAsking = false;
    }
  }
}

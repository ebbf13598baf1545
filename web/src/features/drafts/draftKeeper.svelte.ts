import type { Draft, DraftFields } from '#api/contracts/drafts.ts';
import type { EditedState } from '#domain/itemMerge.ts';
import { isEmptyPatch } from '#domain/itemPatch.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { session } from '../../lib/session.svelte.ts';
import { deleteDraft, draftBody, draftPath, type DraftPlace, putDraft, readDraft } from './draftRoutes.ts';
import { type LocalDraft, LocalDraftStore } from './localDraft.ts';

/** After the last key, and at most while somebody goes on typing, milliseconds. */
const QUIET_MS = 1_000;
const TYPING_MS = 10_000;
/** Between tries while the studio does not take it: the first, growing to the last, milliseconds. */
const RETRY_MS = [5_000, 60_000] as const;
/** A browser sends no more than this while a page goes away, bytes; all such requests of a page share 64 KiB. */
const LAST_WORD_BYTES = 60_000;

export interface DraftStart {
  readonly place: DraftPlace;
  /** The revision that is edited; null for an item that is not there yet. */
  readonly revision: number | null;
  /** What the item says, by which a draft that changes nothing is known. */
  readonly state: EditedState;
}

/** A draft of an earlier edit, to go on with or to put away. */
export interface FoundDraft {
  readonly fields: DraftFields;
  /** The revision it began with. */
  readonly revision: number | null;
  readonly keptAt: Date;
  /** Whether the item was saved since, so that going on with it needs both brought together. */
  readonly hasItemChanged: boolean;
  /** Whether only this tab has it. */
  readonly isLocal: boolean;
}

type Trouble =
  /** Tried again by itself. */
  | { readonly kind: 'away'; readonly message: string }
  /** Another tab of the same person has a draft, which stays the one. */
  | { readonly kind: 'elsewhere'; readonly draft: Draft }
  /** Not tried again before something else is typed. */
  | { readonly kind: 'refused'; readonly message: string };

/** Keeps what somebody types as a draft: soon, in order, once for all tabs, and in this tab until the studio has it. */
export class DraftKeeper {
  /** When the studio kept the last draft of this edit. */
  keptAt = $state.raw<Date | undefined>();
  trouble = $state.raw<Trouble | undefined>();
  /** Something was typed that the studio does not have. */
  isBehind = $state(false);
  /** What is behind is kept in this tab. */
  isLocal = $state(false);
  /** Whether it is known yet if there is a draft of before. Until then, and while one is found, the form waits. */
  isOpening = $state(true);
  /** A draft of before, which nobody has decided about yet. */
  found = $state.raw<FoundDraft | undefined>();
  /** The edit in this tab; a save names it, so that nothing of it that is still under way comes back. */
  edit: string = crypto.randomUUID();
  private readonly place: DraftPlace;
  private readonly local: LocalDraftStore;
  /** An admin who acts as somebody: only this tab keeps what they write. */
  readonly isActing: boolean;
  private revision: number | null;
  private state: EditedState;
  private fields: DraftFields = {};
  private counter = 0;
  /** Raised by each change, to know whether something was typed while a draft was on its way. */
  private version = 0;
  private over: { readonly edit: string; readonly counter: number } | null = null;
  /** What the studio had when `found` was found. */
  private foundDraft: Draft | null = null;
  private firstBehindAt: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private localTimer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | undefined;
  /** The form is gone. */
  private isOver = false;
  private retryMs: number = RETRY_MS[0];

  constructor({ place, revision, state }: DraftStart) {
    this.place = place;
    this.revision = revision;
    this.state = state;
    this.isActing = session.me?.actedBy != null;
    this.local = new LocalDraftStore(`${session.me?.id ?? ''}${this.isActing ? '/acted' : ''}`, draftPath(place));
  }

  /** Listens to the browser until the returned function is called, which sends what is left. */
  start(): () => void {
    const off = new AbortController();
    const { signal } = off;
    window.addEventListener('pagehide', () => this.lastWord(), { signal });
    window.addEventListener('online', () => void this.flush(), { signal });
    document.addEventListener('visibilitychange', () => void (document.visibilityState === 'hidden' && this.flush()), { signal });
    this.isOver = false;
    return () => {
      off.abort();
      this.isOver = true;
      // Once: what the studio does not take then is offered by this tab when the item is opened next.
      void this.flush();
    };
  }

  /** Looks for a draft of before. @throws {ApiProblem} when the studio cannot say; what this tab has is offered all the same. */
  async open(): Promise<void> {
    const local = this.local.read();
    try {
      this.offer(this.isActing ? null : await readDraft(this.place), local);
    } catch (error) {
      this.offer(null, local);
      throw error;
    } finally {
      this.isOpening = false;
    }
  }

  private offer(stored: Draft | null, local: LocalDraft | undefined): void {
    const isNewer = local !== undefined && (stored === null || (local.edit === stored.edit ? local.counter > stored.counter : local.keptAt > stored.keptAt));
    const newest = isNewer ? local : stored;
    this.foundDraft = stored;
    if (newest !== null && newest !== undefined && isEmptyPatch(this.state, newest.fields)) {
      // It says what the item says: saved by a tab that was closed before its draft had arrived, or changed back.
      this.local.forget();
      if (stored !== null && !isNewer) void deleteDraft(this.place, stored.edit).catch(ignoreProblem);
    } else if (newest !== null && newest !== undefined) {
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment, which never changes
      this.found = { fields: newest.fields, revision: newest.revision, keptAt: new Date(newest.keptAt), hasItemChanged: newest.revision !== this.revision, isLocal: isNewer };
    }
  }

  /** Goes on with the draft that was found. @returns its fields, and the revision to compare and save against. */
  goOn(): Pick<FoundDraft, 'fields' | 'revision'> {
    const { found } = this;
    if (found === undefined) throw new Error('There is no draft to go on with');
    this.found = undefined;
    this.revision = found.revision;
    this.over = this.foundDraft === null ? null : { edit: this.foundDraft.edit, counter: this.foundDraft.counter };
    if (!found.isLocal) this.keptAt = found.keptAt;
    this.changed(found.fields);
    // At once it is this edit’s, so that a save ends it and another tab is told.
    void this.flush();
    return found;
  }

  /** Puts the draft that was found away. @throws {ApiProblem} when the studio does not do it. */
  async discard(): Promise<void> {
    if (this.foundDraft !== null) await deleteDraft(this.place, this.foundDraft.edit);
    this.local.forget();
    this.foundDraft = null;
    this.found = undefined;
  }

  /** Something was typed: `fields` is everything that is not as the item says, as a save would send it. */
  changed(fields: DraftFields): void {
    this.fields = fields;
    this.version += 1;
    this.isBehind = true;
    if (this.trouble?.kind === 'refused') this.trouble = undefined;
    const now = Date.now();
    this.firstBehindAt ??= now;
    this.localTimer ??= setTimeout(() => this.keepLocally(), QUIET_MS);
    const isWaiting = this.trouble !== undefined;
    this.schedule(isWaiting ? this.retryMs : Math.min(QUIET_MS, Math.max(0, this.firstBehindAt + TYPING_MS - now)), { keepsEarlier: isWaiting });
  }

  /** Sends what is behind now; resolves once the studio has it or does not take it. */
  async flush(): Promise<void> {
    if (!this.isBehind) return;
    this.keepLocally();
    await this.send();
  }

  /** Keeps this tab’s draft in place of the other tab’s, which is told when it sends its next. */
  async takeOver(): Promise<void> {
    if (this.trouble?.kind !== 'elsewhere') return;
    const { edit, counter } = this.trouble.draft;
    this.over = { edit, counter };
    this.trouble = undefined;
    await this.flush();
  }

  /** Before a save: nothing more is sent, and what is under way has arrived or failed. @returns the edit, for the save to name. */
  async rest(): Promise<string> {
    clearTimeout(this.timer);
    await this.sending;
    // A draft of before that is gone on with has to be this edit’s before the save can end it.
    if (this.over !== null) await this.flush();
    clearTimeout(this.timer);
    return this.edit;
  }

  /** After a save was refused: goes on as before. */
  resume(): void {
    if (this.isBehind) this.schedule(QUIET_MS);
  }

  /** After a save: the draft has ended with it, and another edit begins. */
  saved(revision: number | null, state: EditedState): void {
    for (const timer of [this.timer, this.localTimer]) clearTimeout(timer);
    this.localTimer = undefined;
    this.local.forget();
    this.edit = crypto.randomUUID();
    this.counter = 0;
    this.version += 1;
    this.over = null;
    this.foundDraft = null;
    this.found = undefined;
    this.fields = {};
    this.revision = revision;
    this.state = state;
    this.keptAt = undefined;
    this.trouble = undefined;
    this.isBehind = false;
    this.isLocal = false;
    this.firstBehindAt = undefined;
  }

  /** The edit is compared with and saved against this revision from now on. */
  rebase(revision: number, state: EditedState): void {
    this.revision = revision;
    this.state = state;
  }

  /** Whether leaving this page for another loses nothing: what is on its way still arrives. */
  get mayLeave(): boolean {
    return !this.isBehind || (this.trouble === undefined && !this.isActing);
  }

  /** Whether closing the tab loses nothing. */
  get mayClose(): boolean {
    return this.mayLeave && (!this.isBehind || (navigator.onLine && this.lastBody().length < LAST_WORD_BYTES));
  }

  private schedule(ms: number, { keepsEarlier = false } = {}): void {
    if (this.isOver || (keepsEarlier && this.timer !== undefined)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), ms);
  }

  private async send(): Promise<void> {
    if (this.sending !== undefined) await this.sending;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isBehind || this.isActing || this.found !== undefined) return;
    const sending = this.sendOnce();
    this.sending = sending;
    await sending;
    if (this.sending === sending) this.sending = undefined;
  }

  private async sendOnce(): Promise<void> {
    const { version, edit } = this;
    this.counter += 1;
    this.firstBehindAt = undefined;
    try {
      const kept = await putDraft(this.place, { edit, counter: this.counter, over: this.over, fields: this.fields }, this.revision);
      if (edit !== this.edit) return;
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment, which never changes
      this.keptAt = new Date(kept.keptAt);
      this.over = null;
      this.trouble = undefined;
      this.retryMs = RETRY_MS[0];
      if (version !== this.version) return this.schedule(QUIET_MS);
      this.isBehind = false;
      clearTimeout(this.localTimer);
      this.localTimer = undefined;
      this.local.forget();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (edit === this.edit) this.notKept(error);
    }
  }

  private notKept(problem: ApiProblem): void {
    this.keepLocally();
    if (problem.code === 'draftConflict') {
      const draft = (problem.details['draft'] ?? null) as Draft | null;
      if (draft !== null) {
        this.trouble = { kind: 'elsewhere', draft };
        return;
      }
      // Another tab saved or put away what this one goes on with: from here it is an edit of its own.
      this.edit = crypto.randomUUID();
      this.counter = 0;
      this.over = null;
      return this.schedule(0);
    }
    const isPassing = problem.code === 'unreachable' || problem.code === 'tooManyRequests' || problem.code === 'unauthenticated' || problem.status >= 500;
    this.trouble = { kind: isPassing ? 'away' : 'refused', message: problem.message };
    if (!isPassing) return;
    this.schedule(this.retryMs);
    this.retryMs = Math.min(RETRY_MS[1], this.retryMs * 2);
  }

  private keepLocally(): void {
    clearTimeout(this.localTimer);
    this.localTimer = undefined;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment, which never changes
    if (this.isBehind) this.isLocal = this.local.keep({ edit: this.edit, counter: this.counter + 1, revision: this.revision, fields: this.fields, keptAt: new Date().toISOString() });
  }

  private lastBody(): string {
    return JSON.stringify(draftBody(this.place, { edit: this.edit, counter: this.counter + 1, over: this.over, fields: this.fields }, this.revision));
  }

  /** The page goes away: what is behind is kept here, and sent in a way that outlives the page. */
  private lastWord(): void {
    if (!this.isBehind) return;
    this.keepLocally();
    if (this.isActing || this.trouble?.kind === 'elsewhere') return;
    const body = this.lastBody();
    if (new Blob([body]).size >= LAST_WORD_BYTES) return;
    // A page from the browser’s memory goes on counting from here.
    this.counter += 1;
    void fetch(draftPath(this.place), { method: 'PUT', keepalive: true, credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body }).catch(ignoreFailure);
  }
}

/** It is tried again when the item is opened next; nobody waits for it. */
function ignoreProblem(error: unknown): void {
  if (!(error instanceof ApiProblem)) throw error;
}

/** No answer came: the page that could have heard it is gone, and this tab has what was sent. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}

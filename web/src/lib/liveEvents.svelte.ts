import type { ChangeEvent } from '#api/contracts/events.ts';
import { newStream, nextStream, POLL_MS, type StreamEvent, type StreamState } from './streamState.ts';

const EVENTS_ADDRESS = '/api/v1/events';
const TICK_MS = 1_000;
/** Several changes of one moment are one look at the server. */
const COALESCE_MS = 120;
/** A browser allows six connections to one host over HTTP/1.1: a tab nobody looks at gives its own back after this long. */
const HIDDEN_MS = 60_000;
/** Between two attempts after the server refused the stream for good, milliseconds. */
const REOPEN_MS = 10_000;

export interface Watcher {
  readonly wants: (change: ChangeEvent) => boolean;
  /** Whether it also wants to hear that who edits an item has changed, which says nothing of what is stored. */
  readonly hearsPresence?: boolean;
  /** Looks at the server; true when something had changed. */
  readonly refresh: () => Promise<boolean>;
}

/** One event stream for the whole studio: it says what to read again, and polls where it cannot. */
class LiveEvents {
  private state = $state.raw<StreamState>(newStream(Date.now()));
  private readonly watchers = new Set<Watcher>();
  private readonly due = new Set<Watcher>();
  private source: EventSource | undefined;
  private wasOpen = false;
  private lastLookAt = 0;
  private retryAt = 0;
  private hiddenAt: number | null = null;
  private flushing: ReturnType<typeof setTimeout> | undefined;

  get status(): StreamState['status'] {
    return this.state.status;
  }

  /** Opens the stream; the returned function closes it. */
  start(): () => void {
    const off = new AbortController();
    this.lastLookAt = Date.now();
    this.open();
    const ticking = setInterval(() => this.tick(), TICK_MS);
    document.addEventListener('visibilitychange', () => this.visibilityChanged(), { signal: off.signal });
    window.addEventListener('online', () => this.open(), { signal: off.signal });
    return () => {
      off.abort();
      clearInterval(ticking);
      clearTimeout(this.flushing);
      this.due.clear();
      this.close();
    };
  }

  /** Has `refresh` called on every change it wants, until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => {
      this.watchers.delete(watcher);
      this.due.delete(watcher);
    };
  }

  private apply(kind: StreamEvent['kind']): void {
    this.state = nextStream(this.state, { kind, at: Date.now() });
  }

  private open(): void {
    this.close();
    this.retryAt = 0;
    this.apply('begun');
    const source = new EventSource(EVENTS_ADDRESS);
    this.source = source;
    source.addEventListener('open', () => {
      this.apply('opened');
      // What happened while nobody listened is unknown.
      if (this.wasOpen) this.lookAtAll({ isTrial: false });
      this.wasOpen = true;
    });
    source.addEventListener('error', () => {
      this.apply('failed');
      // The browser connects again by itself, but not after an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) this.retryAt = Date.now() + REOPEN_MS;
    });
    source.addEventListener('change', (event: MessageEvent<string>) => {
      this.apply('heard');
      const change = JSON.parse(event.data) as ChangeEvent;
      const isAll = change.kind === 'site' && change.site === null;
      for (const watcher of this.watchers) if (isAll || ((change.kind !== 'presence' || watcher.hearsPresence === true) && watcher.wants(change))) this.due.add(watcher);
      this.flushSoon();
    });
  }

  private close(): void {
    this.source?.close();
    this.source = undefined;
  }

  private flushSoon(): void {
    this.flushing ??= setTimeout(() => {
      this.flushing = undefined;
      const due = [...this.due];
      this.due.clear();
      for (const watcher of due) void watcher.refresh();
    }, COALESCE_MS);
  }

  private tick(): void {
    if (this.hiddenAt !== null) {
      if (Date.now() - this.hiddenAt > HIDDEN_MS) this.close();
      return;
    }
    this.apply('timePassed');
    if (this.retryAt !== 0 && Date.now() >= this.retryAt) this.open();
    if (Date.now() - this.lastLookAt >= POLL_MS[this.status === 'paused' ? 'paused' : 'live']) this.lookAtAll({ isTrial: true });
  }

  /** Reads everything on the page again, as after signing in anew. */
  lookAgain(): void {
    this.lookAtAll({ isTrial: false });
  }

  /** Reads everything on the page again; as a trial of the stream, which should have told of every change before. */
  private lookAtAll({ isTrial }: { readonly isTrial: boolean }): void {
    this.lastLookAt = Date.now();
    for (const watcher of this.watchers) {
      void watcher.refresh().then((hasChanged) => {
        if (hasChanged && isTrial) this.apply('changeFound');
      });
    }
  }

  private visibilityChanged(): void {
    if (document.visibilityState === 'hidden') {
      this.hiddenAt = Date.now();
      return;
    }
    this.hiddenAt = null;
    if (this.source === undefined) this.open();
    this.lookAtAll({ isTrial: false });
  }
}

export const liveEvents = new LiveEvents();

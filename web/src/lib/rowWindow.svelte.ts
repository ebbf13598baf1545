import { defaultRangeExtractor, observeWindowOffset, observeWindowRect, type VirtualItem, Virtualizer, windowScroll } from '@tanstack/virtual-core';
import { untrack } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { rowStep } from '../ui/keys.ts';

/** Rows that are drawn before and after those one sees. */
const OVERSCAN = 6;
const MAX_KEPT = 10;
/** Longest wait for a row that is read, milliseconds. */
const PATIENCE_MS = 3_000;

/** Heights of rows by list, so that Back finds a long list as long as it was. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a store of past measures, which nothing draws
const kept = new Map<string, VirtualItem[]>();

/** Where a row stands in a list that is drawn in part. */
export interface RowPlace {
  /** From 0. */
  readonly index: number;
  readonly total: number;
  /** Below the top of the list, CSS pixels. */
  readonly top: number;
  /** As measured, or as expected, CSS pixels. */
  readonly height: number;
  readonly measured: Attachment<HTMLElement>;
}

interface Wanted {
  /** Names the list, for the heights that are kept of it. */
  readonly name: string;
  readonly count: number;
  /** Height of a row before it is drawn, CSS pixels. */
  readonly estimate: number;
}

/** Which rows of a long list are drawn while the page is scrolled: those one sees, some around them, and the one with the focus. */
export class RowWindow {
  places = $state.raw<readonly RowPlace[]>([]);
  /** Of the whole list, CSS pixels. */
  height = $state(0);
  private readonly virtualizer: Virtualizer<Window, HTMLElement>;
  private readonly wanted: () => Wanted;
  private list: HTMLElement | undefined;
  /** The row with the focus: it stays drawn, or the focus would be lost with it. */
  private held: number | undefined;

  /** Belongs to the component that makes it; `wanted` may change. */
  constructor(wanted: () => Wanted) {
    this.wanted = wanted;
    this.virtualizer = new Virtualizer<Window, HTMLElement>(this.options());
    $effect.pre(() => {
      wanted();
      untrack(() => this.follow());
    });
  }

  /** Of the list. */
  readonly shown: Attachment<HTMLElement> = (list) => {
    this.list = list;
    const leave = this.virtualizer._didMount();
    untrack(() => this.follow());
    // What appears above the list moves it.
    const moved = new ResizeObserver(() => this.follow());
    moved.observe(document.body);
    const off = new AbortController();
    list.addEventListener('keydown', (event) => this.pressed(event), { signal: off.signal });
    list.addEventListener('focusin', ({ target }) => (this.held = indexOf(target)), { signal: off.signal });
    list.addEventListener('focusout', ({ relatedTarget }) => (this.held = indexOf(relatedTarget)), { signal: off.signal });
    return () => {
      const { name } = this.wanted();
      kept.delete(name);
      kept.set(name, this.virtualizer.takeSnapshot());
      for (const other of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(other);
      off.abort();
      moved.disconnect();
      leave();
      this.list = undefined;
    };
  };

  /** Brings a row into sight and the focus to it, as soon as it is read. */
  async focusRow(index: number): Promise<void> {
    if (index < 0 || index >= this.wanted().count) return;
    const before = document.activeElement;
    this.held = index;
    this.follow();
    this.virtualizer.scrollToIndex(index, { align: 'auto' });
    // Whoever went elsewhere meanwhile is not called back.
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until && this.held === index && document.activeElement === before; ) {
      await nextFrame();
      this.list?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row]`)?.focus({ preventScroll: true });
    }
  }

  private options(): ConstructorParameters<typeof Virtualizer<Window, HTMLElement>>[0] {
    const { name, count, estimate } = untrack(this.wanted);
    return {
      count,
      estimateSize: () => estimate,
      overscan: OVERSCAN,
      getScrollElement: () => window,
      observeElementRect: observeWindowRect,
      observeElementOffset: observeWindowOffset,
      scrollToFn: windowScroll,
      initialOffset: () => window.scrollY,
      initialMeasurementsCache: kept.get(name) ?? [],
      scrollMargin: this.list === undefined ? 0 : Math.round(this.list.getBoundingClientRect().top + window.scrollY),
      // What says that an item was deleted stays on top of the window; a row must not end up under it.
      scrollPaddingStart: 120,
      scrollPaddingEnd: 20,
      rangeExtractor: (range) => {
        const rows = defaultRangeExtractor(range);
        const { held } = this;
        return held === undefined || held >= range.count || rows.includes(held) ? rows : [...rows, held].sort((a, b) => a - b);
      },
      onChange: () => this.draw(),
    };
  }

  private follow(): void {
    this.virtualizer.setOptions(this.options());
    this.virtualizer._willUpdate();
    this.draw();
  }

  private draw(): void {
    const { count: total, scrollMargin } = this.virtualizer.options;
    const before = this.places;
    this.places = this.virtualizer.getVirtualItems().map(({ index, start, size: height }) => {
      const top = start - scrollMargin;
      // A row that stays where it was has nothing to draw again.
      const known = before.find((place) => place.index === index);
      return known?.top === top && known.height === height && known.total === total ? known : { index, total, top, height, measured: this.measured };
    });
    this.height = this.virtualizer.getTotalSize();
  }

  private readonly measured: Attachment<HTMLElement> = (row) => {
    this.virtualizer.measureElement(row);
    return () => this.virtualizer.measureElement(null);
  };

  /** Up and down (and j, k) go from row to row, also to those that are not drawn yet. */
  private pressed(event: KeyboardEvent): void {
    const step = rowStep(event);
    if (step === 0 || !(event.target instanceof HTMLElement) || !event.target.matches('[data-row]')) return;
    const next = (indexOf(event.target) ?? Number.NaN) + step;
    if (!(next >= 0 && next < this.wanted().count)) return;
    event.preventDefault();
    void this.focusRow(next);
  }
}

/** Of the row an element lies in. */
function indexOf(target: EventTarget | null): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  return row === null ? undefined : Number(row.dataset['index']);
}

const nextFrame = (): Promise<void> => new Promise((done) => void requestAnimationFrame(() => done()));

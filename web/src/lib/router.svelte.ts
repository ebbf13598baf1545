import { pages, type Page } from '../pages/routes.ts';
import { matchRoute } from './routeMatch.ts';

/** Longest wait for a page to grow to where one was in it, milliseconds; lists come from the server. */
const SCROLL_PATIENCE_MS = 2_000;
const SCROLL_KEPT = 'studio.scroll';

interface Place {
  readonly path: string;
  readonly search: string;
}

/** Where one is in the studio: real addresses, links that stay links, Back that returns to the same spot. */
class Router {
  place = $state.raw<Place>({ path: location.pathname, search: location.search });
  /** Asked before another page takes this one's place; whoever answers true keeps it, and may call `go` later. */
  guard: ((go: () => void) => boolean) | undefined;
  private focusWanted = false;
  /** Which step of the tab's history this is, so that a step that was held can be taken back and made again. */
  private step = 0;
  /** A step of the history that is ours: one taken back, or one that was agreed to. */
  private expected: 'taken back' | 'agreed' | undefined;
  private restoring = 0;

  get match(): { route: Page; params: Readonly<Record<string, string>> } {
    const found = matchRoute(pages, this.place.path);
    if (found === undefined) throw new Error('The list of pages ends with one for every other address');
    return found;
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.place.search);
  }

  /** How many of a list are before the page of it that one is at, as the address says by this name. */
  offset(name = 'offset'): number {
    return Math.max(0, Math.trunc(Number(this.query.get(name) ?? 0)) || 0);
  }

  /** Begins to listen to the browser; returns the end of it. */
  start(): () => void {
    history.scrollRestoration = 'manual';
    if (readKey() === undefined) history.replaceState({ key: newKey(), step: 0 }, '');
    this.step = readStep() ?? 0;
    const off = new AbortController();
    window.addEventListener('popstate', () => this.stepped(), { signal: off.signal });
    document.addEventListener('click', (event) => this.followLink(event), { signal: off.signal });
    window.addEventListener('scroll', () => keepScroll(), { signal: off.signal, passive: true });
    this.restoreScroll();
    return () => off.abort();
  }

  /** Goes to an address of the studio; `replace` leaves no step for Back, `keepPage` neither scrolls nor moves the focus. */
  go(to: string, options: { readonly replace?: boolean; readonly keepPage?: boolean; readonly isSure?: boolean } = {}): void {
    const samePath = new URL(to, location.href).pathname === location.pathname;
    if (!samePath && options.isSure !== true && this.guard?.(() => this.go(to, { ...options, isSure: true })) === true) return;
    if (options.replace !== true) this.step += 1;
    if (options.replace === true) history.replaceState({ key: readKey() ?? newKey(), step: this.step }, '', to);
    else history.pushState({ key: newKey(), step: this.step }, '', to);
    this.restoring += 1;
    this.place = { path: location.pathname, search: location.search };
    if (options.keepPage === true) return;
    if (!samePath) this.focusWanted = true;
    window.scrollTo(0, 0);
  }

  /** Whether a heading that has just appeared should take the focus: once after each move to another page. */
  takeFocus(): boolean {
    const wanted = this.focusWanted;
    this.focusWanted = false;
    return wanted;
  }

  /** The browser went back or forward; a page that is held gets its address back before anything is drawn. */
  private stepped(): void {
    const { expected } = this;
    this.expected = undefined;
    if (expected === 'taken back') return;
    // A step that another part of the page made has no number; most go back.
    const by = (readStep() ?? this.step - 1) - this.step;
    const again = (): void => {
      this.expected = 'agreed';
      history.go(by);
    };
    if (expected === undefined && by !== 0 && location.pathname !== this.place.path && this.guard?.(again) === true) {
      this.expected = 'taken back';
      history.go(-by);
      return;
    }
    this.step += by;
    this.arrive();
  }

  private arrive(): void {
    const before = this.place.path;
    this.place = { path: location.pathname, search: location.search };
    if (before !== this.place.path) this.focusWanted = true;
    this.restoreScroll();
  }

  private followLink(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.hasAttribute('data-leaves')) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || (url.hash !== '' && url.pathname === location.pathname)) return;
    event.preventDefault();
    this.go(`${url.pathname}${url.search}${url.hash}`);
  }

  /** Scrolls to where this step of the history was, as soon as the page is long enough. */
  private restoreScroll(): void {
    const wanted = keptScroll()[readKey() ?? ''] ?? 0;
    const turn = (this.restoring += 1);
    const until = performance.now() + SCROLL_PATIENCE_MS;
    const attempt = (): void => {
      if (turn !== this.restoring) return;
      const reachable = document.documentElement.scrollHeight - window.innerHeight;
      if (reachable >= wanted || performance.now() > until) window.scrollTo(0, wanted);
      else requestAnimationFrame(attempt);
    };
    requestAnimationFrame(attempt);
  }
}

function readKey(): string | undefined {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'key' in state && typeof state.key === 'string' ? state.key : undefined;
}

function readStep(): number | undefined {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'step' in state && typeof state.step === 'number' ? state.step : undefined;
}

const newKey = (): string => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;

function keptScroll(): Record<string, number> {
  const text = sessionStorage.getItem(SCROLL_KEPT);
  return text === null ? {} : (JSON.parse(text) as Record<string, number>);
}

let keeping = 0;
function keepScroll(): void {
  const key = readKey();
  cancelAnimationFrame(keeping);
  keeping = requestAnimationFrame(() => {
    if (key === undefined || key !== readKey()) return;
    // The last hundred steps are plenty; the storage of a tab is small.
    const kept = Object.entries(keptScroll()).filter(([other]) => other !== key);
    sessionStorage.setItem(SCROLL_KEPT, JSON.stringify(Object.fromEntries([...kept.slice(-99), [key, Math.round(window.scrollY)]])));
  });
}

export const router = new Router();

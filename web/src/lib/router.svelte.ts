import { pages, type Page } from '../pages/routes.ts';
import { matchRoute } from './routeMatch.ts';

/** Longest wait for a page to grow to where one was in it, milliseconds; lists come from the server. */
const SCROLL_PATIENCE_MS = 2_000;
const SCROLL_KEPT = 'studio.scroll';

/** What is asked before one leaves a page for another. */
export interface LeaveGuard {
  readonly mayLeave: () => boolean;
  /** Asks the person; `proceed` goes where they wanted to. */
  readonly ask: (proceed: () => void) => void;
  /** Whether something stands on the page that somebody wrote and did not save: it stays when their session ends. */
  readonly isHolding: () => boolean;
}

interface Place {
  readonly path: string;
  readonly search: string;
}

/** Where one is in the studio: real addresses, links that stay links, Back that returns to the same spot. */
class Router {
  place = $state.raw<Place>({ path: location.pathname, search: location.search });
  /** Of the page one is on, where it has something to lose. */
  guard: LeaveGuard | undefined;
  /** Which step of this tab's history one is at. */
  private step = 0;
  /** Whether the next move through the history is the router's own way back. */
  private isReturning = false;
  private focusWanted = false;
  /** The page whose heading took the focus last. */
  private headedAt: string | undefined;
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
    window.addEventListener('popstate', () => this.arrive(true), { signal: off.signal });
    document.addEventListener('click', (event) => this.followLink(event), { signal: off.signal });
    window.addEventListener('scroll', () => keepScroll(), { signal: off.signal, passive: true });
    this.restoreScroll();
    return () => off.abort();
  }

  /** Goes to an address of the studio; `replace` leaves no step for Back, `keepPage` neither scrolls nor moves the focus. */
  go(to: string, options: { readonly replace?: boolean; readonly keepPage?: boolean } = {}): void {
    const samePath = new URL(to, location.href).pathname === location.pathname;
    if (!samePath && this.guard !== undefined && !this.guard.mayLeave()) return this.guard.ask(() => this.pass(() => this.go(to, options)));
    if (options.replace !== true) this.step += 1;
    const state = { key: options.replace === true ? (readKey() ?? newKey()) : newKey(), step: this.step };
    if (options.replace === true) history.replaceState(state, '', to);
    else history.pushState(state, '', to);
    this.restoring += 1;
    this.place = { path: location.pathname, search: location.search };
    if (options.keepPage === true) return;
    if (!samePath) this.focusWanted = true;
    window.scrollTo(0, 0);
  }

  /** Whether a heading that has just appeared should take the focus: once after each move to another page, and in the place of one that had it while the page was loaded. */
  takeFocus(): boolean {
    const isLost = this.headedAt === this.place.path && document.activeElement === document.body;
    const isTaken = this.focusWanted || isLost;
    this.focusWanted = false;
    if (isTaken) this.headedAt = this.place.path;
    return isTaken;
  }

  /** Leaves without being asked again. */
  private pass(leave: () => void): void {
    this.guard = undefined;
    leave();
  }

  private arrive(restore: boolean): void {
    if (this.isReturning) {
      this.isReturning = false;
      return;
    }
    const before = this.place.path;
    if (location.pathname !== before && this.guard !== undefined && !this.guard.mayLeave()) return this.turnBack(this.guard);
    this.step = readStep() ?? this.step;
    this.place = { path: location.pathname, search: location.search };
    if (before !== this.place.path) this.focusWanted = true;
    if (restore) this.restoreScroll();
  }

  /** The browser has gone already: the address goes back to the page that is still shown, until the person has answered. */
  private turnBack(guard: LeaveGuard): void {
    const to = `${location.pathname}${location.search}`;
    const step = readStep();
    if (step === undefined || step === this.step) {
      history.pushState({ key: newKey(), step: (this.step += 1) }, '', `${this.place.path}${this.place.search}`);
      return guard.ask(() => this.pass(() => this.go(to)));
    }
    const steps = step - this.step;
    this.isReturning = true;
    history.go(-steps);
    guard.ask(() => this.pass(() => history.go(steps)));
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

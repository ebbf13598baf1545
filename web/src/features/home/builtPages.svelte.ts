/* eslint-disable svelte/prefer-svelte-reactivity -- maps and addresses that are made anew with each step; what is drawn is the state of the class */
import type { Kind } from '#api/contracts/kinds.ts';
import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { fieldPathsOf, fieldValue } from '#domain/fieldPaths.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';
import { whyNot } from '../../words/checkWords.ts';
import { builtPages as words } from '../../words/home.ts';
import { previewWords } from '../../words/previewWords.ts';
import { askPage } from '../preview/askPage.ts';
import { type BuiltPlace, type NamedText, placeInTexts } from '../preview/builtPlaces.ts';
import type { BuiltFinding, FoundPlace } from '../preview/pageCheck.ts';

/** Pages that are looked at in one go, the latest. */
const MOST_PAGES = 300;
const PAGE_OF_LIST = 100;
/** Between two looks while the preview starts, and between two words that somebody still looks, milliseconds. */
const START_LOOK_MS = 700;
const KEEP_MS = 15_000;
/** How long a page may take to load, milliseconds. */
const LOAD_MS = 30_000;

export interface CheckedItem {
  readonly textId: string;
  readonly title: string;
}

export interface CheckedPage {
  readonly item: CheckedItem;
  readonly findings: readonly (BuiltFinding & { readonly named: readonly { readonly found: FoundPlace; readonly place: BuiltPlace | undefined; readonly label: string | undefined }[] })[];
}

/** Looks at each changed page of a site as it is built, one after the other, in one frame of the preview’s own host. */
export class BuiltPages {
  step = $state<'idle' | 'opening' | 'finding' | 'looking' | 'done' | 'stopped'>('idle');
  /** How far the preview is while it opens. */
  opening = $state('');
  looked = $state(0);
  total = $state(0);
  /** More had changed than are looked at in one go. */
  isCut = $state(false);
  /** Pages with findings. */
  pages = $state.raw<readonly CheckedPage[]>([]);
  /** What could not be looked at, and why. */
  missed = $state.raw<readonly (CheckedItem & { readonly why: string })[]>([]);
  /** What the theme is to blame for, by rule, over all pages. */
  theme = $state.raw<readonly Pick<BuiltFinding, 'rule' | 'help' | 'inTheme'>[]>([]);
  themePages = $state(0);
  /** Why it ended early. */
  problem = $state<string | undefined>();
  /** The frame that pages are shown in while it goes. */
  frame = $state.raw<HTMLIFrameElement | undefined>();

  private readonly site: string;
  private readonly version: PublishVersion;
  private going = $state.raw<AbortController | undefined>();
  private kinds: ReadonlyMap<string, Kind> = new Map();
  private askedAt = 0;
  private turn = 0;

  constructor(site: string, version: PublishVersion) {
    this.site = site;
    this.version = version;
  }

  get isGoing(): boolean {
    return this.going !== undefined;
  }

  /** Ends after the page that is looked at; what was found stays. */
  stop(): void {
    this.going?.abort();
  }

  async start(): Promise<void> {
    if (this.going !== undefined) return;
    const going = new AbortController();
    const { signal } = going;
    this.going = going;
    Object.assign(this, { step: 'opening', opening: '', looked: 0, total: 0, isCut: false, pages: [], missed: [], theme: [], themePages: 0, problem: undefined });
    try {
      const items = await this.changed(signal);
      if (items.length > 0) {
        await this.open(signal);
        const found = await this.find(items, signal);
        await this.lookAt(found, signal);
      }
      this.step = signal.aborted ? 'stopped' : 'done';
    } catch (error) {
      this.step = 'stopped';
      if (!(error instanceof ApiProblem || error instanceof NotShown)) throw error;
      this.problem = error.message;
    } finally {
      going.abort();
      this.going = undefined;
    }
  }

  private async changed(signal: AbortSignal): Promise<CheckedItem[]> {
    const items: CheckedItem[] = [];
    for (let offset = 0; !signal.aborted; offset += PAGE_OF_LIST) {
      const list = await call('GET /api/v1/sites/:site/unpublished', { params: { site: this.site }, query: { version: this.version, limit: PAGE_OF_LIST, offset } });
      items.push(...list.items.filter(({ kind }) => kind !== 'deleted').map(({ textId, title }) => ({ textId, title: title ?? textId })));
      if (list.items.length === 0 || offset + list.items.length >= list.total) break;
    }
    return items;
  }

  private async ask(item?: string): Promise<SitePreview> {
    this.askedAt = performance.now();
    return call('POST /api/v1/sites/:site/preview', { params: { site: this.site }, body: item === undefined ? {} : { item } });
  }

  /** Until it is ready. @throws {NotShown} why it will not be. */
  private async open(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const state = await this.ask();
      if (state.state === 'ready' && state.builds > 0) return;
      if (state.state === 'failed' || state.state === 'ended') throw new NotShown(state.doing);
      if (state.state === 'ready' && state.fault !== null) throw new NotShown(words.siteCannotBeBuiltAsItIs(state.fault.message));
      this.opening = previewWords({ state, isPaused: false, isUpdating: false, hasProblem: false }).word;
      await pause(START_LOOK_MS, signal);
    }
  }

  /** Which of the items have a page, and where. */
  private async find(items: readonly CheckedItem[], signal: AbortSignal): Promise<{ readonly item: CheckedItem; readonly page: string }[]> {
    this.step = 'finding';
    const pages: { readonly item: CheckedItem; readonly page: string }[] = [];
    for (const item of items) {
      if (signal.aborted) break;
      if (pages.length === MOST_PAGES) {
        this.isCut = true;
        break;
      }
      const { page } = await this.ask(item.textId);
      if (page !== null) pages.push({ item, page });
    }
    this.total = pages.length;
    return pages;
  }

  private async lookAt(pages: readonly { readonly item: CheckedItem; readonly page: string }[], signal: AbortSignal): Promise<void> {
    this.step = 'looking';
    for (const { item, page } of pages) {
      if (signal.aborted) return;
      // Whoever says nothing for long is taken for gone.
      if (performance.now() - this.askedAt > KEEP_MS) await this.open(signal);
      const frame = await this.show(page, signal);
      const check = frame === undefined ? ({ state: 'failed', why: 'silent' } as const) : await askPage(frame, new URL(page).origin, signal);
      if (signal.aborted) return;
      if (check.state === 'failed') this.missed = [...this.missed, { ...item, why: whyNot[check.why] }];
      else if (check.status !== null && check.status >= 400) this.missed = [...this.missed, { ...item, why: words.noPageWasBuiltOfIt }];
      else await this.note(item, check.findings);
      this.looked += 1;
    }
  }

  /** Shows a page in the frame; undefined when it does not load in time. */
  private show(page: string, signal: AbortSignal): Promise<HTMLIFrameElement | undefined> {
    const { frame } = this;
    if (frame === undefined) return Promise.resolve(undefined);
    this.turn += 1;
    const address = `${page}?checked=${this.turn}`;
    return new Promise((resolve) => {
      const over = new AbortController();
      const end = (loaded: HTMLIFrameElement | undefined): void => {
        over.abort();
        clearTimeout(timer);
        resolve(loaded);
      };
      const timer = setTimeout(() => end(undefined), LOAD_MS);
      frame.addEventListener('load', () => end(frame), { signal: over.signal });
      signal.addEventListener('abort', () => end(undefined), { signal: over.signal });
      frame.src = address;
    });
  }

  private async note(item: CheckedItem, findings: readonly BuiltFinding[]): Promise<void> {
    const own = findings.filter(({ count }) => count > 0);
    const theirs = findings.filter(({ inTheme }) => inTheme > 0);
    if (theirs.length > 0) {
      this.themePages += 1;
      const byRule = new Map(this.theme.map((of) => [of.rule, of]));
      for (const { rule, help, inTheme } of theirs) byRule.set(rule, { rule, help, inTheme: (byRule.get(rule)?.inTheme ?? 0) + inTheme });
      this.theme = [...byRule.values()];
    }
    if (own.length === 0) return;
    const texts = await this.textsOf(item.textId);
    const labels = new Map(texts.map(({ field, label }) => [field, label]));
    const named = own.map((finding) => ({
      ...finding,
      named: finding.places.map((found) => {
        const place = placeInTexts(found, texts);
        return { found, place, label: place === undefined ? undefined : labels.get(place.field) };
      }),
    }));
    this.pages = [...this.pages, { item, findings: named }];
  }

  /** What is saved of an item, in which places of its page are looked for. */
  private async textsOf(textId: string): Promise<NamedText[]> {
    if (this.kinds.size === 0) this.kinds = new Map((await call('GET /api/v1/sites/:site/kinds', { params: { site: this.site } })).kinds.map((kind) => [kind.name, kind]));
    const item = await call('GET /api/v1/sites/:site/items/:item', { params: { site: this.site, item: textId } });
    const kind = this.kinds.get(item.type);
    return (kind === undefined ? [] : fieldPathsOf(kind)).flatMap((at) => {
      const value = at.field.widget === 'markdown' ? fieldValue(item, at) : undefined;
      return typeof value === 'string' && value !== '' ? [{ field: at.path, label: at.field.label, text: value }] : [];
    });
  }
}

/** The preview cannot be shown, for a reason that people read. */
class NotShown extends Error {}

/** Resolves after a time, or when it is stopped. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** One thing that the palette goes to or does. */
export interface PaletteEntry {
  /** Names it, also to remember that it was used. */
  readonly id: string;
  readonly group: PaletteGroup;
  readonly title: string;
  /** What stands beside the title. */
  readonly note: string;
  /** Other words by which it is found. */
  readonly words: string;
  /** Where it leads; null for what is done on the page. */
  readonly href: string | null;
  readonly keys?: string;
}

/** The groups in their order; what each is called is in Palette.svelte. */
export const paletteGroups = ['recent', 'page', 'site', 'content', 'sites', 'studio'] as const;
export type PaletteGroup = (typeof paletteGroups)[number];

/** How well a text fits what was typed, the lower the better; null when it does not. Every word typed must begin a word of the text or stand in it. */
export function fitOf(typed: string, text: string): number | null {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const within = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const at = within.indexOf(word);
    if (at === -1) return null;
    const begins = at === 0 || /[\s\-–_./(]/.test(within.charAt(at - 1));
    sum += (begins ? 0 : 100) + Math.min(at, 99);
  }
  return sum;
}

/** How many of a group are shown; more are found by another letter. */
const SHOWN: Readonly<Record<PaletteGroup, number>> = { recent: 5, page: 8, site: 8, content: 8, sites: 8, studio: 8 };

export interface ShownGroup {
  readonly group: PaletteGroup;
  readonly entries: readonly PaletteEntry[];
}

/**
 * What the palette shows for what is typed: groups in their order, the best fit first and what was used last before the rest. Of what
 * the server found (`found`) nothing is sorted out again. With nothing typed, what was used last stands in a group of its own.
 */
export function shownEntries(typed: string, known: readonly PaletteEntry[], found: readonly PaletteEntry[], used: readonly string[]): ShownGroup[] {
  const text = typed.trim();
  const rank = (entry: PaletteEntry): number => {
    const at = used.indexOf(entry.id);
    return at === -1 ? used.length : at;
  };
  const recent = text === '' ? used.flatMap((id) => known.find((entry) => entry.id === id) ?? []).slice(0, SHOWN.recent) : [];
  const isRecent = new Set(recent.map((entry) => entry.id));
  const fitting = known
    .flatMap((entry) => {
      const fit = fitOf(text, `${entry.title} ${entry.words}`);
      return fit === null || isRecent.has(entry.id) ? [] : [{ entry, fit }];
    })
    .sort((a, b) => (text === '' ? 0 : rank(a.entry) - rank(b.entry) || a.fit - b.fit))
    .map(({ entry }) => entry);
  const foundIds = new Set(found.map((entry) => entry.id));
  return paletteGroups.flatMap((group): ShownGroup[] => {
    const entries = group === 'recent' ? recent : [...found.filter((entry) => entry.group === group), ...fitting.filter((entry) => entry.group === group && !foundIds.has(entry.id))].slice(0, SHOWN[group]);
    return entries.length === 0 ? [] : [{ group, entries }];
  });
}

/** What the words of 3Play Media mean, and what an order costs. Nothing here asks it. */

/**
 * Where an order stands. `awaitingApproval`: somebody at 3Play’s own pages has to say yes before anything is done or paid.
 * `unknown` is a word that is new: it is neither done nor over.
 */
export type CaptionOrderState = 'awaitingApproval' | 'inProgress' | 'complete' | 'cancelled' | 'unknown';

const STATES: ReadonlyMap<string, CaptionOrderState> = new Map([['in_progress', 'inProgress'], ['complete', 'complete'], ['cancelled', 'cancelled'], ['canceled', 'cancelled']]);

/** What a transcript’s status means. @param isAwaitingApproval whether its service is among those that wait for approval */
export function captionOrderStateOf(status: string, isAwaitingApproval: boolean): CaptionOrderState {
  const state = STATES.get(status) ?? 'unknown';
  return isAwaitingApproval && state !== 'complete' && state !== 'cancelled' ? 'awaitingApproval' : state;
}

/** A transcript as a look-up shows it. */
export interface FoundTranscript {
  readonly id: string;
  readonly state: CaptionOrderState;
}

/**
 * The order that was placed before, which is taken over instead of paying again: one that is complete, else the newest that is not cancelled,
 * be its state known or not.
 */
export function adoptableTranscript<T extends FoundTranscript>(transcripts: readonly T[]): T | null {
  const newestFirst = transcripts.filter(({ state }) => state !== 'cancelled').sort((a, b) => compareIds(b.id, a.id));
  return newestFirst.find(({ state }) => state === 'complete') ?? newestFirst[0] ?? null;
}

/** Compares two of 3Play’s ids, which count upwards and are longer than numbers are exact. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** How fast an order is done, and for how much, as the account has it. */
export interface TurnaroundLevel {
  readonly id: string;
  readonly name: string;
  /** US cents a minute of video, with fractions; null where the account does not say. */
  readonly centsPerMinute: number | null;
}

/** The level of an order. */
export type TurnaroundChoice =
  | { readonly kind: 'chosen'; readonly level: TurnaroundLevel }
  /** The account has no such level (any more): a person has to name another. */
  | { readonly kind: 'missing'; readonly levelId: string; readonly levels: readonly TurnaroundLevel[] }
  /** Nobody can say which is the cheapest. */
  | { readonly kind: 'unpriced'; readonly levels: readonly TurnaroundLevel[] };

/** Takes the cheapest level. */
export const CHEAPEST_LEVEL = 'cheapest';

/**
 * Chooses the level with that id among the account’s, or the cheapest, provided that the account says what each costs: money is not spent on
 * a guess.
 */
export function chooseTurnaroundLevel(levels: readonly TurnaroundLevel[], wanted: string): TurnaroundChoice {
  if (wanted !== CHEAPEST_LEVEL) {
    const level = levels.find(({ id }) => id === wanted);
    return level === undefined ? { kind: 'missing', levelId: wanted, levels } : { kind: 'chosen', level };
  }
  const priced = levels.flatMap((level) => (level.centsPerMinute === null ? [] : [{ level, cents: level.centsPerMinute }]));
  const [first] = priced;
  if (first === undefined || priced.length < levels.length) return { kind: 'unpriced', levels };
  return { kind: 'chosen', level: priced.reduce((cheapest, next) => (next.cents < cheapest.cents ? next : cheapest), first).level };
}

/** What an order costs, in whole US cents, rounded up; null where the account does not say, or nobody knows how long the video is. @param durationMs milliseconds */
export function orderPriceCents(level: TurnaroundLevel, durationMs: number | null): number | null {
  if (level.centsPerMinute === null || durationMs === null || !(durationMs > 0)) return null;
  // Tenths of a thousandth of a cent: what is left of binary fractions must not cost a cent.
  return Math.ceil(Math.round((level.centsPerMinute * durationMs * 10_000) / 60_000) / 10_000);
}

/** A price as 3Play writes it, such as `2.65`, `$2.65` or `$1,234.50 / min`, in US cents with fractions; null for what is no price in dollars. */
export function readCents(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? round(value * 100) : null;
  if (typeof value !== 'string') return null;
  const [, dollars] = /^\s*(?:USD|US\$|\$)?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?:USD)?\s*(?:(?:\/|per)\s*(?:min|minute)s?)?\s*$/i.exec(value) ?? [];
  return dollars === undefined ? null : round(Number(dollars.replaceAll(',', '')) * 100);
}

/** Without what binary fractions leave behind. */
function round(cents: number): number {
  return Math.round(cents * 10_000) / 10_000;
}

/** The formats captions and transcripts are fetched in, by 3Play’s numbers. */
export const THREEPLAY_FORMATS = { pdf: 46, vtt: 51 } as const;

export type ThreePlayFormat = keyof typeof THREEPLAY_FORMATS;

/** The label that says that somebody corrected captions. */
export const UPDATED_LABEL = 'updated';

/** Where on a page axe found something, as the page itself tells: it may say anything. */
export interface FoundPlace {
  readonly target: string;
  readonly html: string;
  readonly text: string;
  readonly src: string;
  readonly href: string;
}

/** What one rule found on a page. */
export interface BuiltFinding {
  readonly rule: string;
  readonly impact: 'minor' | 'moderate' | 'serious' | 'critical';
  /** The rule in axe’s own words. */
  readonly help: string;
  /** Places in what the author wrote, of which the first are named. */
  readonly count: number;
  readonly places: readonly FoundPlace[];
  /** Places around it, which the theme made. */
  readonly inTheme: number;
}

/** What a check of a page came to. `unloaded`: the tool did not get there; `fault`: it broke; `silent`: the page said nothing, or nothing that can be read. */
export type PageCheck = { readonly state: 'done'; readonly status: number | null; readonly findings: readonly BuiltFinding[] } | { readonly state: 'failed'; readonly why: 'unloaded' | 'fault' | 'silent' };

const MOST_RULES = 60;
const MOST_PLACES = 30;
const MOST_COUNTED = 100_000;
const IMPACTS = ['minor', 'moderate', 'serious', 'critical'] as const;

type Said = Readonly<Record<string, unknown>>;
const isSaid = (value: unknown): value is Said => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of a page, cut; what turns the direction of writing around or cannot be seen is left out. */
function text(value: unknown, most: number): string {
  return typeof value === 'string' ? value.slice(0, most).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g, ' ').trim() : '';
}

const count = (value: unknown): number => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? Math.min(value, MOST_COUNTED) : 0);
const list = (value: unknown, most: number): readonly unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);

function placeIn(value: unknown): FoundPlace[] {
  return isSaid(value) ? [{ target: text(value['target'], 300), html: text(value['html'], 400), text: text(value['text'], 200), src: text(value['src'], 500), href: text(value['href'], 500) }] : [];
}

function findingIn(value: unknown): BuiltFinding[] {
  if (!isSaid(value) || typeof value['rule'] !== 'string' || !/^[a-z][a-z0-9-]{0,59}$/.test(value['rule'])) return [];
  const places = list(value['places'], MOST_PLACES).flatMap(placeIn);
  return [{ rule: value['rule'], impact: IMPACTS.find((impact) => impact === value['impact']) ?? 'moderate', help: text(value['help'], 200), count: Math.max(count(value['count']), places.length), places, inTheme: count(value['inTheme']) }];
}

/** Reads what a page answered to the check of this number, to a bound. It runs scripts of authors and themes, so it is believed in nothing but its own faults. */
export function readPageCheck(said: unknown, id: number): PageCheck | undefined {
  if (!isSaid(said) || said['kind'] !== 'studio-preview:checked' || said['id'] !== id) return undefined;
  if (said['state'] !== 'done') return { state: 'failed', why: said['state'] === 'unloaded' ? 'unloaded' : said['state'] === 'fault' ? 'fault' : 'silent' };
  if (!Array.isArray(said['findings'])) return { state: 'failed', why: 'silent' };
  const { status } = said;
  const known = new Set<string>();
  const findings = list(said['findings'], MOST_RULES)
    .flatMap(findingIn)
    .filter(({ rule, count: found, inTheme }) => found + inTheme > 0 && !known.has(rule) && known.add(rule));
  return { state: 'done', status: typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600 ? status : null, findings };
}

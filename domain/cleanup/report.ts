import { csvLine } from '../csv.ts';

export const outcomes = ['replaced', 'would be replaced', 'seen', 'skipped', 'not known'] as const;

/** One line of a cleanup's report: a place in a text. */
export interface ReportRow {
  readonly original: string;
  /** What stands there now, or would; null where nothing was to change. */
  readonly replacement: string | null;
  readonly field: string;
  /** Counted from 1 in the field; null for a menu. */
  readonly line: number | null;
  readonly textId: string;
  readonly page: string;
  readonly pageUrl: string | null;
  readonly note: string;
  readonly outcome: (typeof outcomes)[number];
}

/** Where a site is read and written. */
export interface ReportSite {
  readonly name: string;
  /** Without a slash at its end. */
  readonly studioUrl: string;
  /** With a slash at its end; null while the site has no address. */
  readonly liveUrl: string | null;
}

export const reportHeader = csvLine(['original', 'replacement', 'field', 'line', 'site', 'item', 'page', 'outcome', 'note', 'studio_url', 'live_url']);

/** The line of a finding. */
export function reportLine(row: ReportRow, site: ReportSite): string {
  const live = site.liveUrl === null || row.pageUrl === null ? null : `${site.liveUrl}${row.pageUrl.replace(/^\//, '')}`;
  return csvLine([row.original, row.replacement ?? row.original, row.field, row.line, site.name, row.textId, row.page, row.outcome, row.note, `${site.studioUrl}/sites/${encodeURIComponent(site.name)}`, live]);
}

const PLAN = '.plan.json';

/** Keys of a cleanup in the build store. Parts are in the order of their names. */
export const cleanupKeys = {
  sites: (runId: string): string => `cleanups/${runId}/sites.json`,
  parts: (runId: string): string => `cleanups/${runId}/parts/`,
  /** What a part is going to do, written before it begins. */
  plan: (runId: string, at: { readonly site: number; readonly after: string | null }): string => `${partName(runId, at)}${PLAN}`,
  /** Where the lines of a part lie, by the key of its plan; null for any other key. */
  linesOfPlan: (key: string): string | null => (key.endsWith(PLAN) ? `${key.slice(0, -PLAN.length)}.csv` : null),
  /** What a part did: lines of the report. */
  lines: (runId: string, at: { readonly site: number; readonly after: string | null }): string => `${partName(runId, at)}.csv`,
} as const;

function partName(runId: string, at: { readonly site: number; readonly after: string | null }): string {
  return `cleanups/${runId}/parts/${String(at.site).padStart(6, '0')}-${at.after ?? '0'}`;
}

/** What a part is going to do, as it lies in the build store before it begins. */
export interface CleanupPart {
  readonly site: ReportSite;
  readonly items: readonly PlannedItem[];
  /** How many items were looked at. */
  readonly lookedAt: number;
  /** Id of the last item that was looked at, when more follow. */
  readonly after: string | null;
}

export interface PlannedItem {
  readonly textId: string;
  /** The revision that was read. */
  readonly revision: number;
  readonly isChanged: boolean;
  /** How many external resources it would be the first to name. */
  readonly creates: number;
  readonly rows: readonly ReportRow[];
}

/** The lines of a part whose worker stopped before it could say what it had done: the items' histories say it. */
export function plannedLines(planText: string): string {
  const part = JSON.parse(planText) as CleanupPart;
  return part.items.flatMap((item) => item.rows.map((row) => reportLine(row, part.site))).join('');
}

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

export const reportHeader = csvLine(['original', 'replacement', 'field', 'line', 'site', 'page', 'outcome', 'note', 'studio_url', 'live_url']);

/** The line of a finding. */
export function reportLine(row: ReportRow, site: ReportSite): string {
  const live = site.liveUrl === null || row.pageUrl === null ? null : `${site.liveUrl}${row.pageUrl.replace(/^\//, '')}`;
  return csvLine([row.original, row.replacement ?? row.original, row.field, row.line, site.name, row.page, row.outcome, row.note, `${site.studioUrl}/sites/${encodeURIComponent(site.name)}/content/${encodeURIComponent(row.textId)}`, live]);
}

/** Keys of a cleanup in the build store. Parts are in the order of their names. */
export const cleanupKeys = {
  sites: (runId: string): string => `cleanups/${runId}/sites.json`,
  parts: (runId: string): string => `cleanups/${runId}/parts/`,
  /** What a part is going to do, written before it begins. */
  plan: (runId: string, at: { readonly site: number; readonly after: string | null }): string => `${partName(runId, at)}.plan.json`,
  /** What a part did: lines of the report. */
  lines: (runId: string, at: { readonly site: number; readonly after: string | null }): string => `${partName(runId, at)}.csv`,
} as const;

function partName(runId: string, at: { readonly site: number; readonly after: string | null }): string {
  return `cleanups/${runId}/parts/${String(at.site).padStart(6, '0')}-${at.after ?? '0'}`;
}

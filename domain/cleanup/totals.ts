/** What a cleanup has counted. */
export interface CleanupTotals {
  /** Items that were looked at. */
  readonly items: number;
  /** Items that were changed, or would be. */
  readonly changed: number;
  /** Places that were replaced, or would be. */
  readonly replacements: number;
  /** Items somebody else saved at the same time, twice. */
  readonly skipped: number;
  /** External resources that were made, or would be. */
  readonly created: number;
  /** Lines of the report. */
  readonly rows: number;
}

export const noTotals: CleanupTotals = { items: 0, changed: 0, replacements: 0, skipped: 0, created: 0, rows: 0 };

export function addTotals(a: CleanupTotals, b: CleanupTotals): CleanupTotals {
  return { items: a.items + b.items, changed: a.changed + b.changed, replacements: a.replacements + b.replacements, skipped: a.skipped + b.skipped, created: a.created + b.created, rows: a.rows + b.rows };
}

import type { RunRow } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';

/** The address a run was frozen with; a run that was opened before addresses were frozen goes to the site's present one. */
export function frozenUrlPath(run: Pick<RunRow, 'frozen'> | undefined, site: Pick<SiteRow, 'urlPath'>): string | null {
  const frozen = run?.frozen['urlPath'];
  return frozen === undefined ? site.urlPath : typeof frozen === 'string' ? frozen : null;
}

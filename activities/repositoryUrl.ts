import type { SiteRow } from '#db/queries/sites.ts';

/** The address a site's repository is cloned from. */
export function repositoryUrl(config: { readonly gitCloneBaseUrl: string; readonly gitOrganization: string }, site: Pick<SiteRow, 'shortId'>): string {
  return `${config.gitCloneBaseUrl}/${config.gitOrganization}/${site.shortId}.git`;
}

/** Postgres says so when something is asked of an archived site that must not be; its detail is the site’s title. */
const ARCHIVED_SQLSTATE = 'OS001';

/** What somebody reads who wants something of a site that is put away. */
export function archivedFault(title: string): string {
  return `The site ‘${title}’ is archived: nothing of it can be published, edited or synced. A global admin can bring it back.`;
}

/** The sentence for an error of the database that refused something for an archived site; undefined for every other error. */
export function archivedFaultOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== ARCHIVED_SQLSTATE) return undefined;
  return archivedFault('detail' in error && typeof error.detail === 'string' ? error.detail : '');
}

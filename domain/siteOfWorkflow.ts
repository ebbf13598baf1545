/** Processes whose workflow ids name a site after the first slash. */
export const siteProcesses: ReadonlySet<string> = new Set([
  'backfill-drive-folder',
  'build-offline',
  'build-with-concourse',
  'change-site-url',
  'check-links',
  'create-drive-folders',
  'delete-content',
  'preview-site',
  'publish-site',
  'pull-content',
  'review-publish',
  'site-repo',
  'sync-drive-folder',
  'unpublish-site',
  'update-root-listing',
]);

/** The site a workflow works on, where its id names one. */
export function siteOfWorkflow(workflowId: string): string | undefined {
  const [process = '', site] = workflowId.split('/');
  return siteProcesses.has(process) ? site : undefined;
}

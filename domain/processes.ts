/**
 * The catalogue of long-running processes: what people read about them, and nothing that runs.
 * The API, the studio, the command line and the documentation take their words from here.
 */

export interface PhaseDefinition {
  /** Stable key, stored in `run_phases.phase`. */
  readonly id: string;
  /** What the step is called in a timeline. */
  readonly title: string;
  /** What is going on while it runs, as a sentence for an author. */
  readonly doing: string;
}

export interface ProcessDefinition {
  /** Kebab-case key: first part of the workflow id, name of the page under docs/processes. */
  readonly id: string;
  /** Name of the workflow function and of its files. */
  readonly workflow: string;
  readonly title: string;
  /** One sentence for people who see the process for the first time. */
  readonly summary: string;
  readonly phases: readonly PhaseDefinition[];
}

export const publishSiteProcess = {
  id: 'publish-site',
  workflow: 'publishSite',
  title: 'Publish',
  summary: 'Builds one site from its repository and puts what changed in front of readers.',
  phases: [
    { id: 'freeze', title: 'Freeze the content', doing: 'Taking a snapshot of every saved change.' },
    { id: 'commit', title: 'Commit to GitHub', doing: 'Writing the changes to the site’s repository and merging its branches.' },
    { id: 'build', title: 'Build with Hugo', doing: 'Building every page of the site with the shared themes.' },
    { id: 'plan', title: 'Compare with the site', doing: 'Finding out which files differ from what readers see now.' },
    { id: 'deploy', title: 'Deploy to S3', doing: 'Writing new files first, then pages, then removing what is gone.' },
    { id: 'record', title: 'Record', doing: 'Noting what was published, from which commit and by whom.' },
  ],
} as const satisfies ProcessDefinition;

export const syncContentProcess = {
  id: 'site-repo',
  workflow: 'syncContent',
  title: 'Repository',
  summary: 'The one writer of a site’s repository: commits what authors saved and merges its branches.',
  phases: [
    { id: 'repository', title: 'Create the repository', doing: 'Creating the site’s repository with its three branches, or completing it.' },
    { id: 'freeze', title: 'Freeze the content', doing: 'Taking a snapshot of every saved change.' },
    { id: 'commit', title: 'Commit to GitHub', doing: 'Writing the changes to the main branch.' },
    { id: 'orphans', title: 'Look for orphans', doing: 'Looking for files of the main branch that belong to no item.' },
  ],
} as const satisfies ProcessDefinition;

export const importSiteProcess = {
  id: 'import-site',
  workflow: 'importSite',
  title: 'Import',
  summary: 'Reads an existing content repository into the studio and into the site’s repository.',
  phases: [
    { id: 'read', title: 'Read the repository', doing: 'Reading every file and sorting content from the rest.' },
    { id: 'store', title: 'Store the content', doing: 'Writing the site and its content items to the studio.' },
    { id: 'repository', title: 'Create the repository', doing: 'Creating the site’s repository with the files as they are.' },
  ],
} as const satisfies ProcessDefinition;

export const changeSiteUrlProcess = {
  id: 'change-site-url',
  workflow: 'changeSiteUrl',
  title: 'Move',
  summary: 'Moves a published site to another address and leads readers on from the old one.',
  phases: [
    { id: 'check', title: 'Check the new place', doing: 'Making sure that the new address is free, and waiting for publishes of the site to end.' },
    { id: 'switch', title: 'Change the URL', doing: 'Giving the site its new address, and changing it where other sites name it.' },
    { id: 'draft', title: 'Publish the draft there', doing: 'Publishing the draft site at the new place.' },
    { id: 'live', title: 'Publish live there', doing: 'Publishing the live site at the new place. Readers still find the old one.' },
    { id: 'redirect', title: 'Lead readers on', doing: 'Writing redirect pages at the old place and removing the rest from it.' },
    { id: 'announce', title: 'Purge and tell', doing: 'Emptying the CDN’s caches of the site and telling the catalogues that list it.' },
    { id: 'record', title: 'Record', doing: 'Noting where the site is now, and what is left to do by hand.' },
  ],
} as const satisfies ProcessDefinition;

export const pullContentProcess = {
  id: 'pull-content',
  workflow: 'pullContent',
  title: 'Pull',
  summary: 'Takes what was changed in a site’s repository into the studio.',
  phases: [
    { id: 'fetch', title: 'Fetch the repository', doing: 'Reading the files of the commit.' },
    { id: 'compare', title: 'Compare with the studio', doing: 'Finding out what the commit has differently from the studio.' },
    { id: 'apply', title: 'Take the changes', doing: 'Changing one content item after the other, with its history.' },
    { id: 'record', title: 'Note the result', doing: 'Noting what main holds of each item now.' },
  ],
} as const satisfies ProcessDefinition;

export const syncStartersProcess = {
  id: 'sync-starters',
  workflow: 'syncStarters',
  title: 'Starters',
  summary: 'Reads the starter configurations from the projects repository.',
  phases: [{ id: 'read', title: 'Read the starters', doing: 'Reading and checking every starter configuration.' }],
} as const satisfies ProcessDefinition;

export const cleanupContentProcess = {
  id: 'cleanup-content',
  workflow: 'cleanupContent',
  title: 'Cleanup',
  summary: 'Applies one rule of cleaning to the texts of many sites, or only reports what it would change.',
  phases: [
    { id: 'plan', title: 'Choose the sites', doing: 'Listing the sites the rule is applied to.' },
    { id: 'clean', title: 'Go through the sites', doing: 'Reading every text of each site and saving what the rule changes.' },
  ],
} as const satisfies ProcessDefinition;

export const reconcileRunsProcess = {
  id: 'reconcile-runs',
  workflow: 'reconcileRuns',
  title: 'Reconcile',
  summary: 'Closes rows of runs whose execution is gone, so that no status is stuck.',
  phases: [],
} as const satisfies ProcessDefinition;

export const buildWithConcourseProcess = {
  id: 'build-with-concourse',
  workflow: 'buildWithConcourse',
  title: 'Build with Concourse',
  summary: 'Has Concourse build and deploy one version of a site, as a step of its publish.',
  phases: [],
} as const satisfies ProcessDefinition;

export const processes: readonly ProcessDefinition[] = [
  publishSiteProcess,
  syncContentProcess,
  importSiteProcess,
  pullContentProcess,
  changeSiteUrlProcess,
  syncStartersProcess,
  cleanupContentProcess,
  reconcileRunsProcess,
  buildWithConcourseProcess,
];

/** The definition of a process by its id, or undefined for an id of a newer version. */
export function processById(id: string): ProcessDefinition | undefined {
  return processes.find((process) => process.id === id);
}

export type RepositoryPhaseId = (typeof syncContentProcess.phases)[number]['id'];
export type PublishPhaseId = (typeof publishSiteProcess.phases)[number]['id'];
export type MovePhaseId = (typeof changeSiteUrlProcess.phases)[number]['id'];
export type ImportPhaseId = (typeof importSiteProcess.phases)[number]['id'];
export type PullPhaseId = (typeof pullContentProcess.phases)[number]['id'];

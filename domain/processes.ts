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
    { id: 'prepublish', title: 'Prepare', doing: 'Bringing up to date what other processes keep for the site, for a bounded time.' },
    { id: 'commit', title: 'Commit to GitHub', doing: 'Writing the changes to the site’s repository and merging its branches.' },
    { id: 'build', title: 'Build with Hugo', doing: 'Building every page of the site with the shared themes.' },
    { id: 'plan', title: 'Compare with the site', doing: 'Finding out which files differ from what readers see now.' },
    { id: 'deploy', title: 'Deploy to S3', doing: 'Writing new files first, then pages, then removing what is gone.' },
    { id: 'purge', title: 'Purge the CDN', doing: 'Taking the site’s old pages out of the CDN’s caches.' },
    { id: 'verify', title: 'Look at the site', doing: 'Fetching changed pages as readers do, until they are the new ones.' },
    { id: 'record', title: 'Record', doing: 'Noting what was published, from which commit and by whom.' },
  ],
} as const satisfies ProcessDefinition;

export const notifyLearnProcess = {
  id: 'notify-learn',
  workflow: 'notifyLearn',
  title: 'Notice to a catalogue',
  summary: 'Tells one catalogue that live courses changed, for up to a day.',
  phases: [],
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
    { id: 'archive', title: 'Archive the repository', doing: 'Closing the repository at GitHub to everybody who writes.' },
    { id: 'reopen', title: 'Open the repository again', doing: 'Letting the repository at GitHub be written again, and with it the site.' },
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

export const unpublishSiteProcess = {
  id: 'unpublish-site',
  workflow: 'unpublishSite',
  title: 'Unpublish',
  summary: 'Takes a live site away from readers, out of the lists and out of the catalogues; its content stays.',
  phases: [
    { id: 'check', title: 'Check what is out', doing: 'Noting what readers see of the site, and waiting for its live publish to end.' },
    { id: 'remove', title: 'Take the site away', doing: 'Removing every file of the live site, online and offline, in every theme.' },
    { id: 'purge', title: 'Empty the caches', doing: 'Emptying the CDN’s caches of the site.' },
    { id: 'unlist', title: 'Take it off the lists', doing: 'Removing the site from the lists of the root site, and telling the catalogues.' },
    { id: 'record', title: 'Record', doing: 'Noting that the site is offline, since when and by whom.' },
  ],
} as const satisfies ProcessDefinition;

export const updateRootListingProcess = {
  id: 'update-root-listing',
  workflow: 'updateRootListing',
  title: 'Listing',
  summary: 'Keeps what the root site lists of one site, without publishing the root site.',
  phases: [
    { id: 'list', title: 'Change the listing', doing: 'Writing the site’s title and metadata to its entry in the root site.' },
    { id: 'freeze', title: 'Freeze the root site', doing: 'Taking a snapshot of what the root site’s repository lacks.' },
    { id: 'commit', title: 'Commit to the root site', doing: 'Writing the entry to the root site’s repository and merging its branches.' },
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

export const reviewPublishProcess = {
  id: 'review-publish',
  workflow: 'reviewPublish',
  title: 'Review',
  summary: 'Builds a site without publishing it, shows what readers would find different, and publishes it once somebody lets it through.',
  phases: [
    { id: 'freeze', title: 'Freeze the content', doing: 'Taking a snapshot of every saved change.' },
    { id: 'commit', title: 'Commit to GitHub', doing: 'Writing the changes to the main branch. Nothing is merged yet.' },
    { id: 'build', title: 'Build with Hugo', doing: 'Building every page of the site with the shared themes.' },
    { id: 'plan', title: 'Compare with the site', doing: 'Finding out which files, pages and addresses differ from what readers see now.' },
    { id: 'decide', title: 'Wait for your decision', doing: 'Waiting until somebody publishes, schedules or rejects it.' },
    { id: 'merge', title: 'Merge the branches', doing: 'Merging the reviewed commit into the branches the site is built from.' },
    { id: 'publish', title: 'Publish what was reviewed', doing: 'Putting the reviewed build in front of readers.' },
  ],
} as const satisfies ProcessDefinition;

export const massPublishProcess = {
  id: 'mass-publish',
  workflow: 'massPublish',
  title: 'Mass publish',
  summary: 'Publishes one version of many sites, a few at a time, or takes such a publish back.',
  phases: [
    { id: 'choose', title: 'Choose the sites', doing: 'Listing the sites that are out in this version.' },
    { id: 'publish', title: 'Publish the sites', doing: 'Asking for one publish after the other, a few at a time.' },
  ],
} as const satisfies ProcessDefinition;

export const syncImportBucketProcess = {
  id: 'sync-import-bucket',
  workflow: 'syncImportBucket',
  title: 'Import sync',
  summary: 'Copies what is new in the import bucket into the storage bucket.',
  phases: [{ id: 'copy', title: 'Copy new files', doing: 'Comparing both buckets and copying what differs, inside the file store.' }],
} as const satisfies ProcessDefinition;

export const reconcileRunsProcess = {
  id: 'reconcile-runs',
  workflow: 'reconcileRuns',
  title: 'Reconcile',
  summary: 'Closes rows of runs whose execution is gone, so that no status is stuck.',
  phases: [],
} as const satisfies ProcessDefinition;

export const sendMailProcess = {
  id: 'send-mail',
  workflow: 'sendMail',
  title: 'Mail',
  summary: 'Hands one mail of the outbox to the mail service, once.',
  phases: [],
} as const satisfies ProcessDefinition;

export const buildThemeAssetsProcess = {
  id: 'build-theme-assets',
  workflow: 'buildThemeAssets',
  title: 'Theme assets',
  summary: 'Builds the scripts, styles and pictures of the themes and puts them before readers.',
  phases: [
    { id: 'build', title: 'Build the assets', doing: 'Running the themes’ own build command in a clean checkout.' },
    { id: 'upload', title: 'Write the files', doing: 'Writing new files to the web buckets; old ones stay.' },
    { id: 'manifest', title: 'Put the manifest', doing: 'Telling site builds which files to name.' },
    { id: 'announce', title: 'Purge', doing: 'Emptying the CDN’s caches of the assets.' },
  ],
} as const satisfies ProcessDefinition;

export const sweepBuildStoreProcess = {
  id: 'sweep-build-store',
  workflow: 'sweepBuildStore',
  title: 'Sweep',
  summary: 'Takes out of the build store what nobody needs any more.',
  phases: [],
} as const satisfies ProcessDefinition;

export const buildOfflineProcess = {
  id: 'build-offline',
  workflow: 'buildOffline',
  title: 'Offline',
  summary: 'Makes a published site readable without a network: two zips to download and a tree for mirror drives.',
  phases: [
    { id: 'gate', title: 'See what is wanted', doing: 'Reading which publish is out and whether the course may be downloaded.' },
    { id: 'build', title: 'Build the site', doing: 'Running Hugo on the same commit, once without videos and once with them.' },
    { id: 'zip', title: 'Write the zips', doing: 'Writing both zips from the file store straight to the web bucket.' },
    { id: 'deploy', title: 'Write the tree', doing: 'Putting the files that changed into the offline bucket, and removing what is gone.' },
    { id: 'purge', title: 'Purge', doing: 'Emptying the CDN’s caches of the site.' },
    { id: 'record', title: 'Record', doing: 'Noting what can be downloaded now.' },
  ],
} as const satisfies ProcessDefinition;

export const buildWithConcourseProcess = {
  id: 'build-with-concourse',
  workflow: 'buildWithConcourse',
  title: 'Build with Concourse',
  summary: 'Has Concourse build and deploy one version of a site, as a step of its publish.',
  phases: [],
} as const satisfies ProcessDefinition;

export const checkLinksProcess = {
  id: 'check-links',
  workflow: 'checkLinks',
  title: 'Link check',
  summary: 'Looks whether external links lead somewhere, and notes those that do not.',
  phases: [
    { id: 'collect', title: 'Take in the links', doing: 'Reading the addresses of all external resources.' },
    { id: 'check', title: 'Look at the links', doing: 'Asking each address whether something is there, each host once a second.' },
  ],
} as const satisfies ProcessDefinition;

export const archiveLinksProcess = {
  id: 'archive-links',
  workflow: 'archiveLinks',
  title: 'Archive of links',
  summary: 'Has external links captured by the Wayback Machine, as many a minute as it takes.',
  phases: [
    { id: 'queue', title: 'Queue the links', doing: 'Finding the links that have no copy that is new enough.' },
    { id: 'capture', title: 'Have them captured', doing: 'Asking the Wayback Machine for a copy of each, and what became of it.' },
  ],
} as const satisfies ProcessDefinition;

export const createDriveFoldersProcess = {
  id: 'create-drive-folders',
  workflow: 'createDriveFolders',
  title: 'Folders in Google Drive',
  summary: 'Makes the folders of a site in Google Drive, or finds those that are there.',
  phases: [
    { id: 'site', title: 'The site’s own folder', doing: 'Finding the site’s folder in Google Drive, or making it.' },
    { id: 'inner', title: 'The folders in it', doing: 'Making the folders for drafts, for finished files and for finished videos.' },
  ],
} as const satisfies ProcessDefinition;

export const ingestDriveFileProcess = {
  id: 'ingest-drive-file',
  workflow: 'ingestDriveFile',
  title: 'File from Google Drive',
  summary: 'Brings one file over from Google Drive and makes a resource of it, or changes the one it has.',
  phases: [
    { id: 'bytes', title: 'Copy the file', doing: 'Streaming the file into the file store, and checking that it came whole.' },
    { id: 'resource', title: 'Make its resource', doing: 'Making a resource of the file, or changing the one it has.' },
  ],
} as const satisfies ProcessDefinition;

export const ingestVideoProcess = {
  id: 'ingest-video',
  workflow: 'ingestVideo',
  title: 'Video',
  summary: 'Makes of one video file a film on YouTube with captions, and a small one to download.',
  phases: [
    { id: 'transcode', title: 'Transcode', doing: 'Having MediaConvert make the forms in which the video is watched and downloaded.' },
    { id: 'download', title: 'Place the download', doing: 'Putting the small form beside the site’s files, and naming it in the resource.' },
    { id: 'upload', title: 'Upload to YouTube', doing: 'Sending the video to YouTube, where nobody finds it yet who does not know its address.' },
    { id: 'process', title: 'Let YouTube process it', doing: 'Waiting until YouTube can show the video.' },
    { id: 'captions', title: 'Captions', doing: 'Taking the captions that were supplied, or having them written.' },
    { id: 'done', title: 'Finish', doing: 'Noting what the site has of the video.' },
  ],
} as const satisfies ProcessDefinition;

export const backfillDriveFolderProcess = {
  id: 'backfill-drive-folder',
  workflow: 'backfillDriveFolder',
  title: 'Files into Google Drive',
  summary: 'Puts files that are in the file store and not in Google Drive into a site’s folder there.',
  phases: [
    { id: 'folders', title: 'Find the folders', doing: 'Finding the site’s folders in Google Drive, or making them.' },
    { id: 'put', title: 'Put files there', doing: 'Sending every file that Google Drive lacks, but for videos.' },
  ],
} as const satisfies ProcessDefinition;

export const watchDriveProcess = {
  id: 'watch-drive',
  workflow: 'watchDrive',
  title: 'Watch over Google Drive',
  summary: 'Looks what changed in the shared drive, and has the sites it concerns synced.',
  phases: [],
} as const satisfies ProcessDefinition;

export const syncDriveFolderProcess = {
  id: 'sync-drive-folder',
  workflow: 'syncDriveFolder',
  title: 'Sync with Google Drive',
  summary: 'Brings new and changed files over from a site’s folders in Google Drive, and says what became of each.',
  phases: [
    { id: 'folders', title: 'Find the folders', doing: 'Finding the site’s folders in Google Drive, or making them.' },
    { id: 'list', title: 'See what is there', doing: 'Reading both folders to their ends, with all that lie in them.' },
    { id: 'files', title: 'Bring files over', doing: 'Copying files that are new or changed, and making resources of them.' },
    { id: 'remove', title: 'Remove what is gone', doing: 'Removing what is gone from Google Drive, unless something still names it. When that is a lot, a person has to say so.' },
  ],
} as const satisfies ProcessDefinition;

export const deleteContentProcess = {
  id: 'delete-content',
  workflow: 'deleteContent',
  title: 'Deletion',
  summary: 'Takes resources away together with their files after a time of grace, or brings them back.',
  phases: [
    { id: 'restore', title: 'Bring back', doing: 'Taking files out of the trash and resources back into the studio, where a deletion was undone.' },
    { id: 'check', title: 'Look into Drive', doing: 'Looking whether files that were gone are back in their folder.' },
    { id: 'items', title: 'Take out of the studio', doing: 'Deleting the resources that nothing names.' },
    { id: 'files', title: 'Take the files away', doing: 'Moving files to the trash of Google Drive and hiding them in the file store.' },
  ],
} as const satisfies ProcessDefinition;

export const captionVideoProcess = {
  id: 'caption-video',
  workflow: 'captionVideo',
  title: 'Captions of a video',
  summary: 'Gets captions for a video that is on YouTube: those of the site’s own, or an order at 3Play Media.',
  phases: [],
} as const satisfies ProcessDefinition;

export const refreshCaptionsProcess = {
  id: 'refresh-captions',
  workflow: 'refreshCaptions',
  title: 'Corrected captions',
  summary: 'Fetches captions that somebody corrected at 3Play Media, and hands them on.',
  phases: [],
} as const satisfies ProcessDefinition;

export const youtubeQuotaProcess = {
  id: 'youtube-quota',
  workflow: 'youtubeQuota',
  title: 'YouTube’s quota',
  summary: 'Gives out what YouTube lets the studio do in a day.',
  phases: [],
} as const satisfies ProcessDefinition;

export const uploadToYouTubeProcess = {
  id: 'upload-to-youtube',
  workflow: 'uploadToYouTube',
  title: 'Upload to YouTube',
  summary: 'Brings one video to YouTube and waits until YouTube has worked on it.',
  phases: [],
} as const satisfies ProcessDefinition;

export const updateYouTubeProcess = {
  id: 'update-youtube',
  workflow: 'updateYouTube',
  title: 'Videos on YouTube',
  summary: 'Gives a site’s videos on YouTube the titles, descriptions, captions and privacy of what was published.',
  phases: [{ id: 'videos', title: 'Tell YouTube', doing: 'Sending YouTube what it does not show yet of the site’s videos.' }],
} as const satisfies ProcessDefinition;

export const adoptYouTubeVideoProcess = {
  id: 'adopt-youtube-video',
  workflow: 'adoptYouTubeVideo',
  title: 'A video from YouTube',
  summary: 'Brings to a resource what is known of the video on YouTube that an author named by its id.',
  phases: [
    { id: 'look', title: 'Look at YouTube', doing: 'Reading the video’s title and length, and whether readers can watch it.' },
    { id: 'captions', title: 'Captions', doing: 'Looking whether 3Play Media has captions of it already, and bringing those into the site. None are ordered.' },
    { id: 'measure', title: 'Measure the download', doing: 'Asking the archive how large the file is that readers may download.' },
  ],
} as const satisfies ProcessDefinition;

/** It has no run that people see: it is a window that stands open, not something that is done. */
export const previewSiteProcess = {
  id: 'preview-site',
  workflow: 'previewSite',
  title: 'Preview',
  summary: 'Shows a site in its real theme while people write, with what they have not saved.',
  phases: [],
} as const satisfies ProcessDefinition;

export const processes: readonly ProcessDefinition[] = [
  publishSiteProcess,
  notifyLearnProcess,
  syncContentProcess,
  importSiteProcess,
  pullContentProcess,
  changeSiteUrlProcess,
  unpublishSiteProcess,
  updateRootListingProcess,
  syncStartersProcess,
  cleanupContentProcess,
  reviewPublishProcess,
  massPublishProcess,
  syncImportBucketProcess,
  reconcileRunsProcess,
  sendMailProcess,
  buildThemeAssetsProcess,
  sweepBuildStoreProcess,
  buildOfflineProcess,
  buildWithConcourseProcess,
  checkLinksProcess,
  archiveLinksProcess,
  createDriveFoldersProcess,
  ingestDriveFileProcess,
  ingestVideoProcess,
  syncDriveFolderProcess,
  watchDriveProcess,
  backfillDriveFolderProcess,
  deleteContentProcess,
  captionVideoProcess,
  refreshCaptionsProcess,
  youtubeQuotaProcess,
  uploadToYouTubeProcess,
  updateYouTubeProcess,
  adoptYouTubeVideoProcess,
  previewSiteProcess,
];

/** The definition of a process by its id, or undefined for an id of a newer version. */
export function processById(id: string): ProcessDefinition | undefined {
  return processes.find((process) => process.id === id);
}

export type RepositoryPhaseId = (typeof syncContentProcess.phases)[number]['id'];
export type PublishPhaseId = (typeof publishSiteProcess.phases)[number]['id'];
export type MovePhaseId = (typeof changeSiteUrlProcess.phases)[number]['id'];
export type UnpublishPhaseId = (typeof unpublishSiteProcess.phases)[number]['id'];
export type ImportPhaseId = (typeof importSiteProcess.phases)[number]['id'];
export type PullPhaseId = (typeof pullContentProcess.phases)[number]['id'];
export type ReviewPhaseId = (typeof reviewPublishProcess.phases)[number]['id'];
export type OfflinePhaseId = (typeof buildOfflineProcess.phases)[number]['id'];

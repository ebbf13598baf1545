/** Of pages/AdminFrame.svelte. */
export const adminFrame = {
  administration: 'Administration',
};

/** Of features/system/ImportSync.svelte. */
export const importSync = {
  importBucket: 'Import bucket',
  whatOtherSystemsPutInto: 'What other systems put into the import bucket is copied into storage, where sites find their files. Only what is new or differs is copied, and nothing is removed.',
  openThisCopy: 'Open this copy',
  itWasNeverCopied: 'It was never copied.',
  copyImportBucketNow: 'Copy the import bucket now',
};

/** Of features/system/InstallationPanel.svelte. */
export const installationPanel = {
  thisStudioActsOnOutsideWorld: 'This studio acts on the outside world',
  itPushesToGithub: (installation: string) => `It pushes to GitHub and publishes to the buckets. The database belongs to the installation ‘${installation}’.`,
  outwardEffectsAreOff: 'Outward effects are off',
  thisDatabaseBelongs: (installation: string) => `This database belongs to the installation ‘${installation}’, which is not the name this studio runs under. It is probably a copy, so nothing is pushed or published from here.`,
  fromThenOnThisStudio: 'From then on this studio pushes and publishes. If the other installation still runs, both write to the same places.',
  adoptItNow: 'Adopt it now',
  adoptThisInstallation: 'Adopt this installation',
};

/** Of features/system/QuotaPanel.svelte. */
export const quotaPanel = {
  quotasAndSpending: 'Quotas and spending',
  captionsTodayUtc: 'Captions today (UTC)',
  usedOfWhatMay: 'Used of what may be spent on captions today',
  youtube: (bucketName: string) => `YouTube: ${bucketName}`,
  ofYoutubeUsed: (bucketName: string) => `${bucketName} of YouTube, used`,
  youtubeIsNotSetUpHere: 'YouTube is not set up here.',
  nothingWasAskedOfYoutube: 'Nothing was asked of YouTube today.',
  decideAboutOrdersAndSee: 'Decide about orders, and see what waits',
};

/** Of pages/SystemPage.svelte. */
export const systemPage = {
  lookAgain: 'Look again',
  installation: 'Installation',
  health: 'Health',
  well: 'Well',
  away: 'Away',
  places: 'Places',
  version: 'Version',
  staging: 'Staging',
  production: 'Production',
  temporal: 'Temporal',
  api: 'API',
  openapiDocument: 'OpenAPI document',
  stateOfSystem: 'the state of the system',
};

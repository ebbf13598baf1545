/** Of features/palette/knownEntries.ts. */
export const knownEntries = {
  homeOfSite: 'Home of the site',
  publishStagingProduction: 'publish staging production changes warnings',
  googleDrive: 'Google Drive',
  filesSyncFolder: 'files sync folder',
  videos: 'Videos',
  captionsYoutube: 'captions youtube',
  links: 'Links',
  brokenArchiveWayback: 'broken archive wayback',
  deletions: 'Deletions',
  undoRestore: 'undo restore',
  peopleOfSite: 'People of the site',
  collaboratorsRolesInvite: 'collaborators roles invite editors admins',
  history: 'History',
  auditLogWhoDid: 'audit log who did',
  settings: 'Settings',
  starterArchiveShortId: 'starter archive short id',
  createSite: 'Create a site',
  newSite: 'new site',
  administration: 'Administration',
};

/** Of features/palette/Palette.svelte. */
export const palette = {
  groupNames: { recent: 'Recent', page: 'On this page', site: 'This site', content: 'Content', sites: 'Sites', studio: 'Studio' },
  goToOrDo: 'Go to or do',
  goToSitePage: 'Go to a site, a page or an item, or do something here',
  goToSiteOrPage: 'Go to a site or a page …',
  goToSitePageOrItem: 'Go to a site, a page or an item …',
  whatFits: 'What fits',
  sitesCannotBeSearchedNow: (message: string) => `The sites cannot be searched now: ${message}`,
  contentCannotBeSearchedNow: (message: string) => `The content cannot be searched now: ${message}`,
  searching: 'Searching …',
  nothingFits: 'Nothing fits. Try a part of a title, a short id or the name of a page.',
  result: '1 result',
  results: (entries: number) => `${entries} results`,
};

/** Of features/offline/OfflineCard.svelte. */
export const offlineCard = {
  downloadsOf: (placeOf: string, message: string) => `Downloads of ${placeOf}: ${message}`,
  offline: 'Offline',
  treeForMirrorDrivesBuilt: 'The tree for mirror drives, built after each publish.',
  downloadsAndTreeForMirror: 'Downloads and the tree for mirror drives, built after each publish. They delay none.',
  tree: 'Tree',
  built: 'Built',
  buildNow: 'Build now',
  buildAgain: 'Build again',
  forPlaceOf: (placeOf: string) => `for ${placeOf}`,
  runningNow: 'Running now',
  lastRun: 'Last run',
  ofPlaceOf: (placeOf: string) => `of ${placeOf}`,
};

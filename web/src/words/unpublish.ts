import { count } from '../lib/numbers.ts';

/** Of features/unpublish/UnpublishCard.svelte. */
export const unpublishCard = {
  placeOfAnotherSiteRefersToIt: '1 place of another site refers to it',
  placesOfOtherSitesReferToIt: (dependencies: number) => `${count(dependencies)} places of other sites refer to it`,
  textMentionsItsAddress: '1 text mentions its address',
  textsMentionItsAddress: (mentions: number) => `${count(mentions)} texts mention its address`,
  unpublish: (message: string) => `Unpublish: ${message}`,
  unpublishHeading: 'Unpublish',
  unpublished: 'Unpublished',
  readersListsAndCataloguesDo: (by: string | null) => `${by === null ? '' : ` by ${by}`}. Readers, lists and catalogues do not have it any more. Publish to Production to bring it back, at the same address.`,
  itIsBeingTakenOffline: 'It is being taken offline',
  itCouldNotBeTakenOffline: 'It could not be taken offline',
  stepsOfTakingSiteOffline: 'Steps of taking the site offline',
  leftToDo: 'Left to do',
  thingsLeftToDo: (warnings: number) => `${count(warnings)} things left to do`,
  openRunThatDidIt: 'Open the run that did it',
  takesLiveSiteAway: 'Takes the live site away from readers, out of the lists of the root site and out of the catalogues. The content, the draft and the address stay.',
  looking: 'Looking …',
  unpublishAsk: 'Unpublish …',
  inSite: (site: string, field: string) => `in ${site}, ${field}`,
  andMore: (places: number) => `and ${count(places)} more`,
  noOtherSiteNamesIt: 'No other site names it.',
  typeToTakeAwayFromReaders: { before: 'Type', between: 'to take', after: 'away from readers' },
  unpublishNow: 'Unpublish now',
  keepIt: 'Keep it',
};

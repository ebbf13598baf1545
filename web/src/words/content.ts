import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of features/content/AltTextAsk.svelte. */
export const altTextAsk = {
  sayWhatPictureShows: 'Say what the picture shows',
  readersWhoCannotSee: 'Readers who cannot see it hear these words instead. A sentence will do.',
  write: (label: string) => `Write the ${label}`,
};

/** Of features/content/ContentForm.svelte. */
export const contentForm = {
  starterGivesItNoFields: 'The starter gives it no fields to write in.',
};

/** Of pages/ContentListPage.svelte. */
export const contentListPage = {
  allTypes: 'All types',
  images: 'Images',
  videos: 'Videos',
  documents: 'Documents',
  other: 'Other',
  all: 'All',
  drafts: 'Drafts',
  noDrafts: 'No drafts',
  deleted: 'Deleted',
  goToNextRow: 'Go to the next row',
  goToRowBefore: 'Go to the row before',
  add: (singular: string) => `Add ${singular}`,
  isBack: (title: string) => `‘${title}’ is back`,
  items: (total: number) => counted(total, 'item'),
  found: ' found',
  searchByTitleOrFile: (label: string) => `Search ${label} by title or file`,
  searchByTitleOrFileText: 'Search by title or file',
  type: 'Type',
  state: 'State',
  order: 'Order',
  lastChange: 'Last change',
  title: 'Title',
  isDeleted: (title: string) => `‘${title}’ is deleted`,
  readersLoseItWithNextPublish: 'Readers lose it with the next publish.',
  inList: (label: string) => `${label} in the list`,
  nothingIsDeletedHere: 'Nothing is deleted here',
  whatIsDeletedStays: 'What is deleted stays in this list, and can be brought back from it.',
  nothingFits: 'Nothing fits',
  noItemMatches: (search: string, group: string, shownState: string) => `No item matches${search}${group === '' && shownState === '' ? '' : ' with these filters'}.`,
  showAll: (label: string) => `Show all ${label}`,
  thereIsNothingHereYet: 'There is nothing here yet',
  eachItemBecomesFile: {
    before: 'Each item becomes a file in',
    after: 'of the site’s repository, and is committed by itself soon after you save it.',
  },
  addFirst: (singular: string) => `Add the first ${singular}`,
};

/** Of pages/ContentPage.svelte. */
export const contentPage = {
  starterOfThisSite: (name: string) => `The starter of this site has no kind of content named ‘${name}’.`,
  section: 'section',
  nothingIsWrittenHereYet: 'Nothing is written here yet. The first save makes',
  site: 'site',
  content: 'Content',
  theContent: 'the content',
};

/** Of features/content/DeleteItem.svelte. */
export const deleteItem = {
  whyCannotBeDeleted: (name: string) => `Why ${name} cannot be deleted`,
  cannotBeDeleted: (name: string) => `‘${name}’ cannot be deleted`,
  onePlaceNamesIt: 'One place names it. Take it out there first:',
  placesNameIt: (namedBy: string) => `${namedBy} places name it. Take it out there first:`,
  youMayNotDeleteIt: 'You may not delete it: an editor may delete only what they added themselves, and deleting can be switched off for the whole studio. Ask an owner or admin of the site.',
  deleteReadersLose: (name: string) => `Delete ‘${name}’? Readers lose it with the next publish; it can be brought back.`,
  deleteIt: 'Delete it',
  delete: 'Delete …',
};

/** Of features/content/FieldGroup.svelte. */
export const fieldGroup = {
  oneFieldToMend: (faults: number) => `– ${faults === 1 ? 'one field' : `${faults} fields`} to mend`,
};

/** Of features/content/FieldRow.svelte. */
export const fieldRow = {
  required: 'required',
};

/** Of features/content/ItemAsRead.svelte. */
export const itemAsRead = {
  itCannotBeEdited: 'It cannot be edited',
  text: 'Text',
  fields: 'Fields',
};

/** Of features/content/ItemAside.svelte. */
export const itemAside = {
  aboutThisItem: 'About this item',
  about: 'About',
  addressInSite: 'Address in the site',
  fileInRepository: 'File in the repository',
  uploadedFile: 'Uploaded file',
  textId: 'Text id',
  namedBy: 'Named by',
  nothingNamesIt: 'Nothing names it.',
};

/** Of features/content/ItemEditor.svelte. */
export const itemEditor = {
  fileIsOnItsWay: 'A file is on its way',
  notSavedYet: 'Not saved yet',
  nothingWrittenYet: 'Nothing written yet',
  everythingIsSaved: 'Everything is saved',
  fileIsStillOnItsWay: 'A file is still on its way. Save when it is there.',
  savedAsRevision: (revision: number) => `Saved as revision ${revision}`,
  thisAddressHasItemAlready: 'This address has an item already',
  nothingWasAdded: 'Nothing was added. Use the one that is there:',
  itIsDeletedSo: 'It is deleted, so it can be read only.',
  youMayRead: 'You may read this, and not change it. Ask an owner or admin of the site.',
  placeHasChanged: 'The place has changed',
  understood: 'Understood',
  alsoMakePagesAddressFollow: 'Also make the page’s address follow its new title. The old one leads readers on.',
  pagesAddressFollowsItsNew: 'The page’s address follows its new title.',
  add: (singular: string) => `Add ${singular}`,
  save: 'Save',
};

/** Of pages/ItemPage.svelte. */
export const itemPage = {
  itIsBack: 'It is back',
  itIsDeleted: 'It is deleted',
  savedByRevisionHistory: {
    before: 'Saved',
    between: (name: string | null | undefined, revision: number) => `by ${name ?? 'the studio'}, revision ${revision} (`,
    link: 'History',
  },
  deletedReadersLose: { before: 'Deleted', after: '. Readers lose it with the next publish.' },
  bringItBack: 'Bring it back',
  starterHasNoKind: (type: string) => `The starter has no kind of content named ‘${type}’ any more, so it can only be read or deleted.`,
  item: 'item',
  itemTitle: 'Item',
  theItem: 'the item',
};

/** Of features/content/itemPlaces.ts. */
export const itemPlaces = {
  youWereLed: (field: string) => `You were led to ‘${field}’, which is no field of this form any more. What is there now is below.`,
  youWereLedOfLabel: (label: string) => `You were led to ‘${label}’, which this form does not ask for just now: another field decides whether it is needed.`,
  youWereLedToLine: (line: number, label: string, lines: number) => `You were led to line ${line} of ‘${label}’, which ${lines === 0 ? 'is empty' : `has only ${counted(lines, 'line')}`} now: it was changed since.${lines === 0 ? '' : ' The cursor is at its last line.'}`,
};

/** Of features/content/ItemRow.svelte. */
export const itemRow = {
  draft: 'Draft',
  inPlaces: (referencedBy: number) => `in ${counted(referencedBy, 'place')}`,
  deleted: 'deleted',
  byName: (name: string) => `by ${name}`,
  bringBack: 'Bring back',
};

/** Of features/content/ItemRowToCome.svelte. */
export const itemRowToCome = {
  isOnItsWay: (number: number) => `Item ${count(number)} …`,
  couldNotBeRead: (number: number) => `Item ${count(number)} could not be read`,
};

/** Of features/content/NamedBy.svelte. */
export const namedBy = {
  itsText: 'its text',
  whatAndWhere: (type: string, isOfThisSite: boolean, site: string, where: string) => `(${type}${isOfThisSite ? '' : ` of ${site}`}, in ${where})`,
  andMore: (referrers: string) => `and ${referrers} more`,
};

/** Of pages/NewItemPage.svelte. */
export const newItemPage = {
  starterOfThisSite: (name: string) => `The starter of this site has no kind of content named ‘${name}’.`,
  section: 'section',
  new: (singular: string) => `New ${singular}`,
  site: 'site',
  newItem: 'New item',
  form: 'the form',
};

/** Of features/content/OtherFields.svelte. */
export const otherFields = {
  otherFields: 'Other fields',
  starterDoesNotMentionThese: 'The starter does not mention these. They stay in the file as they are.',
};

/** Of features/content/ProblemSummary.svelte. */
export const problemSummary = {
  nothingWasSaved: (problems: number) => `Nothing was saved: ${counted(problems, 'thing is', 'things are')} to be mended first`,
};

/** Of features/content/SectionNav.svelte. */
export const sectionNav = {
  contentOfSite: 'Content of the site',
};

/** Of features/content/upload.ts. */
export const upload = {
  fileCannotBeReadAnyMore: 'The file cannot be read any more. It may have been moved or changed since it was chosen: choose it again.',
  storageDidNotTakeFile: (status: number) => `The storage did not take the file (${status}). Try again; if it stays like this, tell an admin of the studio.`,
  connectionBrokeOffWhileFile: 'The connection broke off while the file was sent, or the storage does not take files from this page. Check your connection, then try again.',
  uploadWasCancelled: 'The upload was cancelled',
};

/** Of features/content/uploadTask.svelte.ts. */
export const uploadTask = {
  wasUploaded: (name: string) => `${name} was uploaded`,
  percentOfSent: (reached: number, name: string | null | undefined) => `${reached} percent of ${name ?? 'the file'} sent`,
};

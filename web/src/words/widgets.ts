import { counted } from '#domain/counted.ts';

/** Of features/content/widgets/BooleanWidget.svelte. */
export const booleanWidget = {
  notAnsweredYetWhichCounts: 'Not answered yet, which counts as No.',
};

/** Of features/content/widgets/ChosenLine.svelte. */
export const chosenLine = {
  remove: (label: string) => `Remove ‘${label}’`,
};

/** Of features/content/widgets/FileWidget.svelte. */
export const fileWidget = {
  stepWords: { reading: 'Reading', sending: 'Sending', checking: 'Having it looked at' },
  filesSuchAsCannotBeUploaded: (name: string, sort: string) => `Files such as ‘${name}’ cannot be uploaded. These can: ${sort}.`,
  fileIsTakenOut: 'The file is taken out. It is gone from the item when you save.',
  pictureIn: (name: string) => `The picture in ${name}`,
  isUploadedAndBecomesItems: 'is uploaded, and becomes the item’s when you save.',
  file: 'the file',
  progress: (stepWord: string, name: string, percent: number, sent: string, whole: string) => `${stepWord} ${name}: ${percent} %, ${sent} of ${whole}`,
  cancelUpload: 'Cancel the upload',
  sendAgain: (name: string) => `Send ${name} again`,
  chooseFile: 'Choose a file',
  replaceFile: 'Replace the file',
  orDropItHereOrPastePicture: 'or drop it here, or paste a picture',
  takeFileOut: 'Take the file out',
  noFile: 'No file',
};

/** Of features/content/widgets/HeldValue.svelte. */
export const heldValue = {
  fileHoldsHere: { before: 'The file holds', after: 'here, which this field does not expect. It stays as it is until you change it.' },
};

/** Of features/content/widgets/HierarchicalSelectWidget.svelte. */
export const hierarchicalSelectWidget = {
  isChosenAlready: (pathText: string) => `‘${pathText}’ is chosen already.`,
  noMoreEntriesFit: 'No more entries fit. Remove one to add another.',
  isChosen: (pathText: string) => `‘${pathText}’ is chosen.`,
  chooseFirst: (label: string) => `Choose ‘${label}’ first.`,
  isRemoved: (text: string) => `‘${text}’ is removed.`,
  chosen: 'Chosen',
  starterDoesNotOffer: 'The starter does not offer this any more; it is kept.',
  searchAllOfThem: 'Search all of them',
  none: 'None',
  choose: 'Choose',
  add: 'Add',
};

/** Of features/content/widgets/menuMoves.ts. */
export const menuMoves = {
  place: (at: number, siblings: number) => `${at} of ${siblings}`,
  atTop: (place: string) => `${place} at the top`,
  under: (place: string, name: string) => `${place} under ‘${name}’`,
};

/** Of features/content/widgets/MenuWidget.svelte. */
export const menuWidget = {
  menuHasItAlready: 'The menu has it already.',
  isAddedAtEndOfMenu: (name: string) => `‘${name}’ is added at the end of the menu.`,
  menuHasThisAddressAlready: 'The menu has this address already.',
  itLeadsNowhere: 'It leads nowhere: nothing has its identifier.',
  isNowCalled: (before: string, now: string) => `‘${before}’ is now called ‘${now}’.`,
  isRemoved: (name: string) => `‘${name}’ is removed.`,
  isRemovedOfName: (name: string, children: number) => `‘${name}’ is removed, and with it the ${children === 1 ? 'item' : `${children} items`} under it.`,
  isBack: (name: string) => `‘${name}’ is back.`,
  menuIsEmpty: 'The menu is empty. Add a page or a resource below; then put items in order, or one under another.',
  itemsOfMenu: 'Items of the menu',
  nameOfItem: 'Name of the item',
  rename: 'Rename',
  under: (name: string) => `Under ‘${name}’:`,
  renameOfName: (name: string) => `Rename ‘${name}’`,
  bringItBack: 'Bring it back',
  findPageOrResourceToAdd: 'Find a page or a resource to add',
};

/** Of features/content/widgets/moved.ts. */
export const moved = {
  place: (at: number, total: number) => `${at} of ${total}`,
};

/** Of features/content/widgets/OutsideAddress.svelte. */
export const outsideAddress = {
  giveItemName: 'Give the item a name.',
  outsideAddress: 'An outside address',
  address: 'Address',
  nameInMenu: 'Name in the menu',
  adding: 'Adding …',
  addIt: 'Add it',
  addOutsideAddress: 'Add an outside address',
};

/** Of features/content/widgets/outsideAddress.ts. */
export const outsideAddressLogic = {
  typeAddressFirstSuch: 'Type the address first, such as https://example.org/page.',
  thisIsNoWholeAddress: 'This is no whole address. It begins with https:// or http://.',
  addressBeginsWithHttpsOrHttp: 'An address begins with https:// or http://.',
};

/** Of features/content/widgets/relationValue.ts. */
export const relationValue = {
  entry: '1 entry',
  entries: (number: string) => `${number} entries`,
  chooseExactly: (entries: string, chosenIn: string) => `Choose exactly ${entries}. ${chosenIn}`,
  chooseTo: (least: number, entries: string, chosenIn: string) => `Choose ${least} to ${entries}. ${chosenIn}`,
  chooseAtLeast: (entries: string, chosenIn: string) => `Choose at least ${entries}. ${chosenIn}`,
  chooseAtMost: (entries: string, chosenIn: string) => `Choose at most ${entries}. ${chosenIn}`,
  noneIsChosenYet: 'None is chosen yet.',
  isChosen: '1 is chosen.',
  areChosen: (number: string) => `${number} are chosen.`,
};

/** Of features/content/widgets/RelationWidget.svelte. */
export const relationWidget = {
  isChosenAlready: (title: string) => `‘${title}’ is chosen already.`,
  noMoreEntriesFit: 'No more entries fit. Remove one to choose another.',
  isChosen: (title: string) => `‘${title}’ is chosen.`,
  isRemoved: (label: string) => `‘${label}’ is removed.`,
  chosen: 'Chosen',
  fileWithoutItemOfItsOwn: 'A file without an item of its own; it is kept.',
  findSiteFirstAmongThose: 'Find the site first, among those that are published',
  from: 'From',
  chooseAnotherSite: 'Choose another site',
  findEntryToChoose: 'Find an entry to choose',
  findAnotherEntry: 'Find another entry',
};

/** Of features/content/widgets/SearchedChoice.svelte. */
export const searchedChoice = {
  takenOut: (label: string, isMany: boolean, wasChosen: boolean) => `${label} ${isMany && wasChosen ? 'taken out' : 'chosen'}`,
  takenOutOfLabel: (label: string) => `${label} taken out`,
  takeOut: (label: string) => `Take out ${label}`,
  searchAndChooseAnyNumber: 'Search, and choose any number',
  searchToChooseAnother: 'Search to choose another',
  search: 'Search',
  nothingHereHasInItsName: (typed: string) => `Nothing here has ‘${typed}’ in its name.`,
  choices: (fitting: number) => counted(fitting, 'choice'),
};

/** Of features/content/widgets/SelectWidget.svelte. */
export const selectWidget = {
  noLongerOption: (value: string) => `${value} (no longer an option)`,
  chooseTo: (min: number, max: number) => `Choose ${min} to ${max}.`,
  chooseAtMost: (max: number) => `Choose at most ${max}.`,
  chooseAtLeast: (min: number) => `Choose at least ${min}.`,
  chooseOne: 'Choose one',
  none: 'None',
};

/** Of features/content/widgets/TitlesProblem.svelte. */
export const titlesProblem = {
  titlesCouldNotBeLoaded: 'The titles could not be loaded.',
  whatIsChosenStaysAsItIs: (message: string) => `What is chosen stays as it is. ${message}`,
};

/** Of features/content/widgets/WebsiteCollectionWidget.svelte. */
export const websiteCollectionWidget = {
  isChosenAlready: (title: string) => `‘${title}’ is chosen already.`,
  isChosen: (title: string) => `‘${title}’ is chosen.`,
  isRemoved: (label: string) => `‘${label}’ is removed.`,
  chosenSites: 'Chosen sites',
  readersDoNotSeeThisSite: 'Readers do not see this site: it is not published, or not there.',
  findPublishedSite: 'Find a published site',
};

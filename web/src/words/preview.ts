import { counted } from '#domain/counted.ts';

/** Of features/preview/PageCheckPanel.svelte. */
export const pageCheckPanel = {
  line: (label: string, line: number) => `${label}, line ${line}`,
  checkThisPageForReaders: 'Check this page for readers',
  checkItAgain: 'Check it again',
  lookingAtPageAsSomebody: 'Looking at the page as somebody who cannot see or use a mouse would …',
  pageHasChangedSince: 'The page has changed since.',
  whatCheckFound: 'What the check found',
  places: (number: number) => counted(number, 'place'),
  firstAreNamed: (named: number) => `The first ${named} are named. The others come up as these are mended.`,
  whatTextTells: 'What the text tells',
  youWentOnToAnother: 'You went on to another page, so these places are not led to.',
};

/** Of features/preview/PreviewFrames.svelte. */
export const previewFrames = {
  loading: (title: string) => `${title}, loading`,
};

/** Of features/preview/PreviewPane.svelte. */
export const previewPane = {
  laptop: 'Laptop',
  phone: 'Phone',
  preview: 'Preview',
  widthOfPreview: 'Width of the preview',
  goOn: 'Go on',
  pause: 'Pause',
  openInNewTab: 'Open in a new tab',
  previewCannotBeShown: 'The preview cannot be shown',
  previewHasEnded: 'The preview has ended',
  showItAgain: 'Show it again',
  thereIsNothingToShowYet: 'There is nothing to show yet',
  lastChangeIsNotShownYet: 'The last change is not shown yet',
  previewOfPage: 'Preview of the page',
};

/** Of features/preview/PreviewSplit.svelte. */
export const previewSplit = {
  write: 'Write',
  preview: 'Preview',
  formOrPageAsReaders: 'The form, or the page as readers will see it',
  hidePreview: 'Hide the preview',
  showPreview: 'Show the preview',
  previewCouldNotBeLoaded: 'The preview could not be loaded',
  checkYourConnectionAndTry: 'Check your connection and try again.',
};

/** Of features/preview/PreviewSplitter.svelte. */
export const previewSplitter = {
  widthOfFormBesidePreview: 'Width of the form beside the preview',
  percentOfWidth: (share: number) => `${share} percent of the width`,
};

import { counted } from '#domain/counted.ts';

/** Of features/markdown/commands/actions.ts. */
export const actions = {
  heading: (level: number) => `Heading ${level}`,
  headingTitleSectionH: (level: number) => `heading title section h${level}`,
  redo: 'Redo',
  plainParagraph: 'Plain paragraph',
  textNormal: 'text normal',
  bold: 'Bold',
  italic: 'Italic',
  code: 'Code',
  subscript: 'Subscript',
  superscript: 'Superscript',
  bulletedList: 'Bulleted list',
  pointsItemsUnordered: 'points items unordered',
  numberedList: 'Numbered list',
  itemsOrderedSteps: 'items ordered steps',
  oneLevelIn: 'One level in',
  oneLevelOut: 'One level out',
  quotation: 'Quotation',
  quoteCitation: 'quote citation',
  codeBlock: 'Code block',
  programListingPre: 'program listing pre',
  linkToAddress: 'Link to an address',
  urlWebExternal: 'url web external',
  table: 'Table',
  gridRowsColumns: 'grid rows columns',
  lineAcross: 'Line across',
  dividerSeparatorHorizontal: 'divider separator horizontal',
  formula: 'Formula',
  mathEquationTexLatex: 'math equation tex latex',
  linkToContent: 'Link to content',
  resourcePageDocument: 'resource page document',
  showResource: 'Show a resource',
  embedPictureImageVideoFilm: 'embed picture image video film',
  find: 'Find',
  help: 'Help',
};

/** Of features/markdown/editor/widgets/ChipWidget.ts. */
export const chipWidget = {
  shortcode: (label: string, detail: string) => `Shortcode: ${label}${detail}`,
};

/** Of features/markdown/editor/createEditor.ts. */
export const createEditor = {
  characterU: (padStart: string) => `Character U+${padStart}`,
};

/** Of features/markdown/editor/editorKeys.ts. */
export const editorKeys = {
  changeWhatStandsAtCursor: 'Change what stands at the cursor: a shortcode, formula, table or link',
  goToNextShortcodeFormula: 'Go to the next shortcode, formula or table',
  goToOneBefore: 'Go to the one before',
  atBeginningOfLine: 'At the beginning of a line: choose what to put there',
  inList: 'In a list: one level in, with Shift one level out. Anywhere else: leave the text',
  thenTab: 'Then Tab: leave the text from anywhere',
};

/** Of features/markdown/editor/widgets/EmbedWidget.ts. */
export const embedWidget = {
  resource: (title: string, type: string) => `Resource: ${title}${type}`,
  resourceThatIsNot: 'A resource that is not in this site any more',
  aResource: 'A resource',
};

/** Of features/markdown/panels/HelpPanel.svelte. */
export const helpPanel = {
  howToWriteHere: 'How to write here',
  whatYouSeeIsTextItself: 'What you see is the text itself. Its marks are folded away until the cursor comes to them, and only what you change is changed. Text pasted from Word, Google Docs or a page keeps its headings, lists, links and tables.',
};

/** Of features/markdown/MarkdownWidget.svelte. */
export const markdownWidget = {
  editor: 'the editor',
  editorCouldNotBeFetched: 'The editor could not be fetched',
  textIsAsItWas: 'The text is as it was. Check your connection, then try again.',
};

/** Of features/markdown/panels/MathPanel.svelte. */
export const mathPanel = {
  formulaDoesNotStandThere: 'The formula does not stand there any more: the text changed.',
  newFormula: 'New formula',
  formula: 'Formula',
  tex: 'TeX',
  onLineOfItsOwn: 'On a line of its own',
  putItIn: 'Put it in',
  changeIt: 'Change it',
};

/** Of features/markdown/editor/widgets/MathWidget.ts. */
export const mathWidget = {
  formula: (tex: string) => `Formula: ${tex}`,
};

/** Of features/markdown/editor/pasteRich.ts. */
export const pasteRich = {
  formattingCouldNotBeRead: 'The formatting could not be read, so that the text came without it.',
  whatReadsFormattedTextCould: 'What reads formatted text could not be fetched, so that the text came without it. Check your connection.',
};

/** Of features/markdown/PickerPanel.svelte. */
export const pickerPanel = {
  showResource: 'Show a resource',
  linkToContent: 'Link to content',
  linkToContentOfSelection: (selection: string) => `Link ‘${selection}’ to content`,
  searchByTitleOrFileName: 'Search by title or file name',
  kindsOfContent: 'Kinds of content',
  nothingHere: (answeredText: string) => `Nothing here${answeredText === '' ? '' : ` is called ‘${answeredText}’`}.`,
  itemsFound: (total: number) => `${counted(total, 'item')} found`,
  ofThemAreShown: (items: string) => `${items} of them are shown; more come as you go on.`,
  content: 'content',
};

/** Of features/markdown/pickerTabs.ts. */
export const pickerTabs = {
  documents: 'Documents',
  videos: 'Videos',
  images: 'Images',
  otherFiles: 'Other files',
  labels: {
    page: 'Pages',
    'external-resource': 'External resources',
    'resource-list': 'Resource lists',
    video_gallery: 'Video galleries',
    'course-collection': 'Course collections',
    'course-lists': 'Course lists',
    resource_collections: 'Resource collections',
  },
};

/** Of features/markdown/editor/widgets/PictureWidget.ts. */
export const pictureWidget = {
  pictureWithoutText: 'Picture without a text for who does not see it',
  picture: (text: string) => `Picture: ${text}`,
  pictureIsNot: 'The picture is not in this site any more',
};

/** Of features/markdown/editor/piecesPreview.ts. */
export const piecesPreview = {
  contentOfThisSite: 'content of this site',
  leadsTo: (leadsTo: string) => `leads to ${leadsTo}`,
  shortcodeHasNoEnd: 'The shortcode has no end.',
};

/** Of features/markdown/editor/widgets/ResourceLinkWidget.ts. */
export const resourceLinkWidget = {
  leadsNowhere: 'leads nowhere',
  linkWithoutText: 'Link without a text',
  link: (text: string, nowhere: string, target: string) => `Link: ${text}${nowhere}. ${target}`,
  leadsTo: (title: string) => `Leads to ‘${title}’`,
  whatItLeads: 'What it leads to is not in this site any more',
  whereItLeadsIsNot: (message: string) => `Where it leads is not known just now: ${message}`,
  lookingWhereItLeads: 'Looking where it leads …',
};

/** Of features/markdown/panels/ShortcodePanel.svelte. */
export const shortcodePanel = {
  notInThisSiteAnyMore: 'Not in this site any more',
  nothing: 'Nothing',
  shortcode: 'Shortcode',
  itDoesNotStandThereAnyMore: 'It does not stand there any more: the text changed.',
  chooseWhatIs: (label: string) => `Choose what ‘${label}’ is`,
  chooseAnother: 'Choose another',
  notSaid: 'Not said',
  changeIt: 'Change it',
  removeIt: 'Remove it',
};

/** Of features/markdown/panels/TablePanel.svelte. */
export const tablePanel = {
  tableDoesNotStandThere: 'The table does not stand there any more: the text changed.',
  newTable: 'New table',
  table: 'Table',
  rowsWithHeading: 'Rows, with the heading',
  columns: 'Columns',
  cellsCanBeMerged: 'Cells can be merged and hold lists and several paragraphs',
  cells: 'Cells',
  rowColumn: (row: number, column: number) => `Row ${row}, column ${column}`,
  row: (row: number) => `Row ${row}`,
  addOneAbove: 'Add one above',
  addOneBelow: 'Add one below',
  moveUp: 'Move up',
  moveDown: 'Move down',
  removeIt: 'Remove it',
  column: (column: number) => `Column ${column}`,
  addOneBefore: 'Add one before',
  addOneAfter: 'Add one after',
  moveLeft: 'Move left',
  moveRight: 'Move right',
  cell: 'Cell',
  mergeWithOneToRight: 'Merge with the one to the right',
  mergeWithOneBelow: 'Merge with the one below',
  splitIt: 'Split it',
  letCellsBeMergedAndHoldLists: 'Let cells be merged and hold lists',
  putItIn: 'Put it in',
};

/** Of features/markdown/editor/widgets/TableWidget.ts. */
export const tableWidget = {
  changeTable: 'Change the table',
};

/** Of features/markdown/Toolbar.svelte. */
export const toolbar = {
  formatting: 'Formatting',
  showItAsItIsWritten: 'Show it as it is written',
};

/** Of features/markdown/panels/WebLinkPanel.svelte. */
export const webLinkPanel = {
  writeAddressItLeadsTo: 'Write the address it leads to.',
  addressHasNoSpaces: 'An address has no spaces and no angle brackets.',
  addressOfThisKindRuns: 'An address of this kind runs something at the reader’s. Write one that begins with https:// or with a slash.',
  linkDoesNotStandThereAnyMore: 'The link does not stand there any more: the text changed.',
  newLink: 'New link',
  link: 'Link',
  address: 'Address',
  suchAsHttpsExampleOrg: 'Such as https://example.org/, or /pages/syllabus for a page of this site.',
  text: 'Text',
  keepItAsExternalResource: 'Keep it as an external resource, so that the studio checks whether it still leads somewhere',
  adding: 'Adding …',
  putItIn: 'Put it in',
  changeIt: 'Change it',
};

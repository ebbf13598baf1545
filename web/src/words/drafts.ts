import { counted } from '#domain/counted.ts';

/** Of features/drafts/ConflictField.svelte. */
export const conflictField = {
  mine: 'Mine',
  theirs: (them: string) => `${them}’s`,
  bothMineFirst: 'Both, mine first',
  both: 'Both',
  placeOf: (index: number, parts: number) => `, place ${index} of ${parts}`,
  after: 'After:',
  whenYouBegan: 'When you began',
  nothing: '(nothing)',
};

/** Of features/drafts/ConflictPanel.svelte. */
export const conflictPanel = {
  studio: 'The studio',
  savedOnceMore: (them: string) => `${them} saved once more. Your decisions are kept where nothing changed.`,
  fieldsToDecide: (left: number) => `${counted(left, 'field')} to decide`,
  changedByYou: 'changed by you',
  changedByOther: 'changed by the other',
  changedAlikeByBoth: 'changed alike by both',
  changedByBothInDifferent: 'changed by both in different lines',
  savedThisWhileYouWrote: (them: string) => `${them} saved this while you wrote`,
  nothingOfYoursIsSaved: (them: string, revision: number) => `Nothing of yours is saved yet, and nothing is lost. ${them} saved revision ${revision}`,
  itemWasDeleted: 'The item was deleted: bring it back before you save.',
  savedOnceMoreInBetween: (them: string) => `${them} saved once more in between`,
  yourDecisionsAreKept: 'Your decisions are kept. Look at what is left, then save again.',
  everythingAtOnce: 'Everything at once',
  takeAllOfMine: 'Take all of mine',
  takeAllOfS: (them: string) => `Take all of ${them}’s`,
  decideAnew: 'Decide anew',
  fieldsNeedsNoDecision: (merged: number) => `${counted(merged, 'field')} ${merged === 1 ? 'needs' : 'need'} no decision`,
  asInMine: 'as in mine',
  asInS: (them: string) => `as in ${them}’s`,
  fieldsToDecideBefore: (left: number) => `${counted(left, 'field')} to decide before it can be saved.`,
  everythingIsDecided: 'Everything is decided.',
  saveWhatWasMerged: 'Save what was merged',
  putItIntoForm: 'Put it into the form',
  backToMyVersion: 'Back to my version',
};

/** Of features/drafts/DraftOffer.svelte. */
export const draftOffer = {
  youHaveDraftThatWasNotSaved: 'You have a draft that was not saved',
  youWrote: (atTime: string, isLocal: boolean) => `You wrote it ${atTime}${isLocal ? ' in this tab, and only this tab has it' : ''}.`,
  itemWasSavedSinceThen: 'The item was saved since then: when you go on, you see what both of you changed, and nothing is lost.',
  discardDraft: 'Discard the draft? What you wrote in it cannot be brought back.',
  discardIt: 'Discard it',
  goOnWithYourDraft: (ofDay: string) => `Go on with your draft ${ofDay}`,
  discard: 'Discard',
};

/** Of features/drafts/DraftStatus.svelte. */
export const draftStatus = {
  keepingDraft: 'Keeping a draft …',
  draftKeptKeepingWhatIsNewer: (kept: string, isBehind: boolean) => `Draft kept ${kept}${isBehind ? ', keeping what is newer …' : ''}`,
  whatYouWriteIsKept: 'What you write is kept in this tab until you close it.',
  thisTabHasNoRoom: 'This tab has no room to keep it: copy what you wrote before you leave.',
  noDraftIsKept: (rest: string) => `No draft is kept for who acts as somebody else. ${rest}`,
  youEditThisInAnotherTabToo: 'You edit this in another tab, too',
  draftOfOtherTab: (clockTime: string, rest: string) => `The draft of the other tab is of ${clockTime}, and that one is kept. ${rest}`,
  keepDraftOfThisTabInstead: 'Keep the draft of this tab instead',
  noDraftTitle: 'No draft is kept',
  lastDraftWasKept: (kept: string) => `The last draft was kept ${kept}`,
  tryNow: 'Try now',
};

/** Of features/drafts/HistoryPanel.svelte. */
export const historyPanel = {
  created: 'Created',
  edited: 'Edited',
  renamed: 'Renamed',
  deleted: 'Deleted',
  broughtBack: 'Brought back',
  imported: 'Imported',
  takenFromRepository: 'Taken from the repository',
  byReason: (reason: string, name: string | null | undefined) => `${reason} by ${name ?? 'the studio'}`,
  restoredRevision: (to: number) => `Restored revision ${to}`,
  itIsAsItWasBefore: 'It is as it was before',
  restoredRevisionAsRevision: (to: number, made: number) => `Restored revision ${to}, as revision ${made}`,
  itemsAddressStayedAsItWas: 'The item’s address stayed as it was.',
  undoing: 'Undoing …',
  revision: (revision: number) => `Revision ${revision}`,
  fromRevisionToRevision: (against: number, revision: number) => `From revision ${against} to revision ${revision}`,
  from: 'From',
  nothing: '(nothing)',
  revisionOfNumber: (number: number) => `revision ${number}`,
  to: 'to',
  revisionNow: (number: number, isNewest: boolean) => `revision ${number}${isNewest ? ' (now)' : ''}`,
  restoreRevision: (revision: number) => `Restore revision ${revision}?`,
  itemGetsTitleText: (revision: number) => `The item gets the title, text and fields of revision ${revision}, as a new revision. Its address stays. You can undo it.`,
  restoreIt: 'Restore it',
  restoreRevisionOfRevision: (revision: number) => `Restore revision ${revision}`,
  revisions: 'Revisions',
  revisionNowOfRevision: (revision: number, isNewest: boolean) => `Revision ${revision}${isNewest ? ' (now)' : ''}`,
  compareWithNow: 'Compare with now',
  revisionOfRevision: (revision: number) => `: revision ${revision}`,
  reading: 'Reading …',
  showEarlierRevisions: 'Show earlier revisions',
  history: 'the history',
};

/** Of pages/ItemHistoryPage.svelte. */
export const itemHistoryPage = {
  historyOf: (title: string) => `History of ${title}`,
  item: 'item',
  historyOfItem: 'History of an item',
  history: 'the history',
};

/** Of features/drafts/LeaveQuestion.svelte. */
export const leaveQuestion = {
  leaveWithoutSaving: 'Leave without saving?',
  whatYouWroteLast: 'What you wrote last is neither saved nor kept as a draft.',
  leaveWithoutSavingSentence: 'Leave without saving? What you wrote last is neither saved nor kept as a draft. This tab remembers it until you close it.',
  leave: 'Leave',
  stayHere: 'Stay here',
};

/** Of features/drafts/PresencePanel.svelte. */
export const presencePanel = {
  studio: 'The studio',
  deletedThisAt: (them: string, isDeleted: boolean, atTime: string) => `${them} ${isDeleted ? 'deleted' : 'saved'} this ${atTime}`,
  whatYouTypedStaysHere: 'What you typed stays here. It can be saved once the item was brought back.',
  whatYouTypedStays: 'What you typed stays as it is, and both can be brought together.',
  seeWhatChanged: 'See what changed',
};

/** Of features/drafts/RevisionCompare.svelte. */
export const revisionCompare = {
  thisIsFirstRevision: 'This is the first revision: there is none before it to compare with.',
  fields: 'Fields',
  before: 'before:',
  after: 'after:',
  text: 'Text',
  twoAreSame: 'The two are the same.',
  whatDiffers: 'what differs',
};

/** Of features/drafts/TextDiff.svelte. */
export const textDiff = {
  nothing: '(nothing)',
  asItWas: 'As it was',
  onlyLineEndsDiffer: 'Only the line ends differ',
  linesAreSame: (lines: number) => `${counted(lines, 'line is', 'lines are')} the same`,
  added: '[added]',
  removed: '[removed]',
  moreChangedLinesAreNotShown: (cut: number) => `${counted(cut, 'more changed line is', 'more changed lines are')} not shown`,
};

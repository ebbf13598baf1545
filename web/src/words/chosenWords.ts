import type { ChosenItem } from '#api/contracts/pickers.ts';

/** How something that was chosen is called: by its title while that is known, else by its id. */
export function chosenLabel(textId: string, chosen: ChosenItem | undefined): string {
  if (chosen === undefined || chosen.state === 'hidden' || chosen.state === 'missing') return textId;
  return chosen.title === null || chosen.title.trim() === '' ? `Without a title (${textId})` : chosen.title;
}

/** What is to be said of something that was chosen, and whether it is gone. */
export function chosenNote(chosen: ChosenItem | undefined): { readonly note: string | undefined; readonly isGone: boolean } {
  if (chosen === undefined) return { note: undefined, isGone: false };
  if (chosen.state === 'deleted') return { note: 'It was deleted. Bring it back, or remove it here.', isGone: true };
  if (chosen.state === 'missing') return { note: 'It is not there any more.', isGone: true };
  if (chosen.state === 'hidden') return { note: 'It is not there, or not for you to see.', isGone: true };
  return { note: chosen.siteTitle ?? undefined, isGone: false };
}

import type { Locator, Page as Tab } from 'playwright-core';

/** How a person operates what a page shows: each journey is made once with each. */
export interface Hand {
  readonly way: 'pointer' | 'keyboard';
  readonly tab: Tab;
  /** Operates a link, a button, a choice or what opens a part of the page. */
  press(control: Locator): Promise<void>;
  /** Puts the cursor into a field, behind what stands there. */
  enter(field: Locator): Promise<void>;
  /** Writes into a field, in place of what stands there, key by key. */
  write(field: Locator, text: string): Promise<void>;
  /** Chooses from a list of the browser’s own. */
  choose(list: Locator, option: string): Promise<void>;
  /** Gives a file to a field for files. */
  give(field: Locator, path: string): Promise<void>;
  /** Faults of the pages that only this hand meets, such as a focus that was lost. */
  readonly faults: readonly string[];
}

/** Keys that both hands type with, once the cursor is where it should be. */
export async function replaceText({ keyboard }: Tab, text: string): Promise<void> {
  await keyboard.press('Control+A');
  if (text === '') await keyboard.press('Delete');
  else await keyboard.type(text);
}

/** Waits until a control can be operated: what is asked for already says so by `aria-disabled`. */
export async function whenReady(control: Locator): Promise<void> {
  const ready = control.and(control.page().locator(':not([aria-disabled="true"]):not([aria-readonly="true"]):not([contenteditable="false"]):not(:disabled)'));
  await ready.waitFor();
}

/** What is typed next must not go elsewhere: keys without a field are shortcuts. */
export async function hasCursor(field: Locator): Promise<void> {
  await field.and(field.page().locator(':focus')).waitFor();
}

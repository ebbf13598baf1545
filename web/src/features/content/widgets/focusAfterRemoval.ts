import { tick } from 'svelte';

/** Puts the focus where the next entry is removed, or into the field when none is left. */
export async function focusAfterRemoval(group: HTMLElement | undefined, index: number, fieldId: string): Promise<void> {
  await tick();
  const buttons = [...(group?.querySelectorAll<HTMLElement>('[data-remove]') ?? [])];
  (buttons[Math.min(index, buttons.length - 1)] ?? document.getElementById(fieldId))?.focus();
}

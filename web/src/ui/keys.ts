import type { Attachment } from 'svelte/attachments';

/** Calls `leave` on Escape anywhere inside the element. */
export function onEscape(leave: () => void): Attachment<HTMLElement> {
  return (element) => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      leave();
    };
    element.addEventListener('keydown', pressed);
    return () => element.removeEventListener('keydown', pressed);
  };
}

/** Which way a key goes through the rows of a list: down (and j) is 1, up (and k) is -1, any other is 0. */
export function rowStep(event: KeyboardEvent): -1 | 0 | 1 {
  if (event.ctrlKey || event.metaKey || event.altKey) return 0;
  return event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0;
}

/** Up and down (and j, k) go from one `[data-row]` inside the element to the next. */
export const rowKeys: Attachment<HTMLElement> = (element) => {
  const pressed = (event: KeyboardEvent): void => {
    const step = rowStep(event);
    if (step === 0) return;
    const rows = [...element.querySelectorAll<HTMLElement>('[data-row]')];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = rows[at + step];
    if (at === -1 || next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  element.addEventListener('keydown', pressed);
  return () => element.removeEventListener('keydown', pressed);
};

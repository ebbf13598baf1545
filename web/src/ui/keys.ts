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

/** Up and down (and j, k) go from one `[data-row]` inside the element to the next. */
export const rowKeys: Attachment<HTMLElement> = (element) => {
  const pressed = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0;
    if (step === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
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

import type { Attachment } from 'svelte/attachments';

/**
 * A button goes with what it did, a form with its answer: when the focus would go along, the heading of what they stood in has it. Where
 * that has none, a button beside has it, else something in the row or section around, else, as when all of it goes, the heading of the page.
 */
export const keepsFocus: Attachment<HTMLElement> = (element) => {
  let focused: Element | undefined;
  const came = (event: FocusEvent): void => {
    focused = event.target instanceof Element ? event.target : undefined;
  };
  // Whoever left by themselves, such as by a click beside everything, is not called back.
  const left = (event: FocusEvent): void => {
    const { target } = event;
    queueMicrotask(() => {
      if (target instanceof Element && target.isConnected && !element.contains(document.activeElement)) focused = undefined;
    });
  };
  const keep = (): void => {
    if (focused === undefined || focused.isConnected) return;
    focused = undefined;
    if (document.activeElement !== document.body) return;
    const near = element.isConnected ? (element.querySelector<HTMLElement>('h1, h2, h3, button') ?? element.closest('li, section')?.querySelector<HTMLElement>('a[href], button')) : null;
    const next = near ?? document.querySelector<HTMLElement>('h1');
    if (next === null) return;
    if (next.matches('h1, h2, h3')) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  };
  const changed = new MutationObserver(keep);
  element.addEventListener('focusin', came);
  element.addEventListener('focusout', left);
  changed.observe(element, { childList: true, subtree: true });
  return () => {
    changed.disconnect();
    // All of it may go: once it has, there is only the page.
    queueMicrotask(keep);
    element.removeEventListener('focusin', came);
    element.removeEventListener('focusout', left);
  };
};

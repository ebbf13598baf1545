import type { Attachment } from 'svelte/attachments';

/** A button goes with what it did, a form with its answer: when the focus would go along, the heading of what they stood in has it. */
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
  const changed = new MutationObserver(() => {
    if (focused === undefined || focused.isConnected) return;
    focused = undefined;
    if (document.activeElement !== document.body) return;
    const heading = element.querySelector<HTMLElement>('h1, h2, h3');
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });
  element.addEventListener('focusin', came);
  element.addEventListener('focusout', left);
  changed.observe(element, { childList: true, subtree: true });
  return () => {
    changed.disconnect();
    element.removeEventListener('focusin', came);
    element.removeEventListener('focusout', left);
  };
};

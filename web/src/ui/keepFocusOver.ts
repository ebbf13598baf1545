import { tick } from 'svelte';

/**
 * Does what takes away rows and buttons, and with them the focus: `fallback` has it then, both while the work is under way and
 * after it. Whoever went on elsewhere meanwhile is not called back.
 */
export async function keepFocusOver<T>(work: () => Promise<T>, fallback: () => HTMLElement | undefined): Promise<T> {
  const keep = async (): Promise<void> => {
    await tick();
    if (document.activeElement === document.body) fallback()?.focus({ preventScroll: true });
  };
  const working = work();
  await keep();
  const done = await working;
  await keep();
  return done;
}

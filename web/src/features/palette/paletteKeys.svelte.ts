import type { Component } from 'svelte';

type PaletteComponent = Component<{ isOpen: boolean }, object, 'isOpen'>;

/** Opens the palette on Ctrl or Cmd and K from anywhere; it is loaded when somebody wants it first. */
class PaletteKeys {
  isOpen = $state(false);
  component = $state.raw<PaletteComponent | undefined>();

  /** Begins to listen; returns the end of it. */
  start(): () => void {
    const off = new AbortController();
    window.addEventListener(
      'keydown',
      (event) => {
        // An editor may have a meaning of its own for these keys.
        if (event.defaultPrevented || event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
        event.preventDefault();
        if (this.isOpen) this.isOpen = false;
        else void this.open();
      },
      { signal: off.signal },
    );
    return () => off.abort();
  }

  async open(): Promise<void> {
    this.component ??= (await import('./Palette.svelte')).default;
    this.isOpen = true;
  }
}

export const paletteKeys = new PaletteKeys();

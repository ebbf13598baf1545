import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { nextKey } from './keySequence.ts';

/** A shortcut of several keys is forgotten when the next does not come, milliseconds. */
const SEQUENCE_MS = 1_500;
const SWITCH = 'studio.shortcuts';

export interface Shortcut {
  /** Keys with spaces between them: `g s`, `/`, `?`. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

/** Keys that do something anywhere on a page; off for who speaks to the computer or types by accident. */
class Shortcuts {
  readonly list = new SvelteMap<string, Shortcut>();
  isOn = $state(localStorage.getItem(SWITCH) !== 'off');
  private pending = '';
  private pressedAt = 0;

  start(): () => void {
    const off = new AbortController();
    window.addEventListener('keydown', (event) => this.pressed(event), { signal: off.signal });
    return () => off.abort();
  }

  turn(isOn: boolean): void {
    this.isOn = isOn;
    localStorage.setItem(SWITCH, isOn ? 'on' : 'off');
  }

  add(shortcut: Shortcut): () => void {
    this.list.set(shortcut.keys, shortcut);
    return () => {
      if (this.list.get(shortcut.keys) === shortcut) this.list.delete(shortcut.keys);
    };
  }

  private pressed(event: KeyboardEvent): void {
    if (!this.isOn || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    const { target } = event;
    // The focus lingers in a dialog that was just closed until the next frame, so only an open one keeps its keys.
    if (target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('dialog[open]') !== null)) return;
    if (event.timeStamp - this.pressedAt > SEQUENCE_MS) this.pending = '';
    this.pressedAt = event.timeStamp;
    const step = nextKey(this.pending, event.key, [...this.list.keys()]);
    this.pending = step.pending;
    if (step.hit === undefined) return;
    event.preventDefault();
    this.list.get(step.hit)?.run();
  }
}

export const shortcuts = new Shortcuts();

/** Offers shortcuts for the life of the component that asks. */
export function useShortcuts(wanted: () => readonly Shortcut[]): void {
  $effect(() => {
    const stops = wanted().map((shortcut) => untrack(() => shortcuts.add(shortcut)));
    return () => {
      for (const stop of stops) stop();
    };
  });
}

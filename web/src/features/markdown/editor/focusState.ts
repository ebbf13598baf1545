import { type EditorState, StateEffect, StateField } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

const focused = StateEffect.define<boolean>();

/** Whether one writes here now: while one does not, all marks are folded away. */
export const hasFocus = StateField.define<boolean>({
  create: () => false,
  update: (has, transaction) => transaction.effects.reduce((now, effect) => (effect.is(focused) ? effect.value : now), has),
  provide: () => EditorView.focusChangeEffect.of((_, focusing) => focused.of(focusing)),
});

/**
 * Whether the cursor or the selection is in this stretch, or at one of its ends. While one does not write here, only what the
 * cursor stands inside of counts: it must never stand in something that is folded away, or what is typed next would land beside it.
 */
export function isTouched(state: EditorState, from: number, to: number): boolean {
  if (state.field(hasFocus)) return state.selection.ranges.some((range) => range.from <= to && range.to >= from);
  return from < state.selection.main.head && state.selection.main.head < to;
}

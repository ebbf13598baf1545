import { announcer } from '../lib/announcer.svelte.ts';
import { sorting as words } from '../words/controls.ts';

export type SortStep = 'up' | 'down' | 'in' | 'out';

/** How the entries of a list are moved; each answers the same list where there is no way. */
export interface SortMoves<L> {
  step(list: L, key: string, step: SortStep): L;
  /** Before the entry that is `index`-th without the moved one, `level` steps in. */
  place(list: L, key: string, index: number, level: number): L;
  /** The list as it was, with the entry in one move where the moved list has it; the list as it was when that is its old place. */
  settle(before: L, after: L, key: string): L;
  /** Where an entry stands, in words: ‘3 of 8’. */
  where(list: L, key: string): string;
}

/** An entry of a list that is lifted and moved about; nothing is changed until it is dropped. */
export class Sorting<L> {
  lifted = $state<string | undefined>();
  private draft = $state.raw<L | undefined>();
  private label = '';
  private readonly read: () => L;
  private readonly write: (list: L) => void;
  private readonly moves: SortMoves<L>;

  constructor(read: () => L, write: (list: L) => void, moves: SortMoves<L>) {
    this.read = read;
    this.write = write;
    this.moves = moves;
  }

  /** The list as it is shown: with the lifted entry where it would be. */
  get shown(): L {
    return this.draft ?? this.read();
  }

  lift(key: string, label: string): void {
    if (this.lifted !== undefined) this.drop();
    this.lifted = key;
    this.label = label;
    this.draft = this.read();
    announcer.say(words.isLifted(label, this.where(key)));
  }

  /** Whether there was a way. */
  step(step: SortStep): boolean {
    const { lifted } = this;
    return lifted !== undefined && this.take(this.moves.step(this.shown, lifted, step), true);
  }

  place(index: number, level: number): boolean {
    const { lifted } = this;
    return lifted !== undefined && this.take(this.moves.place(this.shown, lifted, index, level), false);
  }

  drop(): void {
    const { lifted, draft } = this;
    if (lifted === undefined || draft === undefined) return;
    announcer.say(words.isDropped(this.label, this.where(lifted)));
    const before = this.read();
    // The way there is of no interest, and leaves no traces.
    const after = this.moves.settle(before, draft, lifted);
    this.lifted = undefined;
    this.draft = undefined;
    if (after !== before) this.write(after);
  }

  cancel(): void {
    const { lifted } = this;
    if (lifted === undefined) return;
    this.lifted = undefined;
    this.draft = undefined;
    announcer.say(words.isBack(this.label, this.where(lifted)));
  }

  private where(key: string): string {
    return this.moves.where(this.shown, key);
  }

  private take(next: L, tellsNoWay: boolean): boolean {
    if (next === this.shown) {
      if (tellsNoWay) announcer.say(words.canGoNoFurtherThatWay(this.label));
      return false;
    }
    this.draft = next;
    announcer.say(words.isLabel(this.label, this.where(this.lifted ?? '')));
    return true;
  }
}

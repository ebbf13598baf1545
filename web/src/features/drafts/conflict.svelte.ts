import { SvelteMap } from 'svelte/reactivity';
import type { Item, RevisionConflict } from '#api/contracts/items.ts';
import { choiceKey, type EditedState, everythingOf, type FieldMerge, fieldResult, mergedState, mergeItems } from '#domain/itemMerge.ts';
import { patchBetween } from '#domain/itemPatch.ts';
import type { MergeChoice, TextRegion } from '#domain/textMerge.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Both versions that a save was refused with, or undefined when it was refused for something else. */
export function conflictIn(problem: ApiProblem): RevisionConflict | undefined {
  return problem.code === 'revisionConflict' ? (problem.details as unknown as RevisionConflict) : undefined;
}

export interface ConflictStart {
  readonly site: string;
  /** The state the edit began with. */
  readonly base: EditedState;
  readonly yours: EditedState;
  /** The newest state, which somebody else saved. */
  readonly theirs: Item;
}

/** An edit that has to be brought together with what somebody saved meanwhile. */
export class ItemConflict extends OneAtATime<'save'> {
  /** The newest state; it may change once more while a person decides. */
  theirs = $state.raw() as Item;
  /** Whether the last save was refused because somebody saved once more. */
  cameAgain = $state(false);
  readonly choices = new SvelteMap<string, MergeChoice>();
  private readonly start: ConflictStart;

  constructor(start: ConflictStart) {
    super();
    this.start = start;
    this.theirs = start.theirs;
  }

  /** Every field that differs, and who changed it. */
  readonly fields: readonly FieldMerge[] = $derived.by(() => mergeItems(this.start.base, this.start.yours, this.theirs));

  get open(): readonly FieldMerge[] {
    return this.fields.filter((field) => fieldResult(field, this.choices) === undefined);
  }

  /** What the item becomes; null while something waits for a decision. */
  get merged(): EditedState | null {
    return mergedState(this.theirs, this.fields, this.choices);
  }

  choiceOf(field: FieldMerge, region: TextRegion | null): MergeChoice | undefined {
    return this.choices.get(choiceKey(field, region));
  }

  choose(field: FieldMerge, region: TextRegion | null, choice: MergeChoice): void {
    // A decision about a part takes back one about the whole.
    if (region !== null) this.choices.delete(choiceKey(field, null));
    this.choices.set(choiceKey(field, region), choice);
  }

  /** Takes everything of one side; undone by deciding about a part, or by `chooseAnew`. */
  chooseAll(side: 'yours' | 'theirs'): void {
    for (const [key, choice] of everythingOf(this.fields, side)) this.choices.set(key, choice);
  }

  chooseAnew(): void {
    this.choices.clear();
  }

  /** Reads the newest state; decisions about what did not change again stay. */
  async refresh(): Promise<boolean> {
    try {
      const now = await call('GET /api/v1/sites/:site/items/:item', { params: { site: this.start.site, item: this.theirs.textId } });
      if (now.revision > this.theirs.revision) this.theirs = now;
    } catch (error) {
      // What is shown stays until the studio answers; a save tells what is wrong.
      if (!(error instanceof ApiProblem)) throw error;
    }
    return false;
  }

  /** Saves what was merged against the newest revision. @returns the item, or undefined when it was refused; decisions stay. */
  async save(edit: string): Promise<Item | undefined> {
    const { merged, theirs } = this;
    if (merged === null) return undefined;
    this.cameAgain = false;
    const saved = await this.once('save', async () => {
      try {
        return await call('PATCH /api/v1/sites/:site/items/:item', { params: { site: this.start.site, item: theirs.textId }, body: { revision: theirs.revision, ...patchBetween(theirs, merged), draft: edit } });
      } catch (error) {
        const again = error instanceof ApiProblem ? conflictIn(error) : undefined;
        if (again === undefined) throw error;
        this.theirs = again.current;
        this.cameAgain = true;
        return undefined;
      }
    });
    return saved;
  }
}

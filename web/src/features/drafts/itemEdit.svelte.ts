import type { Item } from '#api/contracts/items.ts';
import type { EditedState } from '#domain/itemMerge.ts';
import { isEmptyPatch, patchBetween, patchedState } from '#domain/itemPatch.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { call } from '../../lib/session.svelte.ts';
import { conflictIn, ItemConflict } from './conflict.svelte.ts';
import { DraftKeeper, type FoundDraft } from './draftKeeper.svelte.ts';

/** The form of an item, as far as drafts and conflicts concern it. */
export interface EditedForm {
  /** What the form says now: what it has no field for stays as the base has it. */
  readonly read: (base: EditedState) => EditedState;
  /** Puts other content into the form. */
  readonly fill: (state: EditedState) => void;
}

/** One person’s edit of an item: from which revision, kept as a draft, saved, and brought together with what others save. */
export class ItemEdit {
  /** The item as it was when the edit began; a save is made from this revision. */
  base = $state.raw() as Item;
  /** What has to be decided before anything is saved. */
  conflict = $state.raw<ItemConflict | undefined>();
  problem = $state.raw<ApiProblem | undefined>();
  isSaving = $state(false);
  readonly keeper: DraftKeeper;
  private readonly site: string;
  private readonly form: EditedForm;

  constructor(site: string, item: Item, form: EditedForm) {
    this.site = site;
    this.form = form;
    this.base = item;
    this.keeper = new DraftKeeper({ place: { site, item: item.textId }, revision: item.revision, state: item });
  }

  /** Looks for a draft and keeps one until the returned function is called. */
  start(): () => void {
    void this.asking(() => this.keeper.open());
    return this.keeper.start();
  }

  /** Whether the form has to wait: a draft of before is being looked for, or somebody has to decide about it. */
  get isDeciding(): boolean {
    return this.keeper.isOpening || this.keeper.found !== undefined;
  }

  /** Whether the form says something else than the item. */
  get isChanged(): boolean {
    return !isEmptyPatch(this.base, patchBetween(this.base, this.form.read(this.base)));
  }

  /** The form changed; call it after each change. */
  typed(): void {
    this.keeper.changed(patchBetween(this.base, this.form.read(this.base)));
  }

  /** Goes on with a draft of before. What was saved since it began is brought together with it. */
  async goOn({ fields, revision, hasItemChanged }: Pick<FoundDraft, 'fields' | 'revision' | 'hasItemChanged'>): Promise<void> {
    if (!hasItemChanged || revision === null) return this.form.fill(patchedState(this.base, fields));
    const newest = this.base;
    await this.asking(async () => {
      const { revision: began } = await call('GET /api/v1/sites/:site/items/:item/revisions/:revision', { params: { site: this.site, item: newest.textId, revision: String(revision) }, query: {} });
      const { title, metadata, markdown, file } = began;
      this.base = { ...newest, title, metadata, markdown, file, revision };
      this.keeper.rebase(revision, this.base);
      const yours = patchedState(this.base, fields);
      this.form.fill(yours);
      this.conflict = new ItemConflict({ site: this.site, base: this.base, yours, theirs: newest });
    });
  }

  /** Saves what the form says; `rename` lets the page’s address follow a new title. @returns the item, or undefined with `conflict` or `problem` set; the form stays as it is. */
  async save({ rename = false } = {}): Promise<Item | undefined> {
    if (this.isSaving) return undefined;
    this.isSaving = true;
    const draft = await this.keeper.rest();
    const yours = this.form.read(this.base);
    let saved: Item | undefined;
    await this.asking(async () => {
      const patch = patchBetween(this.base, yours);
      saved = await call('PATCH /api/v1/sites/:site/items/:item', { params: { site: this.site, item: this.base.textId }, body: { revision: this.base.revision, ...patch, ...(rename && patch.title !== undefined ? { rename } : {}), draft } });
    });
    this.isSaving = false;
    if (saved === undefined) {
      this.keeper.resume();
      const both = this.problem === undefined ? undefined : conflictIn(this.problem);
      if (both !== undefined) this.problem = undefined;
      if (both !== undefined) this.conflict = new ItemConflict({ site: this.site, base: this.base, yours, theirs: both.current });
      return undefined;
    }
    // What was typed while it was saved is the next edit.
    const since = patchBetween(yours, this.form.read(this.base));
    this.saved(saved);
    if (Object.keys(since).length > 0) {
      this.form.fill(patchedState(saved, since));
      this.typed();
    }
    return saved;
  }

  /** The item was saved, also out of a conflict: the next edit begins with it. */
  saved(item: Item): void {
    this.base = item;
    this.conflict = undefined;
    this.problem = undefined;
    this.keeper.saved(item.revision, item);
    this.form.fill(item);
  }

  /** Works on with what was merged, against the newest revision. */
  workOn(merged: EditedState, newest: Item): void {
    this.base = newest;
    this.conflict = undefined;
    this.keeper.rebase(newest.revision, newest);
    this.form.fill(merged);
    this.typed();
  }

  /** Back to the form as it was; the conflict comes back with the next save. */
  putOff(): void {
    this.conflict = undefined;
  }

  /** Somebody saved: shows what changed, or takes it over where nothing was typed. */
  async see(): Promise<void> {
    await this.asking(async () => {
      const newest = await call('GET /api/v1/sites/:site/items/:item', { params: { site: this.site, item: this.base.textId } });
      if (!this.isChanged) return this.saved(newest);
      this.conflict = new ItemConflict({ site: this.site, base: this.base, yours: this.form.read(this.base), theirs: newest });
    });
  }

  private async asking(work: () => Promise<void>): Promise<void> {
    this.problem = undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
    }
  }
}

import type { Item } from '#api/contracts/items.ts';
import { patchedState } from '#domain/itemPatch.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import { DraftKeeper, type FoundDraft } from '../drafts/draftKeeper.svelte.ts';
import { nothing } from './formModel.ts';
import type { ContentFormState } from './formState.svelte.ts';

/** An item that one person writes and that is not there yet: kept as a draft of its kind until it is added. */
export class NewItemEdit extends OneAtATime<'open' | 'save'> {
  readonly keeper: DraftKeeper;
  /** The item that the address of a new one has already; nothing was made or changed. */
  standing = $state.raw<Item | undefined>();
  private readonly site: string;
  private readonly form: ContentFormState;

  constructor(site: string, form: ContentFormState) {
    super();
    this.site = site;
    this.form = form;
    this.keeper = new DraftKeeper({ place: { site, kind: form.kind.name }, revision: null, state: nothing });
  }

  /** Looks for a draft and keeps one until the returned function is called. */
  start(): () => void {
    void this.once('open', () => this.keeper.open());
    return this.keeper.start();
  }

  get isDeciding(): boolean {
    return this.keeper.isOpening || this.keeper.found !== undefined;
  }

  typed(): void {
    this.keeper.changed(this.form.changes);
  }

  goOn({ fields }: Pick<FoundDraft, 'fields'>): void {
    this.form.fill(null, patchedState(nothing, fields));
  }

  /** Adds it. @returns the item; undefined when it was not added, with everything still in the form. */
  async save(): Promise<Item | undefined> {
    this.standing = undefined;
    const saved = await this.once('save', async () => {
      const draft = await this.keeper.rest();
      return call('POST /api/v1/sites/:site/items', { params: { site: this.site }, body: { type: this.form.kind.name, ...this.form.changes, draft } });
    });
    if (saved === undefined || !saved.isNew) {
      this.keeper.resume();
      this.standing = saved;
      return undefined;
    }
    this.keeper.saved(null, nothing);
    return saved;
  }
}

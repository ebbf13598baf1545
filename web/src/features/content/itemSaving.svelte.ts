import type { Item, RevisionConflict } from '#api/contracts/items.ts';
import type { ApiProblem } from '../../lib/apiClient.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import type { ContentFormState } from './formState.svelte.ts';

/** Saves what is written in a form, and says what came of it. */
export class ItemSaving extends OneAtATime<'save'> {
  /** When the last save of this page was, and what it did. */
  done = $state.raw<{ readonly at: string; readonly words: string } | undefined>();
  /** Somebody saved the item meanwhile: their state, and ours as the server would have made it. */
  conflict = $state.raw<RevisionConflict | undefined>();
  /** The item that the address of a new one has already; nothing was made or changed. */
  standing = $state.raw<Item | undefined>();

  /** @returns the item as it is stored now; undefined when it was not saved, with everything still in the form. */
  async save(site: string, form: ContentFormState, rename: boolean): Promise<Item | undefined> {
    const sent = form.snapshot();
    const { stored, changes, kind } = form;
    this.done = undefined;
    this.standing = undefined;
    const saved = await this.once('save', () =>
      stored === null
        ? call('POST /api/v1/sites/:site/items', { params: { site }, body: { type: kind.name, ...changes } })
        : call('PATCH /api/v1/sites/:site/items/:item', { params: { site, item: stored.textId }, body: { revision: stored.revision, ...changes, ...(rename && changes.title !== undefined ? { rename: true } : {}) } }),
    );
    if (saved === undefined) {
      this.refused(form);
      return undefined;
    }
    if ('isNew' in saved && !saved.isNew) {
      this.standing = saved;
      return undefined;
    }
    this.conflict = undefined;
    form.accept(saved, sent);
    this.done = { at: saved.updatedAt, words: `Saved as revision ${saved.revision}` };
    return saved;
  }

  private refused(form: ContentFormState): void {
    const { problem } = this;
    if (problem === undefined) return;
    if (problem.code === 'invalidFields' || problem.code === 'validation') form.refuse(problem.issues.map(({ path, message }) => ({ path: path.replace(/^body\./, ''), message })));
    if (problem.code !== 'revisionConflict') return;
    this.conflict = conflictOf(problem);
  }
}

/** Both versions, as the refusal of a save that came too late tells them. */
function conflictOf(problem: ApiProblem): RevisionConflict | undefined {
  // The server checks what it answers against its contract, whose type this is.
  return 'current' in problem.details ? (problem.details as RevisionConflict) : undefined;
}

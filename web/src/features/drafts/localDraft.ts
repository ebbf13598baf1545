import type { DraftFields } from '#api/contracts/drafts.ts';

/** What was typed in this tab and the studio does not have yet. */
export interface LocalDraft {
  readonly edit: string;
  readonly counter: number;
  readonly revision: number | null;
  readonly fields: DraftFields;
  /** When it was kept here, ISO 8601. */
  readonly keptAt: string;
}

/**
 * Keeps a draft in this tab: through a reload and a sign-in, until the tab is closed, and for the same person only. It is the browser’s
 * storage of the tab and not of the computer, on which somebody else may sit tomorrow.
 */
export class LocalDraftStore {
  private readonly key: string;

  constructor(person: string, place: string) {
    this.key = `studio.draft/${person}/${place}`;
  }

  read(): LocalDraft | undefined {
    const text = sessionStorage.getItem(this.key);
    return text === null ? undefined : (JSON.parse(text) as LocalDraft);
  }

  /** @returns whether it could be kept: a tab has room for some five million characters. */
  keep(draft: LocalDraft): boolean {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(draft));
      return true;
    } catch (error) {
      // No room: what is there is older than what was to be kept, and would be offered as the newest.
      if (!(error instanceof DOMException)) throw error;
      this.forget();
      return false;
    }
  }

  forget(): void {
    sessionStorage.removeItem(this.key);
  }
}

import type { ContentItem } from './contentItem.ts';
import type { Problem } from './runs.ts';

/** What a worker that shows a site says of its preview, to one of those who look at it. */
export interface PreviewState {
  /** Builds that went well; what is shown is the last of them. */
  readonly builds: number;
  /** Revision of the site’s content that is shown. */
  readonly revision: number | null;
  /** Why the last change is not shown: Hugo’s word, with the place. What was built before it stays. */
  readonly fault: Problem | null;
  /** Texts of other people that are shown and not saved. */
  readonly others: readonly { readonly name: string; readonly textId: string; readonly title: string | null }[];
}

/** What the API sends a worker of an item that somebody writes in. */
export interface UnsavedItem {
  readonly userId: string;
  readonly name: string;
  readonly fields: Pick<ContentItem, 'title' | 'markdown' | 'file' | 'metadata'>;
}

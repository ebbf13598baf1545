/** What is known of an item that a text names. */
export interface NamedItem {
  readonly title: string;
  /** Its kind, in the starter’s word. */
  readonly type: string;
  /** It was deleted: readers would find nothing. */
  readonly isMissing: boolean;
  /** Address of a small picture of it on this host. */
  readonly thumbnail?: string;
}

/** An item somebody chose. */
export interface PickedItem {
  readonly uuid: string;
  readonly title: string;
}

export type PickKind = 'link' | 'embed';

/** What the editor cannot know by itself: the content around its text. Whoever embeds the editor answers. */
export interface MarkdownWorld {
  /** What an item is called; null where the site has none of this id. */
  titleOf: (uuid: string) => Promise<NamedItem | null>;
  /** Lets the person choose an item; null when they choose none. `selection` is the text that is to lead there. */
  pick: (kind: PickKind, selection: string) => Promise<PickedItem | null>;
  /** The item for an address outside, made when there is none yet. */
  addExternalLink: (url: string, title: string) => Promise<PickedItem>;
}

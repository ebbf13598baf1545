export const referenceKinds = ['relation', 'markdown', 'menu', 'website'] as const;
export type ReferenceKind = (typeof referenceKinds)[number];

/** One thing an item names. */
export interface ContentReference {
  /** Dotted path of the field: `metadata.course_image`, `markdown`. */
  readonly field: string;
  readonly kind: ReferenceKind;
  /** Null when a whole site is named. */
  readonly targetTextId: string | null;
  /** Name or url_path of the site, as it is written; null means the item's own. */
  readonly targetSite: string | null;
}

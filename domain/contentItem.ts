/** One piece of content as an author knows it: a page, a resource, the course's metadata, a menu. */
export interface ContentItem {
  /** A uuid, or for singletons the name of their kind. Unique in its site. */
  readonly textId: string;
  /** Name of its kind in the starter configuration. */
  readonly type: string;
  readonly title: string | null;
  /** Folder in the repository, without slashes at its ends. */
  readonly dirpath: string;
  /** Name of the file without its extension. */
  readonly filename: string;
  /** Whether it is a Markdown file of the content folder, with an address of its own. */
  readonly isPageContent: boolean;
  /** Fields, unknown ones included. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The body of a page. */
  readonly markdown: string | null;
  /** Key of its uploaded file in the storage bucket. */
  readonly file: string | null;
}

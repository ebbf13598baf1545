import type { ContentItem } from '#domain/contentItem.ts';

/** A page, unless told otherwise. */
export function makeContentItem(given: Partial<ContentItem> = {}): ContentItem {
  return {
    textId: '11111111-2222-4333-8444-555555555555',
    type: 'page',
    title: 'Syllabus',
    dirpath: 'content/pages',
    filename: 'syllabus',
    isPageContent: true,
    metadata: {},
    markdown: 'Body.\n',
    file: null,
    ...given,
  };
}

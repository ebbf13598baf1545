import { writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

/** Where the accepted files stand. */
export const goldenFolder = new URL('../../golden/content/', import.meta.url);

const ids = { page: '11111111-1111-4111-8111-111111111111', section: '22222222-2222-4222-8222-222222222222', document: '33333333-3333-4333-8333-333333333333', captions: '44444444-4444-4444-8444-444444444444', video: '55555555-5555-4555-8555-555555555555', link: '66666666-6666-4666-8666-666666666666', gone: '77777777-7777-4777-8777-777777777777' };

const config = makeSiteConfig(
  (text) => `${text}  - name: homepage
    label: Home page
    file: data/homepage.yaml
    fields:
    - {name: title, label: Title, widget: string, required: true}
    - {name: featured, label: Featured, widget: relation, collection: page, display_field: title, multiple: true}
`,
);

const resource = (given: Partial<ContentItem>): ContentItem => makeContentItem({ type: 'resource', dirpath: 'content/resources', markdown: '', ...given });
const data = (given: Partial<ContentItem>): ContentItem => makeContentItem({ isPageContent: false, markdown: null, title: null, ...given });

const items: readonly ContentItem[] = [
  makeContentItem({
    textId: ids.page,
    title: 'C++ (“quoted”), שלום 日本語 😀 — and a title that is so long that it has to be folded at eighty columns',
    filename: 'c',
    metadata: { description: '', draft: false, parent_uid: ids.section, learning_resource_types: [], weights: [1, 0.5, 0.00001], answer: 'yes', number: '7', day: '2020-01-01', time: '1:30', lines: 'one\ntwo\n', note: 'a plain text that is so long that it is folded, word by word, at the eightieth column of its line' },
    markdown: '# Heading\n\n---\n\nWindows\r\nline ends, and no line break at the end',
  }),
  makeContentItem({ textId: ids.section, title: 'Section', dirpath: 'content/pages/section', filename: '_index', markdown: 'Text\n' }),
  resource({
    textId: ids.document,
    title: "It's a document",
    filename: 'document.v2',
    file: 'courses/my-course/33333333333343338333333333333333_a file#1.pdf',
    metadata: { description: '', file_type: 'application/pdf', image_metadata: { 'image-alt': '', caption: 'See {{% resource_link "x" "y" %}}: here', credit: null }, resourcetype: 'Document' },
  }),
  resource({ textId: ids.captions, title: 'captions', filename: 'captions', file: 'courses/my-course/captions.vtt', metadata: { language: 'fr', locale: 'fr-CA' } }),
  resource({
    textId: ids.video,
    title: 'Video',
    filename: 'video',
    metadata: { resourcetype: 'Video', video_files: { archive_url: 'https://example.edu/v.mp4', video_captions_resources: { content: [ids.captions, ids.gone], website: 'my-course' }, video_transcript_resources: { content: '', website: 'my-course' } }, video_metadata: { youtube_id: '0qws8BUK3RQ' } },
  }),
  makeContentItem({ textId: ids.link, type: 'external-resource', title: 'A link', dirpath: 'content/external-resources', filename: 'a-link', metadata: { external_url: 'https://example.edu/?a=1&b=2', has_external_license_warning: true }, markdown: '' }),
  data({
    textId: 'sitemetadata',
    type: 'sitemetadata',
    title: 'Course Metadata',
    metadata: { course_title: 'Erdős & “friends”', term: 'Fall', year: '2026', level: ['Graduate'], topics: [['Engineering', 'Computer Science']], course_image: { website: 'my-course', content: ids.document }, instructors: { website: 'ocw-www', content: [] }, 10: 'ten', é: 'two bytes', bb: null, hide_download: false },
  }),
  data({
    textId: 'navmenu',
    type: 'navmenu',
    metadata: {
      leftnav: [
        { identifier: ids.page, name: 'C++', weight: 10 },
        { identifier: ids.section, name: 'Section', weight: 20, url: '/old' },
        { identifier: 'external-1', name: 'Away', weight: 30, url: 'https://example.edu' },
        { identifier: ids.gone, name: 'Gone', weight: 40 },
        { identifier: ids.link, name: 'Child: of a section', parent: ids.section, weight: 10 },
      ],
    },
  }),
  data({ textId: 'homepage', type: 'homepage', title: 'Home', metadata: { featured: { content: [ids.page], website: 'ocw-www' } } }),
];

/** Each item’s file, by its path. */
export function goldenContent(): ReadonlyMap<string, string> {
  const site = { siteId: '88888888-8888-4888-8888-888888888888', name: 'my-course', shortId: '18.06', urlPath: 'courses/18-06-my-course-fall-2026', itemOf: (textId: string) => items.find((item) => item.textId === textId) };
  return new Map(items.map((item) => writeContentFile(item, config, site)).map(({ path, text }) => [path, text]));
}

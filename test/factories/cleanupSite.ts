import { type CleanupSite, type CleanupSiteInput, createCleanupSite } from '#domain/cleanup/cleanupSite.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { makeContentItem } from './contentItem.ts';

/** A course starter with every widget that holds text. */
export const cleanupConfig: SiteConfig = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: description, label: Description, widget: text}
  - {name: body, label: Body, widget: markdown, allowed_html: [sub, sup]}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Description, widget: markdown}
  - {name: resourcetype, label: Type, widget: select, options: [Image, Video, Document, Other]}
  - {name: file, label: File, widget: file}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: caption, label: Caption, widget: markdown}
- name: external-resource
  label: External resources
  category: Content
  folder: content/external-resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: external_url, label: URL, widget: string, required: true}
  - {name: has_external_license_warning, label: Warning, widget: boolean, default: false}
- name: metadata
  label: Metadata
  category: Settings
  files:
  - name: sitemetadata
    label: Course
    file: data/course.json
    fields:
    - {name: course_title, label: Title, widget: string}
    - {name: course_description, label: Description, widget: markdown}
- name: menus
  label: Menus
  category: Settings
  files:
  - name: navmenu
    label: Menu
    file: config/_default/menus.yaml
    fields:
    - {name: leftnav, label: Left, widget: menu}
`);

const id = (digit: string): string => `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;

/** Ids of the items of the site. */
export const ids = { syllabus: id('a'), notes: id('b'), proofs: id('c'), plan: id('d'), plot: id('e'), rSite: id('f'), made: id('0') } as const;

const page = (textId: string, filename: string, given: Partial<ContentItem> = {}): ContentItem => makeContentItem({ textId, filename, title: filename, markdown: '', ...given });

/** Items of the course `courses/18-05`: pages, a section, files, an external resource. */
export const cleanupItems: readonly ContentItem[] = [
  page(ids.syllabus, 'syllabus'),
  page(ids.notes, 'notes', { metadata: { aliases: ['/pages/old-notes'] } }),
  page(ids.proofs, '_index', { dirpath: 'content/pages/proofs', title: 'proofs' }),
  page(ids.plan, 'studio-plan', { type: 'resource', dirpath: 'content/resources', metadata: { resourcetype: 'Document' }, file: `courses/eighteen/${'1'.repeat(32)}_plan.txt` }),
  page(ids.plot, 'plot', { type: 'resource', dirpath: 'content/resources', metadata: { resourcetype: 'Image' }, file: 'courses/eighteen/plot.png' }),
  page(ids.rSite, 'r', { type: 'external-resource', dirpath: 'content/external-resources', title: 'R', metadata: { external_url: 'https://www.r-project.org' } }),
];

/** The lookups of that course; other sites are `courses/18-01` and `courses/18-01sc`. */
export function makeCleanupSite(given: Partial<CleanupSiteInput> = {}): CleanupSite {
  return createCleanupSite({
    name: 'eighteen',
    urlPath: 'courses/18-05',
    isRoot: false,
    config: cleanupConfig,
    items: cleanupItems,
    formerPlaces: [{ textId: ids.syllabus, dirpath: 'content/pages', filename: 'outline' }],
    otherSites: [
      { name: 'calculus', urlPath: 'courses/18-01' },
      { name: 'calculus-sc', urlPath: 'courses/18-01sc' },
    ],
    ownHosts: new Set(['ocw.mit.edu']),
    newIdFor: () => ids.made,
    ...given,
  });
}

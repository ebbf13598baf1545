import { v7 as uuidv7 } from 'uuid';
import { parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import type { Item } from '#api/contracts/items.ts';
import type { Db } from '#db/knex.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { insertSite } from '#db/queries/sites.ts';
import { findStarterBySlug, upsertStarter } from '#db/queries/starters.ts';
import { makeRun } from './sites.ts';
import type { Answer, ApiUnderTest, Caller } from './testApi.ts';

/** A starter with every kind of content the items API treats in its own way. */
const contentConfig: SiteConfig = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: description, label: Description, widget: text}
  - {name: draft, label: Draft, widget: boolean, default: false}
  - {name: body, label: Body, widget: markdown}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: resourcetype, label: Type, widget: select, options: [Image, Video, Document, Other], default: Document}
  - {name: license, label: License, widget: string, default: CC BY}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: caption, label: Caption, widget: string}
    - {name: credit, label: Credit, widget: string, default: Unknown}
  - {name: file, label: File, widget: file}
- name: external-resource
  label: External resources
  category: Content
  folder: content/external-resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: external_url, label: URL, widget: string, required: true}
- name: instructor
  label: Instructors
  category: Content
  folder: content/instructors
  slug: text_id
  fields:
  - {name: title, label: Title, widget: string, required: true}
- name: metadata
  label: Metadata
  category: Settings
  files:
  - name: sitemetadata
    label: Course
    file: data/course.json
    fields:
    - {name: course_title, label: Title, widget: string, required: true}
    - {name: term, label: Term, widget: select, options: [Fall, Spring]}
    - {name: instructors, label: Instructors, widget: relation, collection: instructor, display_field: title, multiple: true, website: ocw-www}
    - {name: course_image, label: Image, widget: relation, collection: resource, display_field: title}
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

/** A site of that starter. @returns its id. */
export async function makeContentSite(db: Db, name: string, config: SiteConfig = contentConfig): Promise<string> {
  await upsertStarter(db, { slug: 'content', path: 'content', commit: 'c0ffee', config });
  const starter = await findStarterBySlug(db, 'content');
  if (starter === undefined) throw new Error('The starter was not stored');
  return insertSite(db, { name, shortId: name, title: `Title of ${name}`, starterId: starter.id, ownerId: null, urlPath: `courses/${name}` });
}

/** Puts a site live, as far as the database knows. */
export async function putLive(db: Db, siteId: string): Promise<void> {
  const runId = await makeRun(db, { siteId, version: 'live', workflowRunId: uuidv7() });
  const key = { siteId, version: 'live', theme: '' } as const;
  await beginDeployment(db, key, 'manifest');
  await finishDeployment(db, key, { manifestKey: 'manifest', runId, commit: 'c0ffee', contentRevision: 0 });
}

/** The items of one site as one person works on them; every answer fits its contract. */
export function itemsOf(api: ApiUnderTest, site: string, who: Caller) {
  const at = (item: string): { params: Record<string, string> } => ({ params: { site, item } });
  return {
    create: (body: Record<string, unknown>): Promise<Answer> => api.call('POST /api/v1/sites/:site/items', who, { params: { site }, body }),
    get: (item: string): Promise<Answer> => api.call('GET /api/v1/sites/:site/items/:item', who, at(item)),
    save: (item: string, body: Record<string, unknown>): Promise<Answer> => api.call('PATCH /api/v1/sites/:site/items/:item', who, { ...at(item), body }),
    delete: (item: string, revision: number): Promise<Answer> => api.call('DELETE /api/v1/sites/:site/items/:item', who, { ...at(item), query: { revision } }),
    undelete: (item: string): Promise<Answer> => api.call('POST /api/v1/sites/:site/items/:item/undelete', who, at(item)),
    restore: (item: string, body: { revision: number; to: number }): Promise<Answer> => api.call('POST /api/v1/sites/:site/items/:item/restore', who, { ...at(item), body }),
    references: (item: string): Promise<Answer> => api.call('GET /api/v1/sites/:site/items/:item/references', who, at(item)),
    list: (query: Record<string, string | number> = {}): Promise<Answer> => api.call('GET /api/v1/sites/:site/items', who, { params: { site }, query }),
    /** Creates what must be created. */
    async made(body: Record<string, unknown>): Promise<Item> {
      return itemIn(await this.create(body), 201);
    },
    /** The item as it is now. */
    async now(item: string): Promise<Item> {
      return itemIn(await this.get(item));
    },
    /** Saves what must be saved. */
    async saved(item: string, body: Record<string, unknown>): Promise<Item> {
      return itemIn(await this.save(item, body));
    },
  };
}

/** The item of an answer that must be one. */
export function itemIn(answer: Answer, status = 200): Item {
  if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer.json as Item;
}

/** What a page says to name another item in its body. */
export const linkTo = (textId: string): string => `See {{% resource_link "${textId}" "it" %}}.\n`;

import type { Item, ItemSummary, Referrer } from '../../../api/contracts/items.ts';
import type { SiteKinds } from '../../../api/contracts/kinds.ts';
import type { RouteKey } from '../../../api/contracts/index.ts';
import { configItems, parseSiteConfig } from '../../../domain/siteConfig.ts';
import { ago, newId, type World } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A starter with every widget, in the shape of the real ones. */
const config = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: draft, label: Draft, widget: boolean, required: true, default: false, help: Enable this setting to prevent publishing in production}
  - {name: title, label: Title, widget: string, required: true}
  - {name: description, label: Description, widget: text, required: true, help: The plain text description of this page as seen by search engines}
  - {name: body, label: Body, widget: markdown}
  - {name: learning_resource_types, label: Learning Resource Types, widget: select, multiple: true, options: [Activity Assignments, Competition Videos, Design Assignments, Editable Files, Exams, Image Gallery, Lecture Audio, Lecture Notes, Lecture Videos, Problem Sets, Readings, Tools]}
  - {name: audience, label: Audience, widget: select, multiple: true, options: [Educators, Learners], max: 1}
  - {name: license, label: License, widget: select, required: true, default: by, options: [{label: CC BY, value: by}, {label: Public domain, value: zero}]}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: resourcetype, label: Resource Type, widget: select, required: true, options: [Image, Video, Document, Other]}
  - {name: file, label: File, widget: file}
  - {name: gdrive_url, label: Google Drive URL, widget: string, readOnly: true}
  - {name: language, label: Language, widget: select, options: [English, Arabic, Chinese, Dutch, French, German, Hebrew, Hindi, Italian, Japanese, Korean, Polish]}
  - name: image_metadata
    label: Image Metadata
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: image-alt, label: ALT text, widget: string}
    - {name: caption, label: Caption, widget: text}
- name: external-resource
  label: External Resources
  category: Content
  folder: content/external-resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: external_url, label: URL, widget: string, required: true}
- name: video_gallery
  label: Video galleries
  category: Content
  folder: content/video_galleries
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: videos, label: Videos, widget: relation, collection: resource, display_field: title, multiple: true}
- name: settings
  label: Settings
  category: Settings
  files:
  - {name: metadata, label: Metadata, file: data/course.json, fields: [{name: course_title, label: Course title, widget: string, required: true}, {name: topics, label: Topics, widget: hierarchical-select, levels: [{name: topic, label: Topic}], options_map: {Mathematics: []}}]}
  - {name: navmenu, label: Menu, file: config/_default/menus.yaml, fields: [{name: leftnav, label: Left, widget: menu}]}
`);

/** Kinds of content and the items that are written in the studio. */
export class ContentFixture {
  /** What was asked for that changes something, to be read by a test. */
  readonly bodies: { readonly key: RouteKey; readonly body: unknown }[] = [];
  /** What names an item; another than these is named by what the fixture of references says. */
  readonly namedBy = new Map<string, Referrer[]>();
  wasLive = true;
  /** What the address of a new item has already. */
  standing: Item | undefined;
  /** Kinds that the caller may only read. */
  readonly closed = new Set<string>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Puts an item into the world. */
  add(some: Partial<Item> & Pick<Item, 'type' | 'title'>): Item {
    const textId = some.textId ?? newId();
    const filename = (some.title ?? textId).toLowerCase().replace(/\W+/g, '-');
    const kind = configItems(config).find(({ name }) => name === some.type);
    const dirpath = kind?.folder ?? '';
    const item: Item = { textId, revision: 1, updatedAt: ago(60), updatedBy: null, deletedAt: null, path: kind?.file ?? `${dirpath}/${filename}.md`, pageUrl: kind?.file != null ? null : `/${dirpath.replace(/^content\//, '')}/${filename}`, dirpath, filename, isPageContent: kind?.file == null, metadata: {}, markdown: null, file: null, reason: 'saved', can: { edit: true, delete: true }, ...some };
    this.world.items.set(textId, item);
    return item;
  }

  private get kinds(): SiteKinds['kinds'] {
    return configItems(config).map((kind) => {
      const count = [...this.world.items.values()].filter((item) => item.type === kind.name && item.deletedAt === null).length;
      const edit = !this.closed.has(kind.name);
      return { ...kind, fields: [...kind.fields], isTitleImplied: false, count, can: { add: edit && (kind.file === null || count === 0), edit } };
    });
  }

  /** Keeps what is asked for that writes content, whoever answers it. */
  hear(key: RouteKey, body: Asked['body']): void {
    if (/^(?:POST|PATCH|DELETE) \/api\/v1\/sites\/:site\/(?:items|uploads)/.test(key) && !/presence$|draft$/.test(key)) this.bodies.push({ key, body });
  }

  /** What a route answers; undefined for one that is none of these. */
  answer(key: RouteKey, { params, query, body }: Asked): unknown {
    const { items } = this.world;
    switch (key) {
      case 'GET /api/v1/sites/:site/kinds': {
        const site = this.world.sites.find(({ name }) => name === params['site']);
        return site === undefined ? undefined : { site: { name: site.name, title: site.title, wasLive: this.wasLive }, kinds: this.kinds };
      }
      case 'GET /api/v1/sites/:site/items': {
        if (query['type'] === undefined) return undefined;
        const search = String(query['search'] ?? '').toLowerCase();
        const types = String(query['type'] ?? '').split(',');
        const fits = [...items.values()].filter((one) => types.includes(one.type) && (one.deletedAt !== null) === (query['deleted'] === 'true') && `${one.title ?? ''} ${one.filename}`.toLowerCase().includes(search) && (query['resourcetype'] ?? one.metadata['resourcetype']) === one.metadata['resourcetype'] && (query['draft'] === undefined || (query['draft'] === 'true') === (one.metadata['draft'] === true)));
        if (query['sort'] === 'title') fits.sort((a, b) => (a.title ?? '').localeCompare(b.title ?? ''));
        return { total: fits.length, items: fits.slice(Number(query['offset']), Number(query['offset']) + Number(query['limit'])).map((one) => this.summary(one)) };
      }
      case 'POST /api/v1/sites/:site/items': {
        if (this.standing !== undefined) return { ...this.standing, isNew: false };
        const type = String(body['type']);
        if (type === 'external-resource') return undefined;
        const isOnce = configItems(config).some((kind) => kind.name === type && kind.file !== null);
        return { ...this.add({ ...(isOnce ? { textId: type } : {}), type, title: typeof body['title'] === 'string' ? body['title'] : null, metadata: (body['metadata'] ?? {}) as Item['metadata'], markdown: (body['markdown'] ?? '') as string, file: (body['file'] ?? null) as string | null }), isNew: true };
      }
      case 'GET /api/v1/sites/:site/items/:item/references': {
        const namedBy = this.namedBy.get(params['item'] ?? '');
        return namedBy === undefined ? undefined : { names: [], namedBy };
      }
      default:
        return undefined;
    }
  }

  private put(item: Item): Item {
    this.world.items.set(item.textId, item);
    return item;
  }

  private summary({ textId, type, title, revision, updatedAt, updatedBy, deletedAt, path, metadata }: Item): ItemSummary {
    const { resourcetype } = metadata;
    return { textId, type, title, revision, updatedAt, updatedBy, deletedAt, path, resourcetype: typeof resourcetype === 'string' ? resourcetype : null, isDraft: metadata['draft'] === true, referencedBy: this.namedBy.get(textId)?.length ?? 0 };
  }
}

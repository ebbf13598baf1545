import type { Accessibility } from '../../../api/contracts/accessibility.ts';
import type { Output } from '../../../api/contracts/client.ts';
import type { RouteKey } from '../../../api/contracts/index.ts';
import type { UnpublishedItem } from '../../../api/contracts/unpublished.ts';
import type { Validation } from '../../../api/contracts/validation.ts';
import { ago, newId, type Run, type Site, type World } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const lee = { id: '0198c5de-0000-7000-8000-0000000000a2', name: 'Lee Sandoval' };
const SYLLABUS = 'f1a0e7a4-0000-4000-8000-000000000001';

const changed = (title: string, some: Partial<UnpublishedItem> = {}): UnpublishedItem => ({ textId: newId(), type: 'page', title, kind: 'changed', path: `content/pages/${title.toLowerCase().replaceAll(' ', '-')}.md`, pathBefore: null, isDraft: false, revision: 4, publishedRevision: 2, saves: 2, savedAt: ago(90), savedBy: lee, ...some });

/** What a site's home, its list, a new site and the palette ask for beside what others answer. */
export class HomeFixture {
  /** What differs from the last publish of the site that has changes. */
  changes: UnpublishedItem[] = [
    changed('Syllabus', { textId: SYLLABUS }),
    changed('Readings', { kind: 'new', revision: 1, publishedRevision: null, saves: 1, savedAt: ago(300) }),
    changed('Assignments and Exams', { kind: 'renamed', pathBefore: 'content/pages/assignments.md', savedAt: ago(900) }),
    changed('Old syllabus', { kind: 'deleted', savedBy: null, savedAt: ago(4_000) }),
    changed('A plan for spring', { isDraft: true, savedAt: ago(5_000) }),
  ];
  otherChanges = false;
  validation: Validation = {
    site: '',
    items: 1_284,
    total: 3,
    bySeverity: { blocks: 0, broken: 2, untidy: 1 },
    faults: [
      { severity: 'broken', item: { textId: SYLLABUS, type: 'page', title: 'Syllabus' }, field: 'markdown', line: 14, message: 'It names the item ‘f1a0e7a4-0000-4000-8000-000000000099’, which was deleted: bring it back, or take it out.' },
      { severity: 'broken', item: { textId: newId(), type: 'resource', title: 'Lecture 12 slides' }, field: 'file', line: null, message: 'The resource has no file: upload one, or delete the resource.' },
      { severity: 'untidy', item: null, field: null, line: null, message: '‘Menu’ was never saved: the site has no such menu.' },
    ],
  };
  findings: Accessibility['findings'] = [
    { rule: 'captions-missing', item: { textId: newId(), type: 'resource', title: 'Lecture 3' }, field: 'metadata.video_files.video_captions_resources', label: 'Captions', line: null, message: 'The video has no captions: who cannot hear it misses all that is said. Add a file with captions, or have them ordered.', shownOn: ['Readings'] },
    { rule: 'alt-missing', item: { textId: newId(), type: 'resource', title: 'A graph' }, field: 'metadata.image_metadata.image-alt', label: 'Alt text', line: null, message: 'The picture has no alternative text: who cannot see it learns nothing of it. Say in ‘Alt text’ what it shows.', shownOn: ['Syllabus', 'Readings'] },
    { rule: 'link-text', item: { textId: SYLLABUS, type: 'page', title: 'Syllabus' }, field: 'markdown', label: 'Page Content', line: 3, message: 'The link ‘here’ does not say where it leads. Use the name of what it leads to.', shownOn: [] },
    { rule: 'link-text', item: { textId: SYLLABUS, type: 'page', title: 'Syllabus' }, field: 'markdown', label: 'Page Content', line: 9, message: 'A link shows its bare address, https://example.edu/, which is read out letter by letter. Use the name of what it leads to.', shownOn: [] },
  ];
  readonly favourites = new Set<string>();
  /** Whether the repository of a site is there; none of a site that was just made. */
  readonly repositories = new Set<string>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    for (const site of world.sites) this.repositories.add(site.name);
  }

  /** What a route answers; undefined for one that is none of these. */
  answer(key: RouteKey, { params, query, body }: Asked, siteOf: (name: string | undefined) => Site): unknown {
    switch (key) {
      case 'GET /api/v1/sites':
        return this.list(query);
      case 'PUT /api/v1/sites/:site/favourite':
        this.favourites.add(siteOf(params['site']).name);
        return { isFavourite: true };
      case 'DELETE /api/v1/sites/:site/favourite':
        this.favourites.delete(siteOf(params['site']).name);
        return { isFavourite: false };
      case 'GET /api/v1/sites/:site/unpublished':
        return this.unpublished(siteOf(params['site']), query);
      case 'GET /api/v1/sites/:site/newest-runs':
        return { runs: this.newest(siteOf(params['site'])) };
      case 'GET /api/v1/sites/:site/validation':
        return this.hasChanges(siteOf(params['site'])) ? { ...this.validation, site: params['site'] } : { site: params['site'], items: 64, total: 0, bySeverity: { blocks: 0, broken: 0, untidy: 0 }, faults: [] };
      case 'GET /api/v1/sites/:site/accessibility':
        return this.accessibility(siteOf(params['site']), query);
      case 'GET /api/v1/sites/:site/items': {
        siteOf(params['site']);
        const fits = [...this.world.items.values()].filter((item) => (item.title ?? '').toLowerCase().includes(String(query['search'] ?? '').toLowerCase()));
        return { total: fits.length, items: fits.slice(0, Number(query['limit'])).map((item) => ({ ...item, resourcetype: null, isDraft: false, referencedBy: 0 })) };
      }
      case 'GET /api/v1/new-site':
        return this.look(query);
      case 'POST /api/v1/sites':
        return this.create(body);
      case 'GET /api/v1/sites/:site/repository': {
        const site = siteOf(params['site']);
        const head = (branch: string) => ({ branch, commit: this.repositories.has(site.name) ? '4be01c2f0d9a4e7fb1f7a5a0c2f0d9a4e7fb1f7a' : null });
        return { url: `https://github.example.edu/ocw-content/${site.shortId}`, savedRevision: 1, committedRevision: 1, main: head('main'), preview: head('preview'), release: head('release'), seenAt: null };
      }
      case 'POST /api/v1/sites/:site/repository':
        return { id: newId(), process: 'site-repo', site: siteOf(params['site']).name, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      default:
        return undefined;
    }
  }

  private list(query: Asked['query']): Output<'GET /api/v1/sites'> {
    const search = String(query['search'] ?? '').toLowerCase();
    const fits = this.world.sites
      .filter((site) => `${site.title} ${site.name} ${site.shortId}`.toLowerCase().includes(search) && fitsState(site, query['state']) && (query['starter'] ?? site.starter?.slug) === site.starter?.slug && (query['only'] !== 'favourites' || this.favourites.has(site.name)) && query['kind'] !== 'pk12')
      .map((site) => ({ ...site, siteType: 'ocw' as const, isFavourite: this.favourites.has(site.name), role: site.name === 'matrix-methods' ? ('owner' as const) : null }))
      .sort((a, b) => Number(b.isFavourite) - Number(a.isFavourite));
    return { total: fits.length, sites: pageOf(fits, query) };
  }

  private hasChanges(site: Site): boolean {
    return site.name === 'matrix-methods';
  }

  private unpublished(site: Site, query: Asked['query']): Output<'GET /api/v1/sites/:site/unpublished'> {
    const version = query['version'] === 'live' ? 'live' : 'draft';
    const of = (kind: UnpublishedItem['kind']): number => items.filter((item) => item.kind === kind).length;
    const items = this.hasChanges(site) ? this.changes : [];
    const { publishedAt } = site[version];
    return { version, published: publishedAt === null ? null : { at: publishedAt, revision: 12 }, total: items.length, counts: { new: of('new'), changed: of('changed'), renamed: of('renamed'), deleted: of('deleted') }, otherChanges: this.otherChanges, items: pageOf(items, query) };
  }

  private newest(site: Site): Run[] {
    const newest = new Map<string, Run>();
    for (const run of this.world.runs) if (run.site?.name === site.name && !newest.has(`${run.process}/${run.version ?? ''}`)) newest.set(`${run.process}/${run.version ?? ''}`, run);
    return [...newest.values()];
  }

  private accessibility(site: Site, query: Asked['query']): Accessibility {
    const findings = this.hasChanges(site) ? this.findings : [];
    const asked = findings.filter(({ rule }) => (query['rule'] ?? rule) === rule);
    const of = (rule: string): number => findings.filter((finding) => finding.rule === rule).length;
    return {
      items: findings.length === 0 ? 0 : 4,
      isWhole: true,
      total: asked.length,
      counts: { 'captions-missing': of('captions-missing'), 'alt-missing': of('alt-missing'), 'alt-file-name': of('alt-file-name'), 'table-header': of('table-header'), 'heading-top': of('heading-top'), 'heading-skips': of('heading-skips'), 'link-text': of('link-text') },
      findings: pageOf(asked, query),
    };
  }

  private look(query: Asked['query']): Output<'GET /api/v1/new-site'> {
    const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    const name = query['name'] === undefined ? slug(String(query['title'])) : String(query['name']);
    const shortId = String(query['shortId'] ?? name).toLowerCase();
    const holder = this.world.sites.find((site) => site.shortId === shortId);
    return {
      name: name === '' ? null : name,
      shortId,
      faults: [
        ...(this.world.sites.some((site) => site.name === name) ? [{ field: 'title' as const, message: `There is a site named ‘${name}’ already.` }] : []),
        ...(holder === undefined ? [] : [{ field: 'shortId' as const, message: `The short id ‘${shortId}’ is that of the site ‘${holder.name}’, and names its repository.` }]),
        ...(/^[a-z0-9._-]{0,100}$/.test(shortId) ? [] : [{ field: 'shortId' as const, message: 'The short id has 1 to 100 letters, digits, dots, hyphens and underscores.' }]),
      ],
    };
  }

  private create(body: Asked['body']): Site {
    const [like] = this.world.sites;
    if (like === undefined) throw new Error('There is no site to make another like');
    const never = { state: 'never', url: null, runId: null, publishedAt: null, commit: null, hasUnpublishedChanges: true, waiting: [] } as const;
    const name = String(body['title']).toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const site: Site = { ...like, id: newId(), name, title: String(body['title']), shortId: String(body['shortId']), itemCount: 0, sections: like.sections.map((section) => ({ ...section, count: 0 })), draft: { ...never, waiting: [] }, live: { ...never, waiting: [] }, currentRuns: { draft: null, live: null, unpublish: null } };
    this.world.sites.push(site);
    return site;
  }
}

function fitsState(site: Site, state: unknown): boolean {
  const states = [site.draft.state, site.live.state];
  switch (state) {
    case 'published':
      return site.live.publishedAt !== null;
    case 'unpublished':
      return site.live.publishedAt === null;
    case 'changed':
      return site.draft.hasUnpublishedChanges;
    case 'running':
      return states.includes('running');
    case 'failed':
      return states.includes('failed');
    default:
      return true;
  }
}

const pageOf = <T>(all: readonly T[], query: Asked['query']): T[] => all.slice(Number(query['offset']), Number(query['offset']) + Number(query['limit']));

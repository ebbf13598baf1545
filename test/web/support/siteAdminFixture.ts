import type { SiteSettings } from '../../../api/contracts/adminSites.ts';
import type { DeletedItem } from '../../../api/contracts/deletions.ts';
import type { RouteKey } from '../../../api/contracts/index.ts';
import type { StarterDetail, StarterValidation } from '../../../api/contracts/starters.ts';
import { ago, newId, type Site, type World } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What admins see of sites and starters: one site that can be archived, one that readers see, and one that is away. */
export class SiteAdminFixture {
  readonly deleted: DeletedItem[] = [
    { site: { name: 'matrix-methods', title: 'Matrix Methods', isArchived: false }, item: { textId: 'f1a0e7a4-0000-4000-8000-000000000002', type: 'page', title: 'Old syllabus' }, fileName: null, at: ago(120), by: 'Lee Sandoval', deletion: null, isGone: true, back: 'undelete', whyNotBack: null, until: 'For good: its history is kept.' },
    { site: { name: 'matrix-methods', title: 'Matrix Methods', isArchived: false }, item: { textId: 'f1a0e7a4-0000-4000-8000-000000000003', type: 'resource', title: 'Quiz 1' }, fileName: 'quiz1.pdf', at: ago(60), by: 'Lee Sandoval', deletion: { id: newId(), state: 'pending', dueAt: new Date(Date.now() + 86_400_000).toISOString() }, isGone: false, back: 'undo', whyNotBack: null, until: 'Until it is due nothing has happened to it.' },
  ];
  archive: SiteSettings['archive'] = null;
  whyNotArchive: SiteSettings['whyNotArchive'] = null;
  readonly changes: unknown[] = [];
  private title: string | null = null;
  readonly starter: StarterDetail;
  validation: StarterValidation = { faults: [{ path: 'collections.0.label', line: 4, reason: 'it is empty' }], changes: [], sites: 2, items: 0, looked: 0, misfitCount: 0, misfits: [] };

  constructor(world: World) {
    const [starter] = world.starters;
    if (starter === undefined) throw new Error('The world has no starter');
    this.starter = {
      ...starter,
      path: 'https://github.com/ocw/projects/ocw-course-v2',
      file: 'ocw-course-v2/ocw-studio.yaml',
      rootPath: 'courses',
      urlFormat: null,
      hugoVersion: null,
      kinds: [{ name: 'page', label: 'Pages', category: 'Content', place: 'content/pages/', fields: [{ name: 'title', label: 'Title', widget: 'string', required: true, help: null, settings: [], fields: [] }] }],
      text: 'collections: []\n',
      draft: null,
      sites: { total: 2, archived: 0, first: [{ name: 'matrix-methods', title: 'Matrix Methods' }] },
      history: [{ commit: 'c0ffee00'.repeat(5), changes: ['The kind ‘Pages’ (page) is new.'], sites: 2, at: ago(60) }],
    };
  }

  private settings(site: Site): SiteSettings {
    const open = <T>(value: T): { value: T; fixed: string | null } => ({ value, fixed: null });
    return {
      title: open(this.title ?? site.title),
      shortId: { value: site.shortId, fixed: `The repository ocw-content/${site.shortId} bears it.` },
      starter: open(site.starter),
      owner: open({ id: newId(), name: 'Ada Okafor', email: 'ada@example.edu' }),
      siteType: open('ocw'),
      source: open('studio'),
      driveFolder: open(null),
      name: { value: site.name, fixed: 'The name stays for good.' },
      urlPath: { value: site.urlPath, fixed: 'Chosen on the site’s page.' },
      derived: { id: site.id, createdAt: ago(9_000), updatedAt: site.updatedAt, items: site.itemCount, deletedItems: 1, savedRevision: 3, committedRevision: 3, repositoryUrl: 'https://github.com/ocw-content/x', storagePath: 'courses/x', builder: 'temporal', publishesCaptions: false, draftUrl: null, draftPublishedAt: null, liveUrl: null, livePublishedAt: null, firstLiveAt: null, unpublishStatus: null, driveFolders: [] },
      problems: [],
      archive: this.archive,
      whyNotArchive: this.whyNotArchive,
    };
  }

  /** What the studio answers; undefined for a route that is not about this. */
  answer(key: RouteKey, { params, body }: Asked, site: (name: string | undefined) => Site, world: World): unknown {
    const request = { id: newId(), process: 'site-repo', site: params['site'] ?? null, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for.', runId: null };
    switch (key) {
      case 'GET /api/v1/admin/sites':
        return { total: world.sites.length, sites: world.sites.map((one) => ({ name: one.name, title: one.title, shortId: one.shortId, urlPath: one.urlPath, starter: one.starter, owner: null, siteType: 'ocw', source: 'studio', builder: 'temporal', isPublished: one.live.url !== null, archivedAt: null, updatedAt: one.updatedAt, problems: [{ id: 'owner-missing', message: 'Nobody owns it, or the owner’s account is closed.' }] })) };
      case 'GET /api/v1/sites/:site/settings':
        return this.settings(site(params['site']));
      case 'PATCH /api/v1/sites/:site/settings':
        this.changes.push(body);
        if (typeof body['title'] === 'string') this.title = body['title'];
        return { settings: this.settings(site(params['site'])), consequences: ['The title in the site’s metadata stays as it is.'] };
      case 'POST /api/v1/sites/:site/archive':
        this.archive = { at: new Date().toISOString(), by: 'Ada Okafor', reason: typeof body['reason'] === 'string' ? body['reason'] : null, step: 'archive', isRepositoryClosed: false, problem: null };
        return request;
      case 'POST /api/v1/sites/:site/unarchive':
        if (this.archive !== null) this.archive = { ...this.archive, step: 'reopen' };
        return request;
      case 'GET /api/v1/sites/:site/starter-fit':
        return { starter: 'ocw-course-v2', items: 3, total: 0, misfits: [] };
      case 'GET /api/v1/starters/:starter':
      case 'PATCH /api/v1/starters/:starter':
        return this.starter;
      case 'POST /api/v1/starters/:starter/validation':
        return this.validation;
      case 'PUT /api/v1/starters/:starter/draft':
        return { ...this.starter, draft: { text: String(body['text']), at: new Date().toISOString(), by: 'Ada Okafor', patch: '--- a/x\n+++ b/x\n' } };
      case 'GET /api/v1/admin/deleted-items':
        return { total: this.deleted.length, items: this.deleted };
      case 'POST /api/v1/sites/:site/items/:item/undelete':
        this.deleted.splice(this.deleted.findIndex(({ item }) => item?.textId === params['item']), 1);
        return world.items.get(params['item'] ?? '') ?? [...world.items.values()][0];
      default:
        return undefined;
    }
  }
}

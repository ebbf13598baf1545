import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import Koa from 'koa';
import type { z } from 'zod';
import { koaAppVersion } from '../../../api/middleware/koa-app-version.ts';
import { koaSecurityHeaders } from '../../../api/middleware/koa-security-headers.ts';
import { koaWebApp } from '../../../api/middleware/koa-web-app.ts';
import type { Builder } from '#domain/builderOf.ts';
import { usualFeatures } from '#domain/featureFlags.ts';
import type { RouteContract } from '../../../api/contracts/contract.ts';
import { errorBodySchema, type ErrorCode, errorStatus } from '../../../api/contracts/errors.ts';
import type { ChangeEvent } from '../../../api/contracts/events.ts';
import { contracts, type RouteKey } from '../../../api/contracts/index.ts';
import type { MassPublish } from '../../../api/contracts/massPublishes.ts';
import type { ReviewDetail, ReviewedPageDiff } from '../../../api/contracts/reviews.ts';
import { AdminFixture } from './adminFixture.ts';
import { SiteAdminFixture } from './siteAdminFixture.ts';
import { ContentFixture } from './contentFixture.ts';
import { DraftsFixture } from './draftsFixture.ts';
import { DriveFixture } from './driveFixture.ts';
import { PickersFixture } from './pickersFixture.ts';
import { HomeFixture } from './homeFixture.ts';
import { PeopleFixture } from './peopleFixture.ts';
import { MailFixture } from './mailFixture.ts';
import { PreviewFixture } from './previewFixture.ts';
import { Refusal } from './refusal.ts';
import { VideosFixture } from './videosFixture.ts';
import { ago, newId, type Run, type Site, type World } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, string>>;
}

/** How it shows that a browser left while it was answered, which is no fault. */
const LEFT: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/**
 * A studio without an engine: the built web app behind the API's own headers, and every route answered from a world the
 * test holds. Each question and each answer must fit the real contract, so that it cannot drift from the API.
 */
export class FixtureApi {
  /** What was asked, as `METHOD /path`, oldest first. */
  readonly asked: string[] = [];
  readonly faults: string[] = [];
  /** `refused`: the event stream answers 503. `silent`: it opens and says nothing, as behind a proxy that keeps it back. */
  events: 'open' | 'refused' | 'silent' = 'open';
  /** Errors to answer instead of what a route would say. */
  readonly refusals = new Map<RouteKey, { code: ErrorCode; message: string; issues?: readonly { path: string; message: string }[]; details?: Readonly<Record<string, unknown>> }>();
  /** Changes what is answered, by its route and contract; it must fit the contract still. */
  rewrite: (key: RouteKey, schema: z.ZodType, answer: unknown) => unknown = (_key, _schema, answer) => answer;
  /** The first script of the app that answers go with, in place of the one that is served. */
  newerApp: string | undefined;
  /** Routes whose answers are kept back until they are let go. */
  readonly held = new Set<RouteKey>();
  /** Routes that are cut off without an answer, as by a studio that is away. */
  readonly away = new Set<RouteKey>();
  url = '';
  world: World;
  /** Files from Google Drive and deletions with them; set once its world is. */
  readonly drive: DriveFixture;
  readonly videos: VideosFixture;
  /** Kinds of content, and the items that are written. */
  readonly content: ContentFixture;
  /** Drafts, revisions and saves of items, and who else edits them. */
  readonly drafts = new DraftsFixture();
  /** Who there is, who works on a site, sessions and tokens. */
  readonly people: PeopleFixture;
  readonly mail = new MailFixture();
  /** What can be chosen from long lists. */
  readonly pickers = new PickersFixture();
  readonly preview = new PreviewFixture();
  readonly admin = new AdminFixture();
  readonly siteAdmin: SiteAdminFixture;
  /** A site's home, the list of sites, a new site. */
  readonly home: HomeFixture;
  readonly massPublish: MassPublish = {
    id: newId(),
    kind: 'publish',
    version: 'live',
    state: 'failed',
    isPaused: false,
    window: 4,
    filter: { names: null, starter: 'ocw-course-v2', source: null },
    builtFrom: { themesCommit: '1f2e3d4c'.repeat(5), projectsCommit: '5a6b7c8d'.repeat(5) },
    sites: 2,
    counts: { waiting: 0, asked: 0, succeeded: 1, failed: 1, skipped: 0, cancelled: 0, undone: 0 },
    summary: '1 of 2 sites is out, 1 failed',
    requestedBy: null,
    startedAt: ago(90),
    endedAt: null,
    estimatedEndAt: null,
    reason: { code: 'PublishFailed', message: '1 site failed. Retry it, or look at its run.' },
    undoes: null,
    undoneBy: null,
    can: { pause: false, resume: false, cancel: true, changeWindow: true, retryFailed: true, undo: true },
    temporalUrl: null,
  };
  massPublishes: readonly MassPublish[] = [this.massPublish];
  private letGo: (() => void)[] = [];
  private readonly streams = new Set<PassThrough>();
  private sentryDsn: string | undefined;
  private stopServer: () => Promise<void> = () => Promise.resolve();

  constructor(world: World) {
    this.world = world;
    this.siteAdmin = new SiteAdminFixture(world);
    this.content = new ContentFixture(world);
    this.home = new HomeFixture(world);
    this.drive = new DriveFixture(this.site('matrix-methods'));
    this.videos = new VideosFixture(this.site('matrix-methods'));
    this.people = new PeopleFixture(this.site('matrix-methods'), { id: world.me?.id ?? newId(), name: world.me?.name ?? '' });
  }

  /** Serves the app built in `webDir`. */
  async start(webDir: string, sentryDsn?: string): Promise<void> {
    this.sentryDsn = sentryDsn;
    const app = new Koa();
    app.on('error', (error: NodeJS.ErrnoException) => {
      if (!LEFT.has(error.code ?? '')) this.faults.push(String(error));
    });
    app.use(koaSecurityHeaders({ isHttps: false, previews: PreviewFixture.source, spokenTo: sentryDsn === undefined ? [] : [new URL(sentryDsn).origin] }));
    app.use(koaAppVersion(webDir));
    app.use(async (ctx, next) => {
      if (!ctx.path.startsWith('/api/')) return next();
      this.asked.push(`${ctx.method} ${ctx.path}${ctx.search}`);
      ctx.set('studio-app', this.newerApp ?? ctx.response.get('studio-app'));
      if (ctx.path === '/api/v1/events') return this.stream(ctx);
      await this.answer(ctx);
    });
    app.use(koaWebApp(webDir));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.stopServer = async () => {
      this.cutStreams();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
  }

  stop(): Promise<void> {
    return this.stopServer();
  }

  /** Gives the answers that were kept back, and keeps none back from now on. */
  release(): void {
    this.held.clear();
    for (const go of this.letGo.splice(0)) go();
  }

  /** Tells every open stream of a change. */
  tell(change: ChangeEvent): void {
    if (this.events !== 'open') return;
    for (const stream of this.streams) stream.write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  cutStreams(): void {
    for (const stream of this.streams) stream.end();
    this.streams.clear();
  }

  private stream(ctx: Koa.Context): void {
    if (this.events === 'refused') {
      ctx.status = 503;
      ctx.body = 'no streams here';
      return;
    }
    const stream = new PassThrough();
    this.streams.add(stream);
    stream.on('close', () => this.streams.delete(stream));
    ctx.req.on('close', () => stream.destroy());
    ctx.set('content-type', 'text/event-stream');
    ctx.body = stream;
    stream.write('retry: 1000\n\n');
  }

  private async answer(ctx: Koa.Context): Promise<void> {
    try {
      const [key, params] = this.find(ctx.method, ctx.path);
      if (this.away.has(key)) {
        ctx.respond = false;
        ctx.req.socket.destroy();
        return;
      }
      if (this.held.has(key)) await new Promise<void>((go) => void this.letGo.push(go));
      const contract: RouteContract = contracts[key];
      if (contract.access === 'signedIn' && this.world.me === null) throw new Refusal('unauthenticated', 'Sign in to go on.');
      const refusal = this.refusals.get(key);
      if (refusal !== undefined) throw new Refusal(refusal.code, refusal.message, refusal.issues, refusal.details);
      const raw = await text(ctx.req);
      const asked = {
        params: contract.params?.parse(params) ?? {},
        query: contract.query?.parse({ ...ctx.query }) ?? {},
        body: typeof contract.body === 'object' ? contract.body.parse(JSON.parse(raw)) : {},
      } as Asked;
      ctx.status = contract.status;
      if (contract.response === 'file') ctx.type = 'text/vtt';
      ctx.body = typeof contract.response === 'string' ? (this.handle(key, asked) ?? null) : contract.response.parse(this.rewrite(key, contract.response, this.handle(key, asked)));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.faults.push(`${ctx.method} ${ctx.url}: ${String(error)}`);
        ctx.status = 500;
        return;
      }
      ctx.status = errorStatus[error.code];
      ctx.body = errorBodySchema.parse({ error: { code: error.code, message: error.message, ...(error.issues === undefined ? {} : { issues: error.issues }), ...(error.details === undefined ? {} : { details: error.details }) } });
    }
  }

  private find(method: string, path: string): [RouteKey, Record<string, string>] {
    for (const key of Object.keys(contracts) as RouteKey[]) {
      const [wanted = '', pattern = ''] = key.split(' ');
      const match = new RegExp(`^${pattern.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`).exec(path);
      if (wanted === method && match !== null) return [key, Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]))];
    }
    throw new Refusal('notFound', 'There is nothing at this address.');
  }

  private handle(key: RouteKey, { params, query, body }: Asked): unknown {
    const { world } = this;
    const ofPeople = this.people.answer(key, { params, query, body }, world.me?.id);
    if (ofPeople !== undefined) return ofPeople;
    this.content.hear(key, body);
    const ofDrafts = this.drafts.answer(key, { params, query, body }, world);
    if (ofDrafts !== undefined) return ofDrafts;
    const ofContent = this.content.answer(key, { params, query, body });
    if (ofContent !== undefined) return ofContent;
    const ofPickers = this.pickers.answer(key, { params, query, body });
    if (ofPickers !== undefined) return ofPickers;
    const ofHome = this.home.answer(key, { params, query, body }, (name) => this.site(name));
    if (ofHome !== undefined) return ofHome;
    const ofPreview = this.preview.answer(key, { params, body });
    if (ofPreview !== undefined) return ofPreview;
    switch (key) {
      case 'GET /api/v1/me':
        return world.me;
      case 'DELETE /api/v1/session':
        world.me = null;
        return { redirectTo: world.signOutPlace };
      case 'GET /api/v1/sign-in':
        return { services: world.signInServices, privacyPolicyUrl: world.privacyPolicyUrl };
      case 'GET /api/v1/sites/:site':
        return this.site(params['site']);
      case 'POST /api/v1/sites/:site/publishes':
        return this.publish(this.site(params['site']), body['version'] === 'live' ? 'live' : 'draft');
      case 'GET /api/v1/sites/:site/unpublish': {
        const site = this.site(params['site']);
        return { url: site.live.url, problems: [], dependencies: [{ site: 'ocw-www', item: 'picks', type: 'course-lists', title: 'Our picks', field: 'metadata.courses' }], mentions: [] };
      }
      case 'POST /api/v1/sites/:site/unpublish': {
        const site = this.site(params['site']);
        Object.assign(site.live, { state: 'unpublished', url: null, publishedAt: null, commit: null });
        Object.assign(site, { unpublished: { at: new Date().toISOString(), by: 'Ada Okafor' }, can: { ...site.can, unpublish: false } });
        return { id: newId(), process: 'unpublish-site', site: site.name, version: 'live', at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      }
      case 'GET /api/v1/sites/:site/reviews': {
        const reviews = world.reviews.map((detail) => detail.review).filter((review) => review.site.name === this.site(params['site']).name);
        return { total: reviews.length, reviews: pageOf(reviews, query) };
      }
      case 'GET /api/v1/reviews/:run':
        return this.review(params['run']);
      case 'GET /api/v1/reviews/:run/pages':
        return this.page(params['run'], query['path']);
      case 'POST /api/v1/reviews/:run/approve':
      case 'POST /api/v1/reviews/:run/schedule':
      case 'POST /api/v1/reviews/:run/unschedule':
      case 'POST /api/v1/reviews/:run/reject':
      case 'POST /api/v1/reviews/:run/publish':
        return this.review(params['run']).review;
      case 'GET /api/v1/sites/:site/publishes': {
        const publishes = world.publishes.get(`${this.site(params['site']).name}/${String(query['version'])}`) ?? [];
        return { total: publishes.length, publishes: pageOf(publishes, query) };
      }
      case 'POST /api/v1/sites/:site/rollbacks':
        return this.publish(this.site(params['site']), body['version'] === 'live' ? 'live' : 'draft');
      case 'GET /api/v1/sites/:site/builder':
        return this.builderOf(this.site(params['site']).name);
      case 'PUT /api/v1/sites/:site/builder': {
        const site = this.site(params['site']);
        const { name } = site;
        site.can = { ...site.can, review: body['builder'] !== 'concourse' };
        if (body['builder'] === 'concourse') world.builtElsewhere.add(name);
        else world.builtElsewhere.delete(name);
        return { ...this.builderOf(name), pipelines: [] };
      }
      case 'GET /api/v1/sites/:site/items/:item': {
        const item = world.items.get(params['item'] ?? '');
        if (item === undefined) throw new Refusal('notFound', `The site has no item ‘${params['item'] ?? ''}’.`);
        return item;
      }
      case 'GET /api/v1/sites/:site/items/:item/link':
        return { link: world.links.find((link) => link.item === params['item']) ?? null };
      case 'GET /api/v1/sites/:site/links': {
        const of = (status: string | null) => world.links.filter((link) => link.status === status);
        const fits = query['status'] === undefined ? world.links : of(String(query['status']));
        return { counts: { valid: of('valid').length, broken: of('broken').length, unchecked: of('unchecked').length, open: of(null).length }, archived: world.links.filter((link) => link.archive.url !== null).length, isArchiving: true, total: fits.length, links: pageOf(fits, query) };
      }
      case 'POST /api/v1/sites/:site/link-checks':
      case 'POST /api/v1/sites/:site/link-archivings':
        return { id: newId(), process: key.endsWith('checks') ? 'check-links' : 'archive-links', site: this.site(params['site']).name, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      case 'GET /api/v1/sites/:site/drive':
        return this.drive.of(this.site(params['site']).name);
      case 'GET /api/v1/drive-syncs/:run/files': {
        const fits = this.drive.filesWith(query['outcome']);
        return { total: fits.length, files: pageOf(fits, query) };
      }
      case 'POST /api/v1/drive-syncs/:run/confirm-removal':
      case 'POST /api/v1/drive-syncs/:run/refuse-removal':
        return this.drive.decide(key.endsWith('confirm-removal'));
      case 'POST /api/v1/sites/:site/drive/syncs':
      case 'POST /api/v1/sites/:site/drive/files/:file/retry':
        return { id: newId(), process: key.endsWith('retry') ? 'ingest-drive-file' : 'sync-drive-folder', site: this.site(params['site']).name, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      case 'GET /api/v1/sites/:site/deletions': {
        const fits = this.drive.deletionsOf(this.site(params['site']).name, query['state']);
        return { total: fits.length, deletions: pageOf(fits, query) };
      }
      case 'POST /api/v1/sites/:site/deletions/undo':
      case 'POST /api/v1/sites/:site/deletions/now':
        return this.drive.change(body, key.endsWith('undo') ? 'undone' : 'going');
      case 'GET /api/v1/sites/:site/items/:item/references':
        return { names: [], namedBy: [{ site: this.site(params['site']).name, textId: 'f1a0e7a4-0000-4000-8000-000000000001', type: 'page', title: 'Syllabus', field: 'markdown' }] };
      case 'GET /api/v1/sites/:site/videos':
        return this.videos.listOf(this.site(params['site']).name, query);
      case 'PUT /api/v1/sites/:site/caption-settings':
        return this.videos.set(body['publishesCaptions']);
      case 'GET /api/v1/videos':
        return this.videos.parked();
      case 'POST /api/v1/videos/:video/retry':
        return this.videos.retry(params['video']);
      case 'GET /api/v1/videos/:video/tracks/:track':
        return 'WEBVTT\n\n00:00.000 --> 00:02.000\nA matrix has rows and columns.\n';
      case 'GET /api/v1/videos/:video/download':
        return '';
      case 'GET /api/v1/youtube':
        return this.videos.youtube;
      case 'POST /api/v1/youtube/resumptions':
        this.videos.resume();
        return {};
      case 'GET /api/v1/caption-orders': {
        const fits = this.videos.ordersIn(query['state']);
        return { total: fits.length, orders: pageOf(fits, query), ...this.videos.spending };
      }
      case 'POST /api/v1/caption-orders/:order/approve':
      case 'POST /api/v1/caption-orders/:order/refuse':
        return this.videos.decide(params['order'], key.endsWith('approve') ? 'intended' : 'refused');
      case 'GET /api/v1/me/mail-preferences':
        return this.mail.preferences;
      case 'PUT /api/v1/me/mail-preferences':
        return this.mail.choose((body as unknown as { groups: Record<string, boolean> }).groups);
      case 'GET /api/v1/mails':
        return this.mail.list(query);
      case 'POST /api/v1/mails/:mail/resend':
        return this.mail.resend(params['mail']);
      case 'GET /api/v1/mail-suppressions':
        return { total: this.mail.suppressions.length, suppressions: this.mail.suppressions };
      case 'POST /api/v1/mail-suppressions/:suppression/lift':
        return this.mail.lift(params['suppression']);
      case 'GET /api/v1/links':
        return { links: 21_400, broken: 310, dueForCheck: 1_200, oldestCheckAt: ago(9 * 1_440), isArchiving: true, archive: { none: 0, queued: 640, submitted: 7, archived: 20_300, failed: 450, unknown: 3 }, account: { available: 5, processing: 7, dailyCaptures: 4_210, dailyLimit: 30_000, askedAt: ago(1) } };
      case 'POST /api/v1/import-syncs':
        return { id: newId(), process: 'sync-import-bucket', site: null, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      case 'GET /api/v1/mass-publishes':
        return { total: this.massPublishes.length, massPublishes: this.massPublishes };
      case 'GET /api/v1/mass-publishes/:run':
        return this.massPublish;
      case 'GET /api/v1/mass-publishes/:run/sites':
        return { total: 2, sites: world.sites.slice(0, 2).map((site, index) => ({ site: { name: site.name, title: site.title }, state: index === 0 ? 'succeeded' : 'failed', attempt: 1, runId: newId(), reason: index === 0 ? null : 'Hugo could not build the site.', askedAt: ago(60), endedAt: ago(20) })) };
      case 'GET /api/v1/schedules': {
        const schedules = world.reviews.map((detail) => detail.review).filter((review) => review.state === 'scheduled');
        return { total: schedules.length, schedules: pageOf(schedules, query) };
      }
      case 'GET /api/v1/runs': {
        if (query['site'] !== undefined) this.site(String(query['site']));
        const fits = [...new Map(world.runs.map((run) => [run.id, run])).values()].filter((run) => (query['site'] ?? run.site?.name) === run.site?.name && (query['state'] ?? run.state) === run.state && (query['version'] ?? run.version) === run.version && (query['process'] ?? run.process) === run.process && (query['waits'] === undefined || run.can.retry));
        return { total: fits.length, runs: pageOf(fits, query) };
      }
      case 'GET /api/v1/run-counts':
        return this.admin.counts(world.runs.filter((run) => (query['process'] ?? run.process) === run.process));
      case 'GET /api/v1/run-differences':
        return this.admin.differences;
      case 'GET /api/v1/audit':
        return this.admin.audit(query);
      case 'GET /api/v1/sites/:site/audit':
        return this.admin.audit(query, this.site(params['site']).name);
      case 'GET /api/v1/engine-schedules':
        return { schedules: this.admin.schedules };
      case 'POST /api/v1/engine-schedules/:schedule/pause':
      case 'POST /api/v1/engine-schedules/:schedule/resume':
      case 'POST /api/v1/engine-schedules/:schedule/run':
        return this.admin.steer(params['schedule'], key.slice(key.lastIndexOf('/') + 1), body['reason']);
      case 'GET /api/v1/cleanups/rules':
        return { rules: [{ name: 'baseurl', title: 'Takes the base URL out of links.', isReadOnly: false }, { name: 'validate-urls', title: 'Lists addresses that are none.', isReadOnly: true }] };
      case 'POST /api/v1/cleanups':
        return this.admin.request('cleanup-content', null);
      case 'POST /api/v1/theme-builds':
        return this.admin.request('build-theme-assets', null);
      case 'POST /api/v1/link-archivings':
        return this.admin.request('archive-links', null);
      case 'POST /api/v1/sites/:site/drive/backfills':
        return this.admin.request('backfill-drive-folder', this.site(params['site']).name);
      case 'POST /api/v1/sites/:site/repository/orphans':
        return this.admin.request('site-repo', this.site(params['site']).name);
      case 'POST /api/v1/sites/:site/references/rebuild':
        return { references: 128 };
      case 'GET /api/v1/runs/:run':
        return this.run(params['run']);
      case 'POST /api/v1/runs/:run/retry':
        return Object.assign(this.run(params['run']), { state: 'running', can: { retry: false, cancel: true, giveUp: false } });
      case 'POST /api/v1/runs/:run/cancel':
      case 'POST /api/v1/runs/:run/give-up':
        return Object.assign(this.run(params['run']), { state: 'cancelled', reason: { code: 'Cancelled', message: 'Ada Okafor stopped it.' }, can: { retry: false, cancel: false, giveUp: false } });
      case 'GET /api/v1/starters':
        return { starters: world.starters };
      case 'POST /api/v1/starters/sync':
        return { id: newId(), process: 'sync-starters', site: null, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
      case 'GET /api/v1/requests/:request':
        return { id: params['request'], process: 'sync-starters', site: null, version: null, at: new Date().toISOString(), state: 'taken', message: 'Its run has begun.', runId: world.runs[0]?.id };
      case 'POST /api/v1/grants':
      case 'POST /api/v1/grants/revoke':
        return { email: body['email'], role: body['role'], site: body['site'] ?? null, changed: true };
      case 'GET /api/v1/system':
        return world.system;
      case 'GET /api/v1/telemetry':
        return { release: '0.0.0-fixture', environment: 'test', sentry: this.sentryDsn === undefined ? null : { dsn: this.sentryDsn, sampleRate: 1 } };
      case 'GET /api/v1/features':
        return { features: usualFeatures };
      case 'POST /api/v1/system/adopt':
        world.system = { ...world.system, outwardEffects: true, installation: 'local' };
        return { installation: 'local' };
      case 'GET /api/v1/admin/sites':
      case 'GET /api/v1/sites/:site/settings':
      case 'PATCH /api/v1/sites/:site/settings':
      case 'POST /api/v1/sites/:site/archive':
      case 'POST /api/v1/sites/:site/unarchive':
      case 'GET /api/v1/starters/:starter':
      case 'POST /api/v1/starters/:starter/validation':
      case 'PUT /api/v1/starters/:starter/draft':
      case 'GET /api/v1/admin/deleted-items':
      case 'GET /api/v1/sites/:site/starter-fit':
      case 'PATCH /api/v1/starters/:starter':
      case 'POST /api/v1/sites/:site/items/:item/undelete':
        return this.siteAdmin.answer(key, { params, query, body }, (name) => this.site(name), world);
      case 'GET /api/v1/events':
      case 'POST /api/v1/imports':
        throw new Refusal('notFound', 'The studio does not ask this here.');
    }
  }

  private publish(site: Site, version: 'draft' | 'live'): unknown {
    const request = { id: newId(), person: { id: this.world.me?.id ?? newId(), name: this.world.me?.name ?? '' }, at: new Date().toISOString(), delivered: true };
    const isRunning = site[version].state === 'running';
    site[version] = { ...site[version], state: isRunning ? 'running' : 'waiting', waiting: [...site[version].waiting, request] };
    return { id: request.id, process: 'publish-site', site: site.name, version, at: request.at, state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
  }

  /** The site of this name. */
  site(name: string | undefined): Site {
    const site = this.world.sites.find((candidate) => candidate.name === name);
    if (site === undefined) throw new Refusal('notFound', `There is no site named ‘${name ?? ''}’.`);
    return site;
  }

  private review(id: string | undefined): ReviewDetail {
    const detail = this.world.reviews.find((candidate) => candidate.review.runId === id);
    if (detail === undefined) throw new Refusal('notFound', 'There is no such review.');
    return detail;
  }

  private page(id: string | undefined, path: unknown): ReviewedPageDiff {
    const page = this.review(id).report?.pages.find((candidate) => candidate.path === path);
    if (page === undefined) throw new Refusal('notFound', 'The review has no such page.');
    return { ...page, ...(page.inserted === null ? { lines: [], cut: 0 } : this.world.diff) };
  }

  private builderOf(name: string): { readonly builder: Builder; readonly own: Builder | null } {
    const isElsewhere = this.world.builtElsewhere.has(name);
    return { builder: isElsewhere ? 'concourse' : 'temporal', own: isElsewhere ? 'concourse' : null };
  }

  private run(id: string | undefined): Run {
    const run = [...this.world.runs, this.drive.run].find((candidate) => candidate.id === id);
    if (run === undefined) throw new Refusal('notFound', 'There is no such run.');
    return run;
  }
}

const pageOf = <T>(all: readonly T[], query: Asked['query']): T[] => all.slice(Number(query['offset']), Number(query['offset']) + Number(query['limit']));

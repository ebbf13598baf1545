import { v7 as uuidv7 } from 'uuid';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findOpenBuilderBuild, noteRebuilt } from '#db/queries/builderBuilds.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import { newestPublishRuns, type RunRow } from '#db/queries/runs.ts';
import { findSiteByName, type SiteRow } from '#db/queries/sites.ts';
import { removeListing } from '#db/queries/rootListings.ts';
import { setUnpublishStatus } from '#db/queries/unpublishing.ts';
import { keepWebhookEvent } from '#db/queries/webhookEvents.ts';
import { listWebsites, websiteSorts, type WebsiteRow } from '#db/queries/websites.ts';
import { ApiError } from '../apiError.ts';
import type { Audited } from '../audited.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { requestUnpublish } from '../requestUnpublish.ts';
import { visibleSiteIds } from '../routes/sites.ts';
import { compatActor } from './access.ts';
import type { Website } from './compatContracts.ts';
import { CompatError, notFound } from './CompatError.ts';
import { type CompatCall, type CompatHandlers, parseJsonObject, readRawBody, searchable } from './compatRouter.ts';
import { deployedVersion } from './deployedVersion.ts';
import { presentStarter } from './starters.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;
const MAX_OFFSET = 1_000_000;

type Keys = 'POST /api/websites/:name/unpublish/' | 'GET /api/websites/' | 'GET /api/websites/:name/hide_download/' | 'POST /api/websites/:name/pipeline_status/' | 'POST /api/websites/:name/remove_from_root_website/';

/** Sites, as themes list them and builders report on them. */
export function compatWebsites(deps: ApiDeps, audited: Audited): Pick<CompatHandlers, Keys> {
  const { db, config } = deps;

  async function namedSite(call: CompatCall): Promise<SiteRow> {
    const name = call.params['name'] ?? '';
    const site = name.includes('\0') ? undefined : await findSiteByName(db, name);
    if (site === undefined) throw notFound();
    return site;
  }

  /** A build of a publish tells its publish; one nobody asked for here, of a mass build, only says when the site was put out last. */
  async function tellPublish(site: SiteRow, report: Report): Promise<void> {
    const buildId = /^\d{1,9}$/.test(report.build_id ?? '') ? Number(report.build_id) : null;
    const open = await findOpenBuilderBuild(db, site.id, report.version);
    // The report may be faster than the answer that brings the build’s number.
    if (buildId !== null && open !== undefined && (open.buildId === null || open.buildId === buildId)) {
      await deps.engine.builderReported({ siteName: site.name, version: report.version, runId: open.runId }, { buildId, status: report.status, isCdnCacheStep: report.is_cdn_cache_step });
      return;
    }
    if (report.status === 'succeeded' && report.is_cdn_cache_step && buildId === null) await noteRebuilt(db, site.id, report.version);
    else if (report.status === 'errored' || report.status === 'aborted') deps.log.warn({ site: site.name, version: report.version, status: report.status, buildId }, 'A build that belongs to no open publish did not end well');
  }

  return {
    'GET /api/websites/': async (call) => {
      const limit = wholeNumber(call.query('limit'), 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
      const offset = wholeNumber(call.query('offset'), 0, MAX_OFFSET) ?? 0;
      const seesAll = call.isBuilder || (call.principal !== null && studioPolicy.seeAllSites(call.principal));
      // Nobody in particular is shown what readers see; the newest course comes first.
      const isReader = !seesAll && call.principal === null;
      const published = { true: true, false: false }[call.query('published') ?? ''];
      const search = searchable(call, 'search');
      const starterSlug = searchable(call, 'type') || undefined;
      // Readers see nothing that is not published, whatever they ask for.
      if (isReader && published === false) return { count: 0, next: null, previous: null, results: [] };
      const { total: count, websites } = await listWebsites(
        db,
        {
          siteIds: seesAll || call.principal === null ? null : (visibleSiteIds(call.principal) ?? null),
          isPublished: isReader ? true : published,
          starterSlug,
          search,
          except: seesAll ? [] : config.testSiteSlugs,
          sort: sortOf(call.query('sort'), isReader ? '-first_published_to_production' : '-updated_on'),
        },
        { limit, offset },
      );
      const pageAt = (start: number): string => {
        const url = new URL('/api/websites/', config.studioBaseUrl);
        const given = Object.entries({ ...call.ctx.query, limit: String(limit), offset: start === 0 ? undefined : String(start) }).flatMap(([name, value]) => [value].flat().flatMap((one) => (one === undefined ? [] : [[name, one] as const])));
        for (const [name, value] of given.sort(([a], [b]) => (a < b ? -1 : 1))) url.searchParams.append(name, value);
        return url.toString();
      };
      return {
        count,
        next: offset + limit < count ? pageAt(offset + limit) : null,
        previous: offset > 0 ? pageAt(Math.max(0, offset - limit)) : null,
        results: await presentWebsites(deps, websites),
      };
    },

    'GET /api/websites/:name/hide_download/': async (call) => {
      const site = await namedSite(call);
      const version = { version: String(Math.floor(Date.now() / 1000)) };
      if (site.name === config.rootWebsiteName) return version;
      const item = await findContentItem(db, site.id, 'sitemetadata');
      return item?.deletedAt === null && item.metadata?.['hide_download'] === true ? {} : version;
    },

    'POST /api/websites/:name/pipeline_status/': async (call) => {
      const site = await namedSite(call);
      const report = reportOf(parseJsonObject(await readRawBody(call.ctx)));
      // Offline builds and those of a further theme say nothing of the site people publish.
      const counts = report.build_type !== 'offline' && (report.theme_slug === '' || report.theme_slug === site.starterSlug);
      await db.transaction(async (trx) => {
        await keepWebhookEvent(trx, { source: 'builder', eventId: uuidv7(), payload: { site: site.name, site_id: site.id, ...report, counts } });
        if (counts && report.unpublished) await setUnpublishStatus(trx, site.id, report.status);
      });
      // Kept before anybody is told of it: who is told and dies finds the build by looking at it.
      if (counts && !report.unpublished) await tellPublish(site, report);
      return '';
    },

    'POST /api/websites/:name/remove_from_root_website/': async (call) => {
      deployedVersion(call.query('version'));
      const site = await namedSite(call);
      const root = await findSiteByName(db, config.rootWebsiteName);
      if (root === undefined) throw notFound();
      const { wasListed, asked } = await audited({ action: 'listing-remove', actor: compatActor(call), ctx: call.ctx, target: { site: site.name } }, async (note) => {
        const removed = await db.transaction((trx) => removeListing(trx, { rootId: root.id, site, by: null }));
        note({ wasListed: removed.wasListed, publishesAsked: removed.asked.map(({ version }) => version) });
        return removed;
      });
      if (!wasListed) return { status: 'success', message: `‘${site.name}’ was not listed in ‘${root.name}’.` };
      for (const request of asked) await deps.engine.deliver(request.id);
      if (asked.length === 0) await deps.engine.contentSaved(root);
      deps.log.info({ site: site.name, root: root.name }, 'A builder removed a site from the lists of the root site');
      return { status: 'success', message: `‘${site.name}’ is no longer listed in ‘${root.name}’.` };
    },

    'POST /api/websites/:name/unpublish/': async (call) => {
      const site = await namedSite(call);
      try {
        await audited({ action: 'unpublish', actor: compatActor(call), ctx: call.ctx, target: { site: site.name } }, async (note) => note({ version: 'live', request: (await requestUnpublish(deps, site, call.principal?.userId ?? null)).id }));
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 'wrongState')) throw error;
        throw new CompatError(400, error.message);
      }
      // A sentence as JSON, as the existing system answers it.
      call.ctx.type = 'application/json';
      return JSON.stringify('The site has been submitted for unpublishing.');
    },
  };
}

/** A number in words of a query; what is none, or too small, is as if it had not been given. */
function wholeNumber(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text) || Number(text) < min) return undefined;
  return Math.min(Number(text), max);
}

function sortOf(given: string | undefined, fallback: string): { by: keyof typeof websiteSorts; isDescending: boolean } {
  const text = given === undefined || given === '' ? fallback : given;
  const by = text.replace(/^-/, '');
  if (!Object.hasOwn(websiteSorts, by)) throw new CompatError(400, { sort: [`"${text}" is not a valid choice. Choose from ${Object.keys(websiteSorts).join(', ')}.`] });
  return { by: by as keyof typeof websiteSorts, isDescending: text.startsWith('-') };
}

const STATUSES = ['not-started', 'pending', 'started', 'succeeded', 'errored', 'aborted'] as const;
type PublishStatus = (typeof STATUSES)[number];

interface Report {
  readonly version: 'draft' | 'live';
  readonly status: PublishStatus;
  /** Whether it tells of taking the site offline, which is about the live version only. */
  readonly unpublished: boolean;
  readonly build_id: string | null;
  readonly build_type: string | null;
  readonly is_cdn_cache_step: boolean;
  readonly theme_slug: string;
}

/** What a builder reports; its pipelines send truth values and numbers as texts too. */
function reportOf(body: Readonly<Record<string, unknown>>): Report {
  const text = (name: string): string | null => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : null;
  };
  const isTrue = (name: string): boolean => body[name] === true || (typeof body[name] === 'string' && body[name].toLowerCase() === 'true');
  const faults: Record<string, string[]> = {};
  const [version, given] = [text('version'), text('status')];
  // Builds say ‘failed’ for what the states of a publish call ‘errored’.
  const status = STATUSES.find((one) => one === (given === 'failed' ? 'errored' : given));
  if (version === null) faults['version'] = ['This field is required.'];
  else if (version !== 'draft' && version !== 'live') faults['version'] = [`"${version}" is not a valid choice.`];
  if (status === undefined) faults['status'] = [given === null ? 'This field is required.' : `"${given}" is not a valid choice.`];
  if ((version !== 'draft' && version !== 'live') || status === undefined || Object.keys(faults).length > 0) throw new CompatError(400, faults);
  return { version, status, unpublished: version === 'live' && isTrue('unpublished'), build_id: text('build_id'), build_type: text('build_type'), is_cdn_cache_step: isTrue('is_cdn_cache_step'), theme_slug: text('theme_slug') ?? '' };
}

/** Sites as the existing system lists them; three queries for any number of sites. */
async function presentWebsites(deps: Pick<ApiDeps, 'db'>, websites: readonly WebsiteRow[]): Promise<Website[]> {
  const ids = websites.map((site) => site.id);
  const [runs, waiting] = await Promise.all([newestPublishRuns(deps.db, ids), listWaitingRequests(deps.db, ids)]);
  return websites.map((site) => {
    const state = (version: 'draft' | 'live', deployedAt: Date | null): { status: PublishStatus | null; at: string | null } => {
      const run = runs.get(`${site.id}/${version}`);
      const request = waiting.find((one) => one.siteId === site.id && one.version === version);
      if (run?.state !== 'running' && request !== undefined) return { status: 'not-started', at: request.createdAt.toISOString() };
      if (run !== undefined) return { status: statusOf(run), at: (run.endedAt ?? run.startedAt).toISOString() };
      return { status: deployedAt === null ? null : 'succeeded', at: iso(deployedAt) };
    };
    const [live, draft] = [state('live', site.liveDeployedAt), state('draft', site.draftDeployedAt)];
    return {
      uuid: site.id,
      created_on: site.createdAt.toISOString(),
      updated_on: site.updatedAt.toISOString(),
      name: site.name,
      short_id: site.shortId,
      title: site.title,
      source: site.source,
      site_type: site.siteType,
      draft_publish_date: iso(site.draftDeployedAt),
      publish_date: iso(site.liveDeployedAt),
      first_published_to_production: iso(site.liveFirstDeployedAt),
      // Rows of the existing system hold something here that nothing reads; ours never did.
      metadata: null,
      starter: site.starter === null ? null : presentStarter(site.starter),
      url_path: site.urlPath,
      unpublished: site.unpublishStatus !== null,
      unpublish_status: site.unpublishStatus as PublishStatus | null,
      unpublish_status_updated_on: iso(site.unpublishStatusAt),
      live_publish_status: live.status,
      live_publish_status_updated_on: live.at,
      draft_publish_status: draft.status,
      draft_publish_status_updated_on: draft.at,
    };
  });
}

function statusOf(run: RunRow): PublishStatus {
  switch (run.state) {
    case 'running':
      return 'started';
    case 'succeeded':
      return 'succeeded';
    case 'failed':
    case 'superseded':
      return 'errored';
    case 'cancelled':
    case 'terminated':
      return 'aborted';
  }
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}

import { Readable } from 'node:stream';
import { type AuditEntryRow, type AuditFilter, listAuditEntries } from '#db/queries/auditEntries.ts';
import { auditKindOf } from '#domain/audit.ts';
import { auditOutcomeSentence, auditSentence } from '#domain/auditSentence.ts';
import { csvLine } from '#domain/csv.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { presentAudit, presentSiteAudit } from '../presenters/audit.ts';
import type { Call, Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

/** Entries read at once for the export. */
const EXPORTED_AT_ONCE = 1_000;

const HEADER = ['time', 'sentence', 'outcome', 'action', 'kind', 'who', 'kind of who', 'acting for them', 'site', 'code', 'target', 'detail', 'address'];

type Given = Omit<Call<'GET /api/v1/sites/:site/audit'>['query'], 'limit' | 'before'> & { readonly site?: string | undefined };

function filterOf({ since, until, site, ...given }: Given): AuditFilter {
  const { kind, action, person, outcome, text } = given;
  return { kind, action, person, outcome, text, siteName: site, since: since === undefined ? undefined : new Date(since), until: until === undefined ? undefined : new Date(until) };
}

function assertMayRead(who: Principal): void {
  if (!studioPolicy.readAudit(who)) throw new ApiError('forbidden', 'Only a global admin reads the audit log of all sites. Who answers for a site reads that of the site.');
}

export function auditRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/audit' | 'GET /api/v1/audit.csv' | 'GET /api/v1/sites/:site/audit'> {
  const { db } = deps;

  /** One page, and whether there is another. */
  async function pageOf(filter: AuditFilter, { limit, before }: { readonly limit: number; readonly before?: string | undefined }): Promise<{ rows: AuditEntryRow[]; next: string | null }> {
    const rows = await listAuditEntries(db, filter, { limit: limit + 1, before });
    const shown = rows.slice(0, limit);
    return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  async function* linesOf(filter: AuditFilter): AsyncGenerator<string> {
    yield csvLine(HEADER);
    let before: string | undefined;
    do {
      const rows = await listAuditEntries(db, filter, { limit: EXPORTED_AT_ONCE, before });
      yield rows.map(lineOf).join('');
      before = rows.length < EXPORTED_AT_ONCE ? undefined : rows.at(-1)?.id;
    } while (before !== undefined);
  }

  return {
    'GET /api/v1/audit': async ({ query, who }) => {
      assertMayRead(who);
      const { rows, next } = await pageOf(filterOf(query), query);
      return { entries: presentAudit(rows), next };
    },

    'GET /api/v1/audit.csv': ({ query, who, ctx }) => {
      assertMayRead(who);
      ctx.status = 200;
      ctx.set({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="audit-log.csv"' });
      ctx.body = Readable.from(linesOf(filterOf(query)));
      return Promise.resolve();
    },

    'GET /api/v1/sites/:site/audit': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.readAudit(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site reads what was done to it and by whom. Ask one of them.');
      const { rows, next } = await pageOf({ ...filterOf(query), siteId: site.id }, query);
      return { entries: await presentSiteAudit(deps, rows, who), next };
    },
  };
}

function lineOf(row: AuditEntryRow): string {
  const told = { ...row, site: row.siteName === null ? null : { name: row.siteName } };
  return csvLine([
    row.createdAt.toISOString(),
    auditSentence(told),
    row.outcome ?? 'unknown',
    row.action,
    auditKindOf(row.action),
    row.actor.name,
    row.actor.kind,
    row.impersonator?.name ?? '',
    row.siteName ?? '',
    row.outcome === 'done' ? '' : (row.code ?? auditOutcomeSentence(row)),
    JSON.stringify(row.target),
    JSON.stringify(row.detail),
    row.ip ?? '',
  ]);
}

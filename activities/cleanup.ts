import { v5 as uuidv5 } from 'uuid';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import { holdTargets } from '#db/queries/contentReferences.ts';
import { listCleanupSiteIds, listFormerPlaces, listOtherSites } from '#db/queries/cleanupSites.ts';
import type { Db } from '#db/knex.ts';
import { findRunRequest } from '#db/queries/runRequests.ts';
import { followExecution, recordPhaseProgress } from '#db/queries/runs.ts';
import { findSite, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { cleanItem, type CleanedItem } from '#domain/cleanup/cleanItem.ts';
import { type CleanupSite, createCleanupSite, externalResourceKind } from '#domain/cleanup/cleanupSite.ts';
import type { CleanupRule, NamedResource } from '#domain/cleanup/cleanupRule.ts';
import { newExternalResource } from '#domain/cleanup/newExternalResource.ts';
import { cleanupKeys, type CleanupPart, type PlannedItem, reportLine, type ReportRow, type ReportSite } from '#domain/cleanup/report.ts';
import { findRule } from '#domain/cleanup/rules.ts';
import { addTotals, type CleanupTotals } from '#domain/cleanup/totals.ts';
import { referencesOf } from '#domain/references.ts';
import { contentDirOf, type SiteConfig } from '#domain/siteConfig.ts';
import { pageUrl } from '#domain/menus.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import type { CleanupCursor, CleanupRequest } from '#temporal/contracts/cleanupContent.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

/** After this many changed items a site goes on in another part, so that no step lasts long. */
const CHANGES_PER_PART = 500;

interface CleanupStepInput extends PhaseInput {
  readonly requestId: string;
}

interface CleanSiteInput extends CleanupStepInput {
  readonly sites: number;
  readonly cursor: CleanupCursor;
  readonly totals: CleanupTotals;
}

/** `summary` and `counts` come with the last part, and end the phase. */
interface CleanSiteResult extends Partial<PhaseResult> {
  readonly totals: CleanupTotals;
  /** Null after the last part. */
  readonly next: CleanupCursor | null;
}

/** What is known of a site while one of its parts is worked on. */
interface Loaded {
  readonly site: SiteRow;
  readonly config: SiteConfig;
  readonly items: readonly StoredContentItem[];
  readonly lookups: CleanupSite;
  /** Names of files in the folder of external resources, those made meanwhile included. */
  readonly takenFilenames: Set<string>;
}

type Outcome = 'changed' | 'skipped' | 'unchanged';

/** Rules of cleaning, applied to the sites of one run. */
export function createCleanupActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'log'>) {
  const { config, db, s3 } = deps;
  const bucket = config.buildStoreBucket;

  return {
    /**
     * Notes the execution that goes on with a run after it continued as new.
     * Idempotent because the same id is written again.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async followExecution(input: { readonly runId: string; readonly workflowRunId: string }): Promise<void> {
      await followExecution(db, input.runId, input.workflowRunId);
    },

    /**
     * Chooses the sites of a run, once.
     * Idempotent because a list that is stored is kept.
     * Kill points: before the object is stored (chosen again, nobody saw the first), after it (it is kept).
     */
    async planCleanup(input: CleanupStepInput): Promise<PhaseResult & { readonly sites: number }> {
      const { request } = await requestOf(input.requestId);
      const known = await getObject<string[]>(cleanupKeys.sites(input.runId));
      const ids = known ?? (await listCleanupSiteIds(db, { names: request.sites, starterSlug: request.starter, publishedOnly: request.publishedOnly }));
      if (known === null) await putObject(cleanupKeys.sites(input.runId), ids);
      return { sites: ids.length, summary: `${ids.length.toLocaleString('en-US')} ${ids.length === 1 ? 'site' : 'sites'}`, counts: { sites: ids.length } };
    },

    /**
     * Applies the rule to a site, or to a part of a large one.
     * Idempotent because what is going to be done is stored first: an item that has the revision after the planned one, by
     * this rule, was saved by an earlier try, and a rule finds nothing to replace in what it has made.
     * Kill points: before the plan is stored (planned again), between two items (the next try goes on by their revisions),
     * before the lines of the report (written again), after them.
     */
    async cleanSite(input: CleanSiteInput): Promise<CleanSiteResult> {
      const { abortSignal } = activityContext();
      const { request, by } = await requestOf(input.requestId);
      const rule = findRule(request.rule);
      if (rule === undefined) throw new StepError('ContentInvalid', `This version of the studio has no rule ‘${request.rule}’.`);
      const ids = await getObject<string[]>(cleanupKeys.sites(input.runId));
      if (ids === null) throw new Error(`The sites of the cleanup ${input.runId} are not in the build store`);
      const loaded = await load(ids[input.cursor.site] ?? '');
      const left = request.limit === undefined ? Infinity : request.limit - input.totals.changed;
      let done: CleanupTotals = { items: 0, changed: 0, replacements: 0, skipped: 0, created: 0, rows: 0 };
      let after: string | null = null;
      if (loaded !== null && left > 0) {
        const planKey = cleanupKeys.plan(input.runId, input.cursor);
        const known = await getObject<CleanupPart>(planKey);
        const part = known ?? planPart(rule, loaded, request, input.cursor.after, left);
        if (known === null && part.items.length > 0) await putObject(planKey, part);
        after = part.after;
        const lines: string[] = [];
        try {
          for (const planned of part.items) {
            abortSignal.throwIfAborted();
            const { rows, totals } = await carryOut(rule, loaded, planned, request, by);
            lines.push(...rows.map((row) => reportLine(row, part.site)));
            done = addTotals(done, { ...totals, rows: rows.length });
          }
        } finally {
          // What was done before a stop belongs into the report too.
          if (lines.length > 0) await s3.put(bucket, cleanupKeys.lines(input.runId, input.cursor), lines.join(''), { contentType: 'text/csv' });
        }
        done = { ...done, items: part.lookedAt };
      }
      const totals = addTotals(input.totals, done);
      const isLimitReached = request.limit !== undefined && totals.changed >= request.limit;
      const next = isLimitReached ? null : after !== null ? { site: input.cursor.site, after } : input.cursor.site + 1 < input.sites ? { site: input.cursor.site + 1, after: null } : null;
      const summary = summaryOf(totals, request.dryRun || rule.isReadOnly);
      const counts = { ...totals };
      await recordPhaseProgress(db, input.runId, input.phase, `Site ${(input.cursor.site + 1).toLocaleString('en-US')} of ${input.sites.toLocaleString('en-US')}: ${summary}`, counts);
      return next === null ? { totals, next, summary, counts } : { totals, next };
    },
  };

  async function requestOf(requestId: string): Promise<{ request: CleanupRequest; by: string | null }> {
    const row = await findRunRequest(db, requestId);
    if (row === undefined) throw new Error(`Cleanup request ${requestId} does not exist`);
    return { request: row.input as unknown as CleanupRequest, by: row.requestedBy };
  }

  async function getObject<T>(key: string): Promise<T | null> {
    const body = await s3.get(bucket, key);
    return body === null ? null : (JSON.parse(body.toString('utf8')) as T);
  }

  async function putObject(key: string, value: unknown): Promise<void> {
    await s3.put(bucket, key, JSON.stringify(value), { contentType: 'application/json' });
  }

  /** One query each for the items, their former places and the other sites; null for a site that is gone or has no configuration. */
  async function load(siteId: string): Promise<Loaded | null> {
    const site = await findSite(db, siteId);
    const starter = site?.starterId == null ? undefined : await findStarter(db, site.starterId);
    if (site === undefined || starter?.config == null) {
      deps.log.warn({ siteId, site: site?.name }, 'A cleanup left out a site that is gone or whose starter was never read');
      return null;
    }
    const siteConfig = starter.config as SiteConfig;
    const items = (await listContentItems(db, site.id)).filter((item) => item.deletedAt === null);
    const lookups = createCleanupSite({
      name: site.name,
      urlPath: site.urlPath,
      isRoot: site.name === config.rootWebsiteName,
      config: siteConfig,
      items,
      formerPlaces: await listFormerPlaces(db, site.id),
      otherSites: await listOtherSites(db, site.id),
      ownHosts: new Set([config.sitemapDomain, new URL(config.liveSiteUrl).host]),
      newIdFor: (url) => uuidv5(url, site.id),
    });
    const folder = externalResourceKind(siteConfig)?.folder;
    return { site, config: siteConfig, items, lookups, takenFilenames: new Set(items.filter((item) => item.dirpath === folder).map((item) => item.filename)) };
  }

  /** Looks at the items behind `after` until a part is full; nothing is written. */
  function planPart(rule: CleanupRule, loaded: Loaded, request: CleanupRequest, after: string | null, left: number): CleanupPart {
    const bound = Math.min(CHANGES_PER_PART, left);
    const items: PlannedItem[] = [];
    // What the rule made while it cleaned an earlier part is not looked at: a dry run, which makes nothing, counts the same.
    const isOwn = (item: StoredContentItem): boolean => item.revision === 1 && item.reason === `cleanup:${rule.name}`;
    const open = loaded.items.filter((item) => (after === null || item.id > after) && !isOwn(item));
    const knownNames = new Set<string>();
    // A dry run makes nothing, so what earlier parts named is still to be made: it is counted once all the same.
    if (request.dryRun && after !== null) for (const item of loaded.items) if (item.id <= after) for (const named of cleanItem(rule, item, loaded.config, loaded.lookups).names) knownNames.add(named.textId);
    let lookedAt = 0;
    let changed = 0;
    for (const item of open) {
      const cleaned = cleanItem(rule, item, loaded.config, loaded.lookups);
      lookedAt += 1;
      if (cleaned.set !== null || (cleaned.findings.length > 0 && request.csvOnlyChanges !== true)) items.push({ textId: item.textId, revision: item.revision, isChanged: cleaned.set !== null, creates: cleaned.names.filter((named) => !knownNames.has(named.textId)).length, rows: rowsOf(loaded, item, cleaned, request) });
      for (const named of cleaned.names) knownNames.add(named.textId);
      if (cleaned.set !== null) changed += 1;
      if (changed >= bound) break;
    }
    const last = open[lookedAt - 1];
    return { site: reportSite(loaded.site), items, lookedAt, after: lookedAt < open.length && last !== undefined ? last.id : null };
  }

  function reportSite(site: SiteRow): ReportSite {
    return { name: site.name, studioUrl: config.studioBaseUrl, liveUrl: siteUrl(config, site, 'live') };
  }

  function rowsOf(loaded: Loaded, item: StoredContentItem, cleaned: CleanedItem, request: CleanupRequest): ReportRow[] {
    const url = item.isPageContent ? pageUrl(item, contentDirOf(loaded.config)) : null;
    const shown = request.csvOnlyChanges === true ? cleaned.findings.filter((finding) => finding.replacement !== null) : cleaned.findings;
    return shown.map((finding) => ({ ...finding, textId: item.textId, page: item.title ?? item.textId, pageUrl: url, outcome: finding.replacement === null ? 'seen' : 'not known' }));
  }

  async function carryOut(rule: CleanupRule, loaded: Loaded, planned: PlannedItem, request: CleanupRequest, by: string | null): Promise<{ rows: readonly ReportRow[]; totals: CleanupTotals }> {
    const counted = (rows: readonly ReportRow[], outcome: Outcome, created: number): { rows: readonly ReportRow[]; totals: CleanupTotals } => ({
      rows,
      totals: { items: 0, changed: outcome === 'changed' ? 1 : 0, replacements: outcome === 'changed' ? rows.filter((row) => row.replacement !== null).length : 0, skipped: outcome === 'skipped' ? 1 : 0, created, rows: 0 },
    });
    if (!planned.isChanged) return counted(planned.rows, 'unchanged', 0);
    if (request.dryRun) return counted(planned.rows.map((row) => (row.replacement === null ? row : { ...row, outcome: 'would be replaced' as const })), 'changed', planned.creates);
    const read = loaded.items.find((item) => item.textId === planned.textId);
    if (read === undefined) return counted(saying(planned.rows, 'skipped', 'the item was deleted meanwhile'), 'skipped', 0);
    if (isSavedBy(rule, read, planned.revision)) return counted(saying(planned.rows, 'replaced'), 'changed', planned.creates);
    let item = read;
    // What somebody saved meanwhile is read and cleaned once more; who saves again at that moment keeps the item.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const cleaned = cleanItem(rule, item, loaded.config, loaded.lookups);
      if (cleaned.set === null) return counted(saying(planned.rows, 'skipped', 'somebody saved the item meanwhile, and there is nothing left to replace'), 'skipped', 0);
      const saved = await save(rule, loaded, item, { ...cleaned, set: cleaned.set }, by);
      if (saved.kind === 'saved') return counted(saying(rowsOf(loaded, item, cleaned, request), 'replaced'), 'changed', saved.created);
      if (saved.kind === 'targetGone') return counted(saying(planned.rows, 'skipped', 'what it was to name was deleted meanwhile'), 'skipped', 0);
      if (saved.kind === 'missing') return counted(saying(planned.rows, 'skipped', 'the item was deleted meanwhile'), 'skipped', 0);
      if (isSavedBy(rule, saved.item, planned.revision)) return counted(saying(planned.rows, 'replaced'), 'changed', planned.creates);
      item = saved.item;
      if (item.deletedAt !== null) return counted(saying(planned.rows, 'skipped', 'the item was deleted meanwhile'), 'skipped', 0);
    }
    return counted(saying(planned.rows, 'skipped', 'somebody saved the item twice meanwhile: apply the rule again'), 'skipped', 0);
  }

  type Saved = { readonly kind: 'saved'; readonly created: number } | { readonly kind: 'conflict'; readonly item: StoredContentItem } | { readonly kind: 'missing' } | { readonly kind: 'targetGone' };

  /** One item and the external resources it names from now on, in one transaction. */
  async function save(rule: CleanupRule, loaded: Loaded, item: StoredContentItem, cleaned: CleanedItem & { readonly set: object }, by: string | null): Promise<Saved> {
    const reason = `cleanup:${rule.name}`;
    const references = referencesOf({ ...item, ...cleaned.set }, loaded.config);
    const made = new Set(cleaned.names.map((named) => named.textId));
    const known = new Set(referencesOf(item, loaded.config).map((reference) => reference.targetTextId));
    return db.transaction(async (trx) => {
      await lockSite(trx, loaded.site.id);
      // Nothing may come to lead to what was deleted since the site was read.
      const gone = await holdTargets(trx, loaded.site, references.filter((reference) => !known.has(reference.targetTextId) && !made.has(reference.targetTextId ?? '')));
      if (gone.length > 0) return { kind: 'targetGone' };
      const changed = await changeContentItem(trx, { siteId: loaded.site.id, textId: item.textId, fromRevision: item.revision, set: cleaned.set, by, reason, references });
      if (changed.kind === 'conflict') return { kind: 'conflict', item: changed.item };
      if (changed.kind === 'missing') return { kind: 'missing' };
      const created = await createExternalResources(trx, loaded, cleaned.names, by, reason);
      return { kind: 'saved', created };
    });
  }

  /** Makes what the rule named and nobody has made yet. The id is made from the address, so that one address is made once. */
  async function createExternalResources(trx: Db, loaded: Loaded, names: readonly NamedResource[], by: string | null, reason: string): Promise<number> {
    let created = 0;
    for (const named of names) {
      const known = await findContentItem(trx, loaded.site.id, named.textId);
      if (known !== undefined && known.deletedAt === null) continue;
      if (known === undefined) {
        const resource = newExternalResource(named, loaded.config, (filename) => loaded.takenFilenames.has(filename));
        await createContentItem(trx, { siteId: loaded.site.id, item: resource, by, reason, references: referencesOf(resource, loaded.config) });
        loaded.takenFilenames.add(resource.filename);
      } else await changeContentItem(trx, { siteId: loaded.site.id, textId: named.textId, fromRevision: null, set: {}, deleted: false, by, reason });
      created += 1;
    }
    return created;
  }
}

function isSavedBy(rule: CleanupRule, item: StoredContentItem, plannedRevision: number): boolean {
  return item.revision === plannedRevision + 1 && item.reason === `cleanup:${rule.name}`;
}

function saying(rows: readonly ReportRow[], outcome: 'replaced' | 'skipped', why?: string): ReportRow[] {
  return rows.map((row) => (row.replacement === null ? row : { ...row, outcome, note: why === undefined ? row.note : `${row.note}; ${why}` }));
}

function summaryOf(totals: CleanupTotals, isDry: boolean): string {
  const count = (value: number, one: string): string => `${value.toLocaleString('en-US')} ${one}${value === 1 ? '' : 's'}`;
  const parts = [`${count(totals.items, 'item')} looked at`, `${count(totals.replacements, 'place')} in ${count(totals.changed, 'item')} ${isDry ? 'would change' : 'changed'}`];
  if (totals.created > 0) parts.push(`${count(totals.created, 'external resource')} ${isDry ? 'would be made' : 'made'}`);
  if (totals.skipped > 0) parts.push(`${count(totals.skipped, 'item')} left alone because somebody saved them`);
  return parts.join(', ');
}
